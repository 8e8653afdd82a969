"""Resource servers of a pool: the published structure is what is kept, and the names of their scopes."""

from typing import Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keydesk.errors import InvalidParameter, ResourceNotFound
from keydesk.shapes.types import ResourceServerType
from keydesk.store import documents
from keydesk.store.faults import lacks_parent
from keydesk.store.tables_around import resource_servers

_HERE: Final = (resource_servers.c.pool == bindparam("at")) & (resource_servers.c.identifier == bindparam("called"))
_NAMED: Final = select(resource_servers.c.doc).where(_HERE)
_OF_POOL: Final = select(resource_servers.c.doc).where(resource_servers.c.pool == bindparam("at"))
_PAGE: Final = (
    _OF_POOL.where(resource_servers.c.identifier > bindparam("after"))
    .order_by(resource_servers.c.identifier)
    .limit(bindparam("count"))
)


def named(db: Connection, pool: str, identifier: str) -> ResourceServerType | None:
    doc = db.execute(_NAMED, {"at": pool, "called": identifier}).scalar_one_or_none()
    return None if doc is None else documents.resource_server(doc)


def add(db: Connection, pool: str, server: ResourceServerType) -> None:
    """Raises InvalidParameter where the identifier is taken, ResourceNotFound where the pool is gone."""
    try:
        db.execute(
            insert(resource_servers), {"pool": pool, "identifier": server.identifier, "doc": documents.encode(server)}
        )
    except IntegrityError as fault:
        if lacks_parent(fault):
            raise ResourceNotFound(f"User pool {pool} does not exist.") from fault
        raise InvalidParameter(f"{server.identifier} already exists in user pool {pool}.") from fault


def change(db: Connection, pool: str, server: ResourceServerType) -> bool:
    """Stores the server; the last one wins. Whether it is there."""
    row = {"at": pool, "called": server.identifier, "doc": documents.encode(server)}
    return db.execute(update(resource_servers).where(_HERE), row).rowcount == 1


def remove(db: Connection, pool: str, identifier: str) -> bool:
    """Whether there was one."""
    return db.execute(delete(resource_servers).where(_HERE), {"at": pool, "called": identifier}).rowcount == 1


def page(db: Connection, pool: str, after: str, count: int) -> list[ResourceServerType]:
    """Servers of a pool in the order of their identifiers, from the one after `after` ("" begins)."""
    rows = db.execute(_PAGE, {"at": pool, "after": after, "count": count})
    return [documents.resource_server(doc) for doc in rows.scalars()]


def scopes(db: Connection, pool: str) -> frozenset[str]:
    """Every custom scope of the pool, as a token names it: `identifier/name`."""
    servers = (documents.resource_server(doc) for doc in db.execute(_OF_POOL, {"at": pool}).scalars())
    return frozenset(f"{server.identifier}/{scope.scope_name}" for server in servers for scope in server.scopes or ())
