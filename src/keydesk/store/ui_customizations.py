"""Styles of the classic hosted pages, by pool and client."""

from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, delete, select, text
from sqlalchemy.exc import IntegrityError

from keydesk.domain.classic_style import ALL, ClassicStyle
from keydesk.errors import ResourceNotFound
from keydesk.store import documents
from keydesk.store.tables_around import ui_customizations as styles

_OF: Final = styles.c.pool == bindparam("pool")
_NAMED: Final = select(styles.c.doc).where(_OF, styles.c.client == bindparam("client"))
_OF_POOL: Final = select(styles.c.doc).where(_OF).order_by(styles.c.client)
_KEEP: Final = text(
    "INSERT INTO ui_customizations (pool, client, doc, created, modified)"
    " VALUES (:pool, :client, :doc, :created, :modified)"
    " ON CONFLICT (pool, client) DO UPDATE SET doc = excluded.doc, modified = excluded.modified"
)
_decoded: Final = msgspec.json.Decoder(ClassicStyle).decode


def named(db: Connection, pool: str, client: str) -> ClassicStyle | None:
    """Of this very client, or of ALL."""
    doc = db.execute(_NAMED, {"pool": pool, "client": client}).scalar_one_or_none()
    return None if doc is None else _decoded(doc)


def in_force(db: Connection, pool: str, client: str) -> ClassicStyle | None:
    """The client's own, or what counts for all that have none."""
    return named(db, pool, client) or named(db, pool, ALL)


def of_pool(db: Connection, pool: str) -> list[ClassicStyle]:
    return [_decoded(doc) for doc in db.execute(_OF_POOL, {"pool": pool}).scalars()]


def keep(db: Connection, style: ClassicStyle) -> None:
    """In place of the one before; the last one wins. Raises ResourceNotFound where the pool is gone."""
    row = {"pool": style.pool, "client": style.client, "created": style.created, "modified": style.modified}
    try:
        db.execute(_KEEP, row | {"doc": documents.encode(style)})
    except IntegrityError as fault:
        raise ResourceNotFound(f"User pool {style.pool} does not exist.") from fault


def remove(db: Connection, pool: str, client: str) -> None:
    """Once is enough."""
    db.execute(delete(styles).where(styles.c.pool == pool, styles.c.client == client))
