"""What clients ask of the Key Management Service: members and their limits, as its published model has them."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

KeyName = Annotated[str, Meta(min_length=1, max_length=2048)]
AliasName = Annotated[str, Meta(min_length=1, max_length=256, pattern=r"^[a-zA-Z0-9:/_-]+\Z")]
Blob = Annotated[bytes, Meta(min_length=1, max_length=6144)]
Plaintext = Annotated[bytes, Meta(min_length=1, max_length=4096)]
Context = dict[str, str]
Description = Annotated[str, Meta(max_length=8192)]
Policy = Annotated[str, Meta(min_length=1, max_length=131072)]
TagKey = Annotated[str, Meta(min_length=1, max_length=128)]
Limit = Annotated[int, Meta(ge=1, le=1000)]
Marker = Annotated[str, Meta(min_length=1, max_length=1024)]
Days = Annotated[int, Meta(ge=7, le=30)]


class Ask(msgspec.Struct, rename="pascal", kw_only=True):
    """Members that are not listed are passed over: grant tokens, for one, change nothing where there are no grants."""


class Tag(Ask):
    tag_key: TagKey
    tag_value: Annotated[str, Meta(max_length=256)]


class CreateKey(Ask):
    description: Description = ""
    policy: Policy = ""
    tags: list[Tag] = []
    key_usage: str = "ENCRYPT_DECRYPT"
    key_spec: str | None = None
    customer_master_key_spec: str | None = None  # the older name of KeySpec
    origin: str = "AWS_KMS"
    custom_key_store_id: str | None = None
    xks_key_id: str | None = None
    multi_region: bool = False


class OneKey(Ask):
    key_id: KeyName


class Work(Ask):
    encryption_context: Context = {}
    encryption_algorithm: str = "SYMMETRIC_DEFAULT"
    dry_run: bool = False
    recipient: Any = None


class Encrypt(Work, kw_only=True):
    key_id: KeyName
    plaintext: Plaintext


class Decrypt(Work, kw_only=True):
    key_id: KeyName | None = None
    ciphertext_blob: Blob | None = None
    dry_run_modifiers: list[str] = []


class GenerateDataKey(Work, kw_only=True):
    key_id: KeyName
    key_spec: Literal["AES_256", "AES_128"] | None = None
    number_of_bytes: Annotated[int, Meta(ge=1, le=1024)] | None = None


class Page(Ask):
    limit: Limit | None = None
    marker: Marker | None = None


class PageOfKey(Page, kw_only=True):
    key_id: KeyName


class ListAliases(Page):
    key_id: KeyName | None = None


class UpdateKeyDescription(OneKey, kw_only=True):
    description: Description


class ScheduleKeyDeletion(OneKey, kw_only=True):
    pending_window_in_days: Days = 30


class ReadKeyPolicy(OneKey, kw_only=True):
    policy_name: str = "default"


class PutKeyPolicy(ReadKeyPolicy, kw_only=True):
    policy: Policy


class TagResource(OneKey, kw_only=True):
    tags: list[Tag]


class UntagResource(OneKey, kw_only=True):
    tag_keys: list[TagKey]


class DeleteAlias(Ask):
    alias_name: AliasName


class LeadAlias(DeleteAlias, kw_only=True):
    target_key_id: KeyName
