"""All that lies sealed in the database: a row for each column that holds it, with what is sealed there, and whose.

What lies sealed and is not in this table is lost a day after a rotation: a house test asks that of every column.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from msgspec.structs import replace
from sqlalchemy import Column, ColumnElement, Connection, Row, and_, literal, select, tuple_, update

from keydesk.domain import places
from keydesk.domain.function import Deployed
from keydesk.domain.provider import ENCRYPTION_CERTIFICATE, Provider
from keydesk.store import documents
from keydesk.store.tables import clients, devices, function_versions, functions, kms_keys, signing_keys, users, waiting
from keydesk.store.tables_around import identity_providers, saml_keys, user_import_parts, user_imports

Again = Callable[[bytes, str], bytes]  # a sealed value and its place: the same value sealed anew, maybe with other keys
Renew = Callable[[Any, Again], bytes]  # a row of the table: what the column holds when all in it is sealed anew


class Sealed(NamedTuple):
    """A column. `pool`: whose keys seal what is in it; empty for the server's."""

    column: Column[Any]
    pool: ColumnElement[str]
    renew: Renew


class Change(NamedTuple):
    """What a column of one row held, and is to hold."""

    key: tuple[Any, ...]
    before: bytes
    after: bytes


def _user(row: Any, again: Again) -> bytes:
    user = documents.user(row, [])
    after = user.under_new_seal(
        credential=_some(user.credential, places.password(row.sub), again),
        totp=_some(user.totp, places.authenticator(row.sub), again),
        totp_offered=_some(user.totp_offered, places.authenticator(row.sub), again),
    )
    return documents.of_user(after)


def _client(row: Any, again: Again) -> bytes:
    client = documents.client(row.doc)
    secrets = (replace(one, sealed=again(one.sealed, places.client(client.id))) for one in client.secrets)
    return documents.encode(replace(client, secrets=tuple(secrets)))


def _signing_key(row: Any, again: Again) -> bytes:
    return again(row.private, places.signing_key(row.kid))


def _device(row: Any, again: Again) -> bytes:
    device = documents.device(row.doc)
    return documents.encode(replace(device, verifier=again(device.verifier, places.device(device.key))))


def _provider(row: Any, again: Again) -> bytes:
    provider = msgspec.json.decode(row.doc, type=Provider)

    def new(value: bytes, detail: str) -> bytes:
        return _some(value, places.identity_provider(provider.pool, provider.name, detail), again)

    sealed = {name: new(value, name) for name, value in provider.sealed.items()}
    encryption = new(provider.encryption, ENCRYPTION_CERTIFICATE)
    return documents.encode(replace(provider, sealed=sealed, encryption=encryption))


def _saml_key(row: Any, again: Again) -> bytes:
    return again(row.private, places.saml_key(row.pool))


def _import_part(row: Any, again: Again) -> bytes:
    return again(row.sealed, places.import_part(row.job, row.upload, row.number))


def _kms_key(row: Any, again: Again) -> bytes:
    return again(row.material, places.kms_key(row.region, row.id))


def _function(row: Any, again: Again) -> bytes:
    deployed = msgspec.json.decode(row.doc, type=Deployed)
    environment = _some(deployed.environment, places.function(deployed.region, deployed.name), again)
    return documents.encode(replace(deployed, environment=environment))


def _some(sealed: bytes, place: str, again: Again) -> bytes:
    """Empty stays empty."""
    return again(sealed, place) if sealed else sealed


_SERVER: Final = literal(places.SERVER)
_OF_JOB: Final = select(user_imports.c.pool).where(user_imports.c.id == user_import_parts.c.job).scalar_subquery()

SEALED: Final = (
    Sealed(users.c.doc, users.c.pool, _user),
    Sealed(devices.c.doc, devices.c.pool, _device),
    Sealed(clients.c.doc, clients.c.pool, _client),
    Sealed(signing_keys.c.private, signing_keys.c.pool, _signing_key),
    Sealed(identity_providers.c.doc, identity_providers.c.pool, _provider),
    Sealed(saml_keys.c.private, saml_keys.c.pool, _saml_key),
    Sealed(user_import_parts.c.sealed, _OF_JOB, _import_part),
    Sealed(kms_keys.c.material, _SERVER, _kms_key),
    Sealed(functions.c.doc, _SERVER, _function),
    Sealed(function_versions.c.doc, _SERVER, _function),
)
PASSING: Final = (waiting.c.doc,)  # sealed for minutes: it is gone before its key is


def page(db: Connection, sealed: Sealed, after: tuple[Any, ...] | None, limit: int) -> Sequence[Row[Any]]:
    """Whole rows in the order of their keys, from the one behind the key `after`; `whose` is the pool."""
    table = sealed.column.table
    key = tuple_(*table.primary_key)
    rows = select(table, sealed.pool.label("whose")).order_by(*table.primary_key).limit(limit)
    return db.execute(rows if after is None else rows.where(key > tuple_(*map(literal, after)))).all()


def key(sealed: Sealed, row: Any) -> tuple[Any, ...]:
    """The row's primary key."""
    return tuple(getattr(row, column.name) for column in sealed.column.table.primary_key)


def swap(db: Connection, sealed: Sealed, changes: Iterable[Change]) -> int:
    """Store what has not been changed by others meanwhile; gives how many that were."""
    table, column = sealed.column.table, sealed.column
    stored = 0
    for change in changes:
        here = and_(*(one == value for one, value in zip(table.primary_key, change.key, strict=True)))
        stored += db.execute(update(table).where(here, column == change.before).values({column: change.after})).rowcount
    return stored
