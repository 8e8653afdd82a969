"""Sign-ins that wait for the answer to a challenge, by the digest of their Session string. Each is taken once."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert
from sqlalchemy.exc import IntegrityError

from keydesk.errors import ResourceNotFound
from keydesk.store.hot import Hot
from keydesk.store.tables import waiting


class Row(NamedTuple):
    """`doc` is sealed; `expires` in epoch milliseconds."""

    pool: str
    client: str
    sub: str | None
    doc: bytes
    expires: int


_KEEP: Final = Hot(insert(waiting).values({column.name: bindparam(column.name) for column in waiting.c}))
_TAKE: Final = Hot(
    delete(waiting)
    .where(waiting.c.session == bindparam("session"))
    .returning(*(waiting.c[name] for name in Row._fields))
)


def keep(db: Connection, digest: bytes, row: Row) -> None:
    """Raises ResourceNotFound where the pool was deleted meanwhile."""
    try:
        _KEEP(db, {"session": digest, **row._asdict()})
    except IntegrityError as fault:
        raise ResourceNotFound(f"User pool {row.pool} does not exist.") from fault


def take(db: Connection, digest: bytes, now: int) -> Row | None:
    """What waits, for the first who asks in time; None for everyone else. It waits no longer, in time or not."""
    found = _TAKE.rows(db, {"session": digest})
    row = Row(*found[0]) if found else None
    return row if row is not None and row.expires > now else None
