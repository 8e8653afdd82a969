"""Documents to and from JSON. Columns are derived on write; where a column tells the same, the column counts.

Pools and clients are decoded once for the same bytes, and shared: hold them as frozen. Users and groups are fresh.
"""

from functools import lru_cache
from typing import Final

import msgspec
from msgspec.structs import replace

from keydesk.domain.client import Client
from keydesk.domain.device import Device
from keydesk.domain.group import Group
from keydesk.domain.import_job import ImportJob
from keydesk.domain.passkey import Passkey
from keydesk.domain.pool import Pool
from keydesk.domain.provider import Provider
from keydesk.domain.standing import standing
from keydesk.domain.user import Status, User
from keydesk.shapes.types import ResourceServerType

encode: Final = msgspec.json.Encoder().encode
_pool: Final = msgspec.json.Decoder(Pool).decode
_client: Final = msgspec.json.Decoder(Client).decode
_user: Final = msgspec.json.Decoder(User).decode
_group: Final = msgspec.json.Decoder(Group).decode
_device: Final = msgspec.json.Decoder(Device).decode
_import_job: Final = msgspec.json.Decoder(ImportJob).decode
_passkey: Final = msgspec.json.Decoder(Passkey).decode
_provider: Final = msgspec.json.Decoder(Provider).decode
_resource_server: Final = msgspec.json.Decoder(ResourceServerType).decode


@lru_cache(maxsize=1000)
def pool(doc: bytes) -> Pool:
    """Shared: never change it."""
    return _pool(doc)


@lru_cache(maxsize=10_000)
def client(doc: bytes) -> Client:
    """Shared: never change it."""
    return _client(doc)


@lru_cache(maxsize=1000)
def trigger_arns(doc: bytes) -> tuple[str, ...]:
    """The functions that a pool's document names as its triggers."""
    config = pool(doc).settings.lambda_config
    if config is None:
        return ()
    named = (getattr(config, member) for member in config.__struct_fields__ if member != "kms_key_id")
    arns = (setting if isinstance(setting, str) else getattr(setting, "lambda_arn", None) for setting in named)
    return tuple(sorted({arn for arn in arns if arn}))


def of_pool(pool: Pool) -> bytes:
    return encode(replace(pool, functions={}))


def of_user(user: User) -> bytes:
    """Without what is kept elsewhere: groups, failures, and the columns that count."""
    return encode(replace(user, groups=(), roles=(), preferred_role="", failures=0, failed=0))


def user(row: "UserRow", groups: list[Group]) -> User:
    """The user from the columns of USER and the groups it is in."""
    found = _user(row.doc)
    found.status = Status(row.status)
    found.enabled = row.enabled
    found.rev, found.failures, found.failed = row.rev, row.failures, row.failed
    found.created, found.modified = row.created, row.modified
    if groups:
        found.groups, found.roles, found.preferred_role = standing(groups)
    return found


def group(doc: bytes) -> Group:
    return _group(doc)


def device(doc: bytes) -> Device:
    return _device(doc)


def import_job(doc: bytes) -> ImportJob:
    return _import_job(doc)


def passkey(doc: bytes) -> Passkey:
    return _passkey(doc)


def provider(doc: bytes) -> Provider:
    return _provider(doc)


def resource_server(doc: bytes) -> ResourceServerType:
    return _resource_server(doc)


class UserRow(msgspec.Struct):
    """The columns that a user is put together from; any row with these names will do."""

    doc: bytes
    status: str
    enabled: bool
    rev: int
    failures: int
    failed: int
    created: int
    modified: int
