"""Keys of the local Key Management Service: made, found and used. Who may call it at all is decided at the door.

Every signed administrator may use every key: key policies are kept, and not applied.
"""

import secrets
import uuid
from collections.abc import Mapping
from typing import NamedTuple

from keydesk.crypto import kms_blob
from keydesk.crypto.kms_blob import BlobBroken
from keydesk.domain import places
from keydesk.domain.kms_key import KeyState, KmsKey, Name, read_name
from keydesk.domain.kms_refusals import (
    CiphertextOfNoKey,
    Disabled,
    IncorrectKey,
    InvalidCiphertext,
    InvalidState,
    KeyNotFound,
)
from keydesk.flows.call import Desk
from keydesk.store import kms_keys


class UsableKey(NamedTuple):
    """A key that may be used now, and its material in the clear: never to be logged or sent."""

    key: KmsKey
    material: bytes


async def create(desk: Desk, region: str, *, description: str, policy: str, tags: Mapping[str, str]) -> KmsKey:
    """A new key of the region."""
    key = KmsKey(
        id=str(uuid.uuid4()),
        region=region,
        account=desk.account,
        created=desk.clock(),
        description=description,
        policy=policy,
        tags=dict(tags),
    )
    sealed = desk.sealer.seal(
        secrets.token_bytes(kms_blob.MATERIAL_SIZE), places.kms_key(region, key.id), places.SERVER
    )
    await desk.store.write(kms_keys.add, key, sealed)
    return key


async def named(desk: Desk, region: str, text: str) -> KmsKey:
    """The key that an id, an alias or the ARN of either names. Raises KeyNotFound."""
    return (await _found(desk, region, text))[0]


async def usable(desk: Desk, region: str, text: str) -> UsableKey:
    """The key, for work. Raises KeyNotFound, Disabled, InvalidState."""
    key, sealed = await _found(desk, region, text)
    return _opened(desk, key, sealed)


async def encrypt(desk: Desk, region: str, text: str, plain: bytes, context: Mapping[str, str]) -> tuple[KmsKey, bytes]:
    """The key that `text` names, and the blob. Raises KeyNotFound, Disabled, InvalidState."""
    key, material = await usable(desk, region, text)
    return key, kms_blob.seal(material, key.id, plain, context)


async def decrypt(
    desk: Desk, region: str, text: str | None, blob: bytes, context: Mapping[str, str]
) -> tuple[KmsKey, bytes]:
    """The key that the blob was made under, and what was in it. `text` names the key that it must be, if any.

    Raises KeyNotFound, IncorrectKey, InvalidCiphertext, CiphertextOfNoKey, Disabled, InvalidState.
    """
    wanted = await named(desk, region, text) if text is not None else None
    try:
        key_id = kms_blob.key_id(blob)
        if wanted is not None and wanted.id != key_id:
            raise IncorrectKey
        found = await _with_id(desk, region, key_id)
        if found is None:
            raise CiphertextOfNoKey
        key, material = _opened(desk, *found)
        return key, kms_blob.open_blob(material, blob, context)
    except BlobBroken:
        raise InvalidCiphertext from None


def missing(text: str, name: Name | None, region: str) -> KeyNotFound:
    """There is no such key: in the words that the service has for each way of naming one."""
    if name is None:
        return KeyNotFound(f"Invalid keyId '{text}'")
    if name.region != region:
        return KeyNotFound(f"Invalid arn {name.region}")
    if name.is_alias:
        return KeyNotFound(f"Alias arn:aws:kms:{name.region}:{name.account}:{name.resource} is not found.")
    return KeyNotFound(f"Key 'arn:aws:kms:{name.region}:{name.account}:key/{name.resource}' does not exist")


async def _found(desk: Desk, region: str, text: str) -> tuple[KmsKey, bytes]:
    name = read_name(text, region, desk.account)
    if name is None or name.region != region or name.account != desk.account:
        raise missing(text, name, region)
    key_id = name.resource
    if name.is_alias:
        keys = await desk.store.read(kms_keys.of_region, region)
        key_id = next((key.id for key in keys for alias in key.aliases if alias.name == name.resource), "")
    found = await _with_id(desk, region, key_id)
    if found is None:
        raise missing(text, name, region)
    return found


async def _with_id(desk: Desk, region: str, key_id: str) -> tuple[KmsKey, bytes] | None:
    found = await desk.store.glance(kms_keys.named, region, key_id)
    return None if found is None or found[0].is_gone(desk.clock()) else found


def _opened(desk: Desk, key: KmsKey, sealed: bytes) -> UsableKey:
    if key.state is KeyState.DISABLED:
        raise Disabled(f"{key.arn} is disabled.")
    if key.state is KeyState.PENDING_DELETION:
        raise InvalidState(f"{key.arn} is pending deletion.")
    return UsableKey(key, desk.sealer.open(sealed, places.kms_key(key.region, key.id)))
