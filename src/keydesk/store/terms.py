"""Terms documents: one of each name a client."""

from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keydesk.errors import ResourceNotFound, TermsExists
from keydesk.shapes.types import TermsType
from keydesk.store import documents
from keydesk.store.faults import lacks_parent
from keydesk.store.tables_around import terms

_OF: Final = terms.c.pool == bindparam("pool")
_NAMED: Final = select(terms.c.doc).where(_OF, terms.c.id == bindparam("id"))
_OF_CLIENT: Final = select(terms.c.doc).where(
    _OF, terms.c.client == bindparam("client"), terms.c.name == bindparam("name")
)
_PAGE: Final = (
    select(terms.c.doc).where(_OF, terms.c.id > bindparam("after")).order_by(terms.c.id).limit(bindparam("count"))
)
_OF_POOL: Final = select(terms.c.doc).where(_OF).order_by(terms.c.client, terms.c.name)
_decoded: Final = msgspec.json.Decoder(TermsType).decode


def named(db: Connection, pool: str, id: str) -> TermsType | None:
    return _one(db, _NAMED, {"pool": pool, "id": id})


def of_client(db: Connection, pool: str, client: str, name: str) -> TermsType | None:
    return _one(db, _OF_CLIENT, {"pool": pool, "client": client, "name": name})


def page(db: Connection, pool: str, after: str, count: int) -> list[TermsType]:
    """Documents of a pool in the order of their ids, from the one after `after` ("" begins)."""
    rows = db.execute(_PAGE, {"pool": pool, "after": after, "count": count})
    return [_decoded(doc) for doc in rows.scalars()]


def of_pool(db: Connection, pool: str) -> list[TermsType]:
    return [_decoded(doc) for doc in db.execute(_OF_POOL, {"pool": pool}).scalars()]


def add(db: Connection, one: TermsType) -> None:
    """Raises TermsExists, or ResourceNotFound where the pool is gone."""
    row = {"id": one.terms_id, "pool": one.user_pool_id, "client": one.client_id, "created": _millis(one.creation_date)}
    try:
        db.execute(insert(terms), row | _columns(one))
    except IntegrityError as fault:
        if lacks_parent(fault):
            raise ResourceNotFound(f"User pool {one.user_pool_id} does not exist.") from fault
        raise TermsExists from fault


def change(db: Connection, one: TermsType) -> bool:
    """Stores the document; the last one wins. Whether it is there. Raises TermsExists where its new name is taken."""
    here = (terms.c.pool == one.user_pool_id) & (terms.c.id == one.terms_id)
    try:
        return db.execute(update(terms).where(here).values(**_columns(one))).rowcount == 1
    except IntegrityError as fault:
        raise TermsExists from fault


def remove(db: Connection, pool: str, id: str) -> bool:
    """Whether there was one."""
    return db.execute(delete(terms).where(terms.c.pool == pool, terms.c.id == id)).rowcount == 1


def _one(db: Connection, query: Any, at: dict[str, str]) -> TermsType | None:
    doc = db.execute(query, at).scalar_one_or_none()
    return None if doc is None else _decoded(doc)


def _columns(one: TermsType) -> dict[str, Any]:
    return {"name": one.terms_name, "doc": documents.encode(one), "modified": _millis(one.last_modified_date)}


def _millis(seconds: float) -> int:
    return round(seconds * 1000)
