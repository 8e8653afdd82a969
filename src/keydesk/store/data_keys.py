"""Data keys, wrapped under key-encryption keys: a row for each pair, so that either of two may open all of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Select, bindparam, delete, func, or_, select, text

from keydesk.store import facts
from keydesk.store.tables import data_keys


class Row(NamedTuple):
    """`pool` is empty for the server's own; `kek` names the key that wraps it; `created` in epoch milliseconds."""

    id: bytes
    kek: str
    pool: str
    wrapped: bytes
    created: int


_ROWS: Final = select(*(data_keys.c[name] for name in Row._fields))
_UNDER: Final = _ROWS.where(data_keys.c.kek == bindparam("kek")).order_by(data_keys.c.created, data_keys.c.id)
_LOOK: Final = _ROWS.where(
    data_keys.c.kek.in_(bindparam("keks", expanding=True)),
    or_(data_keys.c.id == bindparam("id"), data_keys.c.pool == bindparam("pool"), data_keys.c.pool.is_(None)),
)
_ANY: Final = select(data_keys.c.id).limit(1)
_LACKING: Final = _UNDER.where(
    data_keys.c.id.not_in(select(data_keys.c.id).where(data_keys.c.kek == bindparam("under")).scalar_subquery())
)
_COUNTS: Final = select(data_keys.c.kek, func.count()).group_by(data_keys.c.kek)
_UNWRAP: Final = text("DELETE FROM data_keys WHERE kek <> :kek AND id IN (SELECT id FROM data_keys WHERE kek = :kek)")
_ADD: Final = text(
    "INSERT INTO data_keys (id, kek, pool, wrapped, created) VALUES (:id, :kek, :pool, :wrapped, :created)"
    " ON CONFLICT (id, kek) DO NOTHING"
)


def under(db: Connection, kek: str) -> list[Row]:
    """Those that this key-encryption key wraps, oldest first."""
    return _rows(db, _UNDER, kek=kek)


def look(db: Connection, keks: Sequence[str], id: bytes, pool: str) -> list[Row]:
    """The one of this id, those of this pool, and the server's own."""
    return _rows(db, _LOOK, keks=keks, id=id, pool=pool)


def found(db: Connection, root: Row) -> list[Row]:
    """All keys under the root's key-encryption key; where there are none at all yet, the root is the first.

    Empty where all are wrapped under others. Of several servers that found one database at once, one does.
    """
    if not db.execute(_ANY).first() and facts.claim(db, facts.SEAL, root.kek) == root.kek:
        add(db, [root])
    return under(db, root.kek)


def add(db: Connection, rows: Iterable[Row]) -> None:
    """A row that is here already stays as it is. Raises IntegrityError where the pool is gone."""
    for row in rows:
        db.execute(_ADD, {**row._asdict(), "pool": row.pool or None})


def lacking(db: Connection, kek: str, under: str) -> list[Row]:
    """Those that `kek` wraps and the key-encryption key `under` does not."""
    return _rows(db, _LACKING, kek=kek, under=under)


def counts(db: Connection) -> dict[str, int]:
    """How many data keys each key-encryption key wraps, by its id."""
    return {kek: count for kek, count in db.execute(_COUNTS)}


def rewrap(db: Connection, rows: Iterable[Row], known: Mapping[str, str]) -> None:
    """Wrap keys under another key-encryption key as well, and keep what is known of that (facts)."""
    add(db, rows)
    for name, value in known.items():
        facts.keep(db, name, value)


def unwrap(db: Connection, kek: str) -> int:
    """Of all keys that `kek` wraps, delete what others wrapped; gives how many."""
    return db.execute(_UNWRAP, {"kek": kek}).rowcount


def remove(db: Connection, ids: Iterable[bytes]) -> None:
    """Delete keys: what is sealed under them opens no more."""
    for id in ids:
        db.execute(delete(data_keys).where(data_keys.c.id == id))


def _rows(db: Connection, statement: Select[Any], **of: Any) -> list[Row]:
    rows = (Row(*row) for row in db.execute(statement, of))
    return [row._replace(pool=row.pool or "") for row in rows]
