"""Data keys, wrapped under key-encryption keys: a row for each pair, so that either of two may open all of them."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, or_, select, text

from keydesk.store import facts
from keydesk.store.tables import data_keys


class Row(NamedTuple):
    """`pool` is empty for the server's own; `kek` names the key that wraps it; `created` in epoch milliseconds."""

    id: bytes
    kek: str
    pool: str
    wrapped: bytes
    created: int


_ROWS: Final = select(*(data_keys.c[name] for name in Row._fields)).where(data_keys.c.kek == bindparam("kek"))
_SINCE: Final = _ROWS.where(data_keys.c.created >= bindparam("since"))
_LOOK: Final = _ROWS.where(
    or_(data_keys.c.id == bindparam("id"), data_keys.c.pool == bindparam("pool"), data_keys.c.pool.is_(None))
)
_ANY: Final = select(data_keys.c.id).limit(1)
_ADD: Final = text(
    "INSERT INTO data_keys (id, kek, pool, wrapped, created) VALUES (:id, :kek, :pool, :wrapped, :created)"
    " ON CONFLICT (id, kek) DO NOTHING"
)


def since(db: Connection, kek: str, since: int = 0) -> list[Row]:
    """Those under this key-encryption key that were made at a time or later."""
    return _rows(db, _SINCE, kek=kek, since=since)


def look(db: Connection, kek: str, id: bytes, pool: str) -> list[Row]:
    """The one of this id, those of this pool, and the server's own."""
    return _rows(db, _LOOK, kek=kek, id=id, pool=pool)


def found(db: Connection, root: Row) -> list[Row]:
    """All keys under the root's key-encryption key; where there are none at all yet, the root is the first.

    Empty where all are wrapped under others. Of several servers that found one database at once, one does.
    """
    if not db.execute(_ANY).first() and facts.claim(db, facts.SEAL, root.kek) == root.kek:
        add(db, [root])
    return since(db, root.kek)


def add(db: Connection, rows: Iterable[Row]) -> None:
    """A row that is here already stays as it is. Raises IntegrityError where the pool is gone."""
    for row in rows:
        db.execute(_ADD, {**row._asdict(), "pool": row.pool or None})


def _rows(db: Connection, statement: Select[Any], **of: Any) -> list[Row]:
    rows = (Row(*row) for row in db.execute(statement, of))
    return [row._replace(pool=row.pool or "") for row in rows]
