"""App clients. A decoded client is shared between calls: change a copy (`msgspec.structs.replace`) instead."""

from collections.abc import Iterator
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keydesk.domain.client import Client
from keydesk.errors import ConcurrentModification, InvalidParameter, ResourceNotFound
from keydesk.store import documents
from keydesk.store.faults import lacks_parent
from keydesk.store.hot import Hot
from keydesk.store.tables import clients
from keydesk.store.tables_around import brandings, terms, ui_customizations

AROUND: Final = (ui_customizations, brandings, terms)  # what is one client's, and goes with it

SEEN: Final = 100_000  # clients whose pools are remembered

_seen: Final[dict[str, str]] = {}  # pools by client
_NAMED: Final = select(clients.c.doc).where(clients.c.id == bindparam("id"))
_POOL: Final = Hot(select(clients.c.pool).where(clients.c.id == bindparam("id")))
_PAGE: Final = (
    select(clients.c.doc)
    .where(clients.c.pool == bindparam("pool"), clients.c.id > bindparam("after"))
    .order_by(clients.c.id)
    .limit(bindparam("count"))
)
_CHANGE: Final = update(clients).where(clients.c.id == bindparam("of"), clients.c.rev == bindparam("was"))


def named(db: Connection, id: str) -> Client | None:
    doc = db.execute(_NAMED, {"id": id}).scalar_one_or_none()
    return None if doc is None else documents.client(doc)


def seen(id: str) -> str:
    """The pool that a client was last seen in, without a look at the database; "" where it was in none yet."""
    return _seen.get(id, "")


def pools_of(db: Connection, id: str) -> Iterator[str]:
    """Where to look for what a client holds: the pool that it was last seen in; then, where that is another, its pool.

    A client never moves, so mostly nothing is read. But one that was deleted may come back elsewhere, by an import.
    """
    seen = _seen.get(id)
    if seen is not None:
        yield seen
    found = _POOL.rows(db, {"id": id})
    if found and found[0][0] != seen:
        if len(_seen) >= SEEN:
            _seen.clear()
        _seen[id] = found[0][0]
        yield found[0][0]


def pool_of(db: Connection, id: str) -> str:
    """The pool that a client is in, or was last seen in; "" where there is no such client."""
    return next(pools_of(db, id), "")


def add(db: Connection, client: Client) -> None:
    """Raises ResourceNotFound where the pool is gone, InvalidParameter where the id is taken."""
    try:
        db.execute(
            insert(clients), {"id": client.id, "pool": client.pool, **_columns(client), "created": client.created}
        )
    except IntegrityError as fault:
        if lacks_parent(fault):
            raise ResourceNotFound(f"User pool {client.pool} does not exist.") from fault
        raise InvalidParameter(f"User pool client {client.id} already exists.") from fault


def change(db: Connection, client: Client) -> Client:
    """Stores the client if nobody changed it since `client.rev` was read; gives it with its new rev.

    Raises ConcurrentModification.
    """
    changed = replace(client, rev=client.rev + 1)
    if db.execute(_CHANGE, {"of": client.id, "was": client.rev, **_columns(changed)}).rowcount != 1:
        raise ConcurrentModification
    return changed


def remove(db: Connection, pool: str, id: str) -> bool:
    """Whether there was one. What was issued to it finds no client any more, and so dies with it."""
    for around in AROUND:
        db.execute(delete(around).where(around.c.pool == pool, around.c.client == id))
    return db.execute(delete(clients).where(clients.c.pool == pool, clients.c.id == id)).rowcount == 1


def page(db: Connection, pool: str, after: str, count: int) -> list[Client]:
    """Clients of a pool in the order of their ids, from the one after `after` ("" begins)."""
    rows = db.execute(_PAGE, {"pool": pool, "after": after, "count": count})
    return [documents.client(doc) for doc in rows.scalars()]


def of_pool(db: Connection, pool: str) -> list[Client]:
    """All of them."""
    rows = db.execute(select(clients.c.doc).where(clients.c.pool == pool).order_by(clients.c.id))
    return [documents.client(doc) for doc in rows.scalars()]


def _columns(client: Client) -> dict[str, Any]:
    return {"name": client.name, "doc": documents.encode(client), "rev": client.rev, "modified": client.modified}
