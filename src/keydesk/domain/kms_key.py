"""A symmetric key of the Key Management Service: what is known of it beside its material, and how it is named.

There is one kind: SYMMETRIC_DEFAULT for ENCRYPT_DECRYPT, made here, of one region.
"""

import re
from enum import StrEnum
from typing import Final

import msgspec

ID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_ARN: Final = re.compile(r"arn:aws:kms:([a-z0-9-]+):([0-9]{12}):((?:key|alias)/.+)", re.ASCII)


class KeyState(StrEnum):
    """KeyState as DescribeKey tells it."""

    ENABLED = "Enabled"
    DISABLED = "Disabled"
    PENDING_DELETION = "PendingDeletion"


class Alias(msgspec.Struct, frozen=True):
    """A name (`alias/…`) that leads to a key. Times are epoch milliseconds."""

    name: str
    created: int
    modified: int


class KmsKey(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """Times are epoch milliseconds; `deletion` is when the key will be gone, for one that is to be deleted."""

    id: str
    region: str
    account: str
    created: int
    description: str = ""
    enabled: bool = True
    deletion: int | None = None
    policy: str = ""  # as it was put; "" is the default one
    tags: dict[str, str] = {}
    aliases: tuple[Alias, ...] = ()

    @property
    def arn(self) -> str:
        return f"{arn_start(self.region, self.account)}key/{self.id}"

    @property
    def state(self) -> KeyState:
        if self.deletion is not None:
            return KeyState.PENDING_DELETION
        return KeyState.ENABLED if self.enabled else KeyState.DISABLED

    def is_gone(self, now: int) -> bool:
        """Whether its day of deletion has come; what is left of it in the database counts for nothing."""
        return self.deletion is not None and self.deletion <= now


class Name(msgspec.Struct, frozen=True):
    """What a request calls a key: an id or an alias (`alias/…`), and where, if it says."""

    region: str
    account: str
    resource: str  # the key's id, or alias/…

    @property
    def is_alias(self) -> bool:
        return self.resource.startswith("alias/")


def arn_start(region: str, account: str) -> str:
    """The ARN of anything of the service, up to `key/…` or `alias/…`."""
    return f"arn:aws:kms:{region}:{account}:"


def read_name(text: str, region: str, account: str) -> Name | None:
    """The key that a text names: an id, an alias, or the ARN of either; None where it is none of them.

    What the text leaves open is the caller's `region` and `account`.
    """
    if text.startswith("arn:"):
        found = _ARN.fullmatch(text)
        if found is None:
            return None
        region, account, text = found.groups()
        text = text.removeprefix("key/")
    if text.startswith("alias/") or ID.fullmatch(text):
        return Name(region, account, text)
    return None
