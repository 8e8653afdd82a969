"""Managed login styles: one a client, with the images inside."""

from collections.abc import Callable
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keydesk.errors import ManagedLoginBrandingExists, ResourceNotFound
from keydesk.shapes.types import ManagedLoginBrandingType
from keydesk.store import documents
from keydesk.store.faults import lacks_parent
from keydesk.store.tables_around import brandings

Edit = Callable[[ManagedLoginBrandingType], ManagedLoginBrandingType]

_OF: Final = brandings.c.pool == bindparam("pool")
_NAMED: Final = select(brandings.c.doc).where(_OF, brandings.c.id == bindparam("id"))
_LOCKED: Final = _NAMED.with_for_update()
_OF_CLIENT: Final = select(brandings.c.doc).where(_OF, brandings.c.client == bindparam("client"))
_OF_POOL: Final = select(brandings.c.client, brandings.c.doc).where(_OF).order_by(brandings.c.client)
_decoded: Final = msgspec.json.Decoder(ManagedLoginBrandingType).decode


def named(db: Connection, pool: str, id: str) -> ManagedLoginBrandingType | None:
    return _one(db, _NAMED, {"pool": pool, "id": id})


def of_client(db: Connection, pool: str, client: str) -> ManagedLoginBrandingType | None:
    return _one(db, _OF_CLIENT, {"pool": pool, "client": client})


def of_pool(db: Connection, pool: str) -> dict[str, ManagedLoginBrandingType]:
    """By client."""
    return {row.client: _decoded(row.doc) for row in db.execute(_OF_POOL, {"pool": pool})}


def add(db: Connection, client: str, style: ManagedLoginBrandingType) -> None:
    """Raises ManagedLoginBrandingExists, or ResourceNotFound where the pool is gone."""
    row = {"id": style.managed_login_branding_id, "pool": style.user_pool_id, "client": client}
    try:
        db.execute(insert(brandings), row | {"created": _millis(style.creation_date)} | _columns(style))
    except IntegrityError as fault:
        if lacks_parent(fault):
            raise ResourceNotFound(f"User pool {style.user_pool_id} does not exist.") from fault
        raise ManagedLoginBrandingExists from fault


def change(db: Connection, pool: str, id: str, edit: Edit) -> ManagedLoginBrandingType | None:
    """Store what `edit` makes of the style, and give it back; None where there is none.

    `edit` may be run more than once, and may raise.
    """
    found = _one(db, _LOCKED, {"pool": pool, "id": id})
    if found is None:
        return None
    edited = edit(found)
    db.execute(update(brandings).where(brandings.c.id == id).values(**_columns(edited)))
    return edited


def remove(db: Connection, pool: str, id: str) -> bool:
    """Whether there was one."""
    return db.execute(delete(brandings).where(brandings.c.pool == pool, brandings.c.id == id)).rowcount == 1


def _one(db: Connection, query: Any, at: dict[str, str]) -> ManagedLoginBrandingType | None:
    doc = db.execute(query, at).scalar_one_or_none()
    return None if doc is None else _decoded(doc)


def _columns(style: ManagedLoginBrandingType) -> dict[str, Any]:
    return {"doc": documents.encode(style), "modified": _millis(style.last_modified_date)}


def _millis(seconds: float | None) -> int:
    return round((seconds or 0) * 1000)
