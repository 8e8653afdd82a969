"""Domains of pools, by their whole host names. The pool's own document names them, too: both change together."""

from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keydesk.domain.pool import Pool
from keydesk.errors import InvalidParameter
from keydesk.shapes.types import DomainDescriptionType
from keydesk.store import documents, pools
from keydesk.store.tables_around import domains

_HERE: Final = domains.c.domain == bindparam("host")
_NAMED: Final = select(domains.c.doc).where(_HERE)
_OF_POOL: Final = select(domains.c.doc).where(domains.c.pool == bindparam("pool")).order_by(domains.c.domain)
_decoded: Final = msgspec.json.Decoder(DomainDescriptionType).decode


def named(db: Connection, host: str) -> DomainDescriptionType | None:
    doc = db.execute(_NAMED, {"host": host}).scalar_one_or_none()
    return None if doc is None else _decoded(doc)


def of_pool(db: Connection, pool: str) -> list[DomainDescriptionType]:
    """The prefix and the custom domain of a pool, as far as there are any."""
    return [_decoded(doc) for doc in db.execute(_OF_POOL, {"pool": pool}).scalars()]


def add(db: Connection, pool: Pool, host: str, domain: DomainDescriptionType) -> None:
    """With the pool that names it now. Raises InvalidParameter where somebody has it, ConcurrentModification."""
    pools.change(db, pool)
    row: dict[str, Any] = {"pool": pool.id, "doc": documents.encode(domain), "created": pool.modified}
    try:
        db.execute(insert(domains), {"domain": host, **row})
    except IntegrityError as fault:
        raise InvalidParameter("Domain already associated with another user pool.") from fault


def change(db: Connection, host: str, domain: DomainDescriptionType) -> bool:
    """Stores the domain; the last one wins. Whether it is there."""
    here = (domains.c.domain == host) & (domains.c.pool == domain.user_pool_id)
    return db.execute(update(domains).where(here).values(doc=documents.encode(domain))).rowcount == 1


def remove(db: Connection, pool: Pool, host: str) -> None:
    """With the pool that no longer names it. Raises ConcurrentModification."""
    pools.change(db, pool)
    db.execute(delete(domains).where(_HERE & (domains.c.pool == bindparam("of"))), {"host": host, "of": pool.id})
