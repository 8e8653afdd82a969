"""The Key Management Service (JSON 1.1): symmetric keys, for the functions that open sealed codes.

A key policy is kept and shown, and not applied: whoever may sign here may use every key.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import msgspec
import structlog

from keydesk.aws import kms_asks as asks
from keydesk.aws.body import body, place, token
from keydesk.aws.kms_unserved import UNSERVED
from keydesk.domain.kms_key import Alias, KmsKey, arn_start
from keydesk.domain.kms_refusals import (
    SYMMETRIC_ONLY,
    DryRun,
    InvalidMarker,
    KeyNotFound,
    MalformedPolicy,
    Tagging,
    Validation,
)
from keydesk.errors import InvalidParameter, UnknownOperation, UnsupportedOperation
from keydesk.flows import kms, kms_changes
from keydesk.flows.call import Desk
from keydesk.wire.request import Answer, Request, json
from keydesk.wire.signature import Caller

log = structlog.get_logger("keydesk.kms")

TARGET: Final = "TrentService."
ALGORITHM: Final = "SYMMETRIC_DEFAULT"
DEFAULT_POLICY: Final = "default"  # the one name that a key's policy can have
MOST_KEYS: Final = 100  # on a page, where no limit is said
MOST_ALIASES: Final = 50
SIZES: Final = {"AES_256": 32, "AES_128": 16}

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Here:
    """Where a request is answered: a region is a name space."""

    desk: Desk
    region: str

    def page(self, items: Sequence[T], ask: asks.Page, most: int, named: Callable[[T], str], where: str) -> Any:
        """A page of items that are in the order of their names, and the members that lead to the next."""
        where = f"kms {self.region} {where}"
        after = place(self.desk.sealer, ask.marker, where, str) if ask.marker is not None else ""
        if after is None:
            raise InvalidMarker
        left = [item for item in items if named(item) > after]
        found = left[: ask.limit or most]
        if len(left) == len(found):
            return found, {"Truncated": False}
        return found, {"Truncated": True, "NextMarker": token(self.desk.sealer, named(found[-1]), where)}


async def create_key(ask: asks.CreateKey, here: _Here) -> dict[str, Any]:
    specs = {ask.key_spec, ask.customer_master_key_spec} - {None}
    elsewhere = ask.custom_key_store_id or ask.xks_key_id or ask.origin != "AWS_KMS"
    if specs - {ALGORITHM} or ask.key_usage != "ENCRYPT_DECRYPT" or elsewhere or ask.multi_region:
        raise UnsupportedOperation(SYMMETRIC_ONLY)
    if len(ask.tags) > kms_changes.TAGS:
        raise Tagging(f"A key may have {kms_changes.TAGS} tags.")
    tags = {tag.tag_key: tag.tag_value for tag in ask.tags}
    policy = _policy(ask.policy) if ask.policy else ""
    key = await kms.create(here.desk, here.region, description=ask.description, policy=policy, tags=tags)
    if policy:
        _warn(key)
    return {"KeyMetadata": _metadata(key)}


async def describe_key(ask: asks.OneKey, here: _Here) -> dict[str, Any]:
    return {"KeyMetadata": _metadata(await kms.named(here.desk, here.region, ask.key_id))}


def _metadata(key: KmsKey) -> dict[str, Any]:
    shown = {
        "AWSAccountId": key.account,
        "KeyId": key.id,
        "Arn": key.arn,
        "CreationDate": key.created / 1000,
        "Enabled": key.state == "Enabled",
        "Description": key.description,
        "KeyUsage": "ENCRYPT_DECRYPT",
        "KeyState": key.state,
        "Origin": "AWS_KMS",
        "KeyManager": "CUSTOMER",
        "CustomerMasterKeySpec": ALGORITHM,
        "KeySpec": ALGORITHM,
        "EncryptionAlgorithms": [ALGORITHM],
        "MultiRegion": False,
    }
    return shown if key.deletion is None else {**shown, "DeletionDate": key.deletion / 1000}


async def encrypt(ask: asks.Encrypt, here: _Here) -> dict[str, Any]:
    _symmetric(ask)
    context = ask.encryption_context
    key, blob = await kms.encrypt(here.desk, here.region, ask.key_id, ask.plaintext, context)
    if ask.dry_run:
        raise DryRun
    return {"CiphertextBlob": blob, "KeyId": key.arn, "EncryptionAlgorithm": ALGORITHM}


async def decrypt(ask: asks.Decrypt, here: _Here) -> dict[str, Any]:
    _symmetric(ask)
    if ask.dry_run_modifiers:
        raise UnsupportedOperation("Keydesk does not serve DryRunModifiers.")
    if ask.ciphertext_blob is None:
        raise Validation("CiphertextBlob must be given.")
    context = ask.encryption_context
    key, plain = await kms.decrypt(here.desk, here.region, ask.key_id, ask.ciphertext_blob, context)
    if ask.dry_run:
        raise DryRun
    return {"Plaintext": plain, "KeyId": key.arn, "EncryptionAlgorithm": ALGORITHM}


async def generate_data_key(ask: asks.GenerateDataKey, here: _Here) -> dict[str, Any]:
    _symmetric(ask)
    if (ask.key_spec is None) == (ask.number_of_bytes is None):
        raise Validation("Please specify either number of bytes or key spec.")
    plain = secrets.token_bytes(ask.number_of_bytes or SIZES[ask.key_spec or "AES_256"])
    key, blob = await kms.encrypt(here.desk, here.region, ask.key_id, plain, ask.encryption_context)
    if ask.dry_run:
        raise DryRun
    return {"CiphertextBlob": blob, "Plaintext": plain, "KeyId": key.arn}


async def generate_data_key_without_plaintext(ask: asks.GenerateDataKey, here: _Here) -> dict[str, Any]:
    answer = await generate_data_key(ask, here)
    del answer["Plaintext"]
    return answer


def _symmetric(ask: asks.Work) -> None:
    if ask.encryption_algorithm != ALGORITHM:
        raise UnsupportedOperation(f"Keydesk serves the encryption algorithm {ALGORITHM} only.")
    if ask.recipient is not None:
        raise UnsupportedOperation("Keydesk does not serve Recipient: there are no enclaves here.")


async def list_keys(ask: asks.Page, here: _Here) -> dict[str, Any]:
    keys = await kms_changes.all_of(here.desk, here.region)
    found, more = here.page(keys, ask, MOST_KEYS, lambda key: key.id, "keys")
    return {"Keys": [{"KeyId": key.id, "KeyArn": key.arn} for key in found], **more}


async def list_aliases(ask: asks.ListAliases, here: _Here) -> dict[str, Any]:
    keys = await kms_changes.all_of(here.desk, here.region)
    if ask.key_id is not None:
        only = await kms.named(here.desk, here.region, ask.key_id)
        keys = [key for key in keys if key.id == only.id]
    named = sorted(((alias, key) for key in keys for alias in key.aliases), key=lambda pair: pair[0].name)
    found, more = here.page(named, ask, MOST_ALIASES, lambda pair: pair[0].name, f"aliases {ask.key_id}")
    return {"Aliases": [_alias(alias, key) for alias, key in found], **more}


def _alias(alias: Alias, key: KmsKey) -> dict[str, Any]:
    return {
        "AliasName": alias.name,
        "AliasArn": arn_start(key.region, key.account) + alias.name,
        "TargetKeyId": key.id,
        "CreationDate": alias.created / 1000,
        "LastUpdatedDate": alias.modified / 1000,
    }


async def create_alias(ask: asks.LeadAlias, here: _Here) -> None:
    await kms_changes.add_alias(here.desk, here.region, ask.alias_name, ask.target_key_id)


async def update_alias(ask: asks.LeadAlias, here: _Here) -> None:
    await kms_changes.turn_alias(here.desk, here.region, ask.alias_name, ask.target_key_id)


async def delete_alias(ask: asks.DeleteAlias, here: _Here) -> None:
    await kms_changes.remove_alias(here.desk, here.region, ask.alias_name)


async def enable_key(ask: asks.OneKey, here: _Here) -> None:
    await kms_changes.change(here.desk, here.region, ask.key_id, kms_changes.switched(True))


async def disable_key(ask: asks.OneKey, here: _Here) -> None:
    await kms_changes.change(here.desk, here.region, ask.key_id, kms_changes.switched(False))


async def update_key_description(ask: asks.UpdateKeyDescription, here: _Here) -> None:
    await kms_changes.change(here.desk, here.region, ask.key_id, kms_changes.described(ask.description))


async def schedule_key_deletion(ask: asks.ScheduleKeyDeletion, here: _Here) -> dict[str, Any]:
    edit = kms_changes.doomed(here.desk.clock(), ask.pending_window_in_days)
    key = await kms_changes.change(here.desk, here.region, ask.key_id, edit)
    return {
        "KeyId": key.arn,
        "DeletionDate": (key.deletion or 0) / 1000,
        "KeyState": key.state,
        "PendingWindowInDays": ask.pending_window_in_days,
    }


async def cancel_key_deletion(ask: asks.OneKey, here: _Here) -> dict[str, Any]:
    return {"KeyId": (await kms_changes.change(here.desk, here.region, ask.key_id, kms_changes.spared)).arn}


async def read_key_policy(ask: asks.ReadKeyPolicy, here: _Here) -> dict[str, Any]:
    key = await _governed(ask, here)
    return {"Policy": key.policy or _owners(key.account), "PolicyName": DEFAULT_POLICY}


async def put_key_policy(ask: asks.PutKeyPolicy, here: _Here) -> None:
    _warn(await _governed(ask, here))
    edit = kms_changes.governed(_policy(ask.policy))
    await kms_changes.change(here.desk, here.region, ask.key_id, edit)


async def list_key_policies(ask: asks.PageOfKey, here: _Here) -> dict[str, Any]:
    await kms.named(here.desk, here.region, ask.key_id)
    return {"PolicyNames": [DEFAULT_POLICY], "Truncated": False}


async def _governed(ask: asks.ReadKeyPolicy, here: _Here) -> KmsKey:
    key = await kms.named(here.desk, here.region, ask.key_id)
    if ask.policy_name != DEFAULT_POLICY:
        raise KeyNotFound("No such policy exists")
    return key


def _warn(key: KmsKey) -> None:
    log.warning("a key policy is kept, and not applied", key=key.arn)


def _policy(text: str) -> str:
    try:
        if isinstance(msgspec.json.decode(text), dict):
            return text
    except (msgspec.DecodeError, RecursionError):
        pass
    raise MalformedPolicy


def _owners(account: str) -> str:
    """The policy of a key that was given none: its account may do everything."""
    principal = {"AWS": f"arn:aws:iam::{account}:root"}
    statement = {
        "Sid": "Enable IAM User Permissions",
        "Effect": "Allow",
        "Principal": principal,
        "Action": "kms:*",
        "Resource": "*",
    }
    return msgspec.json.encode({"Version": "2012-10-17", "Id": "key-default-1", "Statement": [statement]}).decode()


async def key_rotation_status(ask: asks.OneKey, here: _Here) -> dict[str, Any]:
    """Never: EnableKeyRotation is refused."""
    key = await kms.named(here.desk, here.region, ask.key_id)
    return {"KeyId": key.arn, "KeyRotationEnabled": False}


async def disable_key_rotation(ask: asks.OneKey, here: _Here) -> None:
    """There is none to disable: what was asked for is so."""
    await kms.named(here.desk, here.region, ask.key_id)


async def list_resource_tags(ask: asks.PageOfKey, here: _Here) -> dict[str, Any]:
    key = await kms.named(here.desk, here.region, ask.key_id)
    found, more = here.page(sorted(key.tags.items()), ask, kms_changes.TAGS, lambda tag: tag[0], f"tags {key.id}")
    return {"Tags": [{"TagKey": name, "TagValue": value} for name, value in found], **more}


async def tag_resource(ask: asks.TagResource, here: _Here) -> None:
    edit = kms_changes.tagged({tag.tag_key: tag.tag_value for tag in ask.tags})
    await kms_changes.change(here.desk, here.region, ask.key_id, edit)


async def untag_resource(ask: asks.UntagResource, here: _Here) -> None:
    await kms_changes.change(here.desk, here.region, ask.key_id, kms_changes.untagged(ask.tag_keys))


Serve = Callable[[Any, _Here], Awaitable[dict[str, Any] | None]]
OPERATIONS: Final[Mapping[str, tuple[type[asks.Ask], Serve]]] = {
    "CreateKey": (asks.CreateKey, create_key),
    "DescribeKey": (asks.OneKey, describe_key),
    "Encrypt": (asks.Encrypt, encrypt),
    "Decrypt": (asks.Decrypt, decrypt),
    "GenerateDataKey": (asks.GenerateDataKey, generate_data_key),
    "GenerateDataKeyWithoutPlaintext": (asks.GenerateDataKey, generate_data_key_without_plaintext),
    "ListKeys": (asks.Page, list_keys),
    "ListAliases": (asks.ListAliases, list_aliases),
    "CreateAlias": (asks.LeadAlias, create_alias),
    "UpdateAlias": (asks.LeadAlias, update_alias),
    "DeleteAlias": (asks.DeleteAlias, delete_alias),
    "EnableKey": (asks.OneKey, enable_key),
    "DisableKey": (asks.OneKey, disable_key),
    "UpdateKeyDescription": (asks.UpdateKeyDescription, update_key_description),
    "ScheduleKeyDeletion": (asks.ScheduleKeyDeletion, schedule_key_deletion),
    "CancelKeyDeletion": (asks.OneKey, cancel_key_deletion),
    "GetKeyPolicy": (asks.ReadKeyPolicy, read_key_policy),
    "PutKeyPolicy": (asks.PutKeyPolicy, put_key_policy),
    "ListKeyPolicies": (asks.PageOfKey, list_key_policies),
    "GetKeyRotationStatus": (asks.OneKey, key_rotation_status),
    "DisableKeyRotation": (asks.OneKey, disable_key_rotation),
    "ListResourceTags": (asks.PageOfKey, list_resource_tags),
    "TagResource": (asks.TagResource, tag_resource),
    "UntagResource": (asks.UntagResource, untag_resource),
}


async def answer(request: Request, caller: Caller, desk: Desk) -> Answer:
    """Serve the operation that the request's target names. Raises Refusal."""
    name = request.headers.get("x-amz-target", "").removeprefix(TARGET)
    if why := UNSERVED.get(name):
        raise UnsupportedOperation(f"Keydesk does not serve {name}: {why}.")
    if name not in OPERATIONS:
        raise UnknownOperation(f"Of the Key Management Service Keydesk serves {', '.join(OPERATIONS)}.")
    kind, serve = OPERATIONS[name]
    try:
        ask = body(request, kind)
    except InvalidParameter as fault:
        raise Validation(fault.sentence) from None
    done = await serve(ask, _Here(desk, caller.region))
    return Answer(b"") if done is None else json(done)
