"""Identity providers of a pool, by name and by the identifiers that lead to them."""

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keydesk.domain.provider import Provider
from keydesk.errors import DuplicateProvider, InvalidParameter, ResourceNotFound
from keydesk.store import documents
from keydesk.store.faults import lacks_parent
from keydesk.store.tables_around import identity_providers, provider_identifiers

Edit = Callable[[Provider], Provider]

_HERE: Final = (identity_providers.c.pool == bindparam("at")) & (identity_providers.c.name == bindparam("called"))
_NAMED: Final = select(identity_providers.c.doc).where(_HERE)
_IDENTIFIED: Final = (
    select(identity_providers.c.doc)
    .join(
        provider_identifiers,
        (provider_identifiers.c.pool == identity_providers.c.pool)
        & (provider_identifiers.c.provider == identity_providers.c.name),
    )
    .where(provider_identifiers.c.pool == bindparam("at"), provider_identifiers.c.identifier == bindparam("called"))
)
_PAGE: Final = (
    select(identity_providers.c.doc)
    .where(identity_providers.c.pool == bindparam("at"), identity_providers.c.name > bindparam("after"))
    .order_by(identity_providers.c.name)
    .limit(bindparam("count"))
)


def named(db: Connection, pool: str, name: str) -> Provider | None:
    return _one(db, _NAMED, pool, name)


def identified(db: Connection, pool: str, identifier: str) -> Provider | None:
    """The provider that an identifier leads to."""
    return _one(db, _IDENTIFIED, pool, identifier)


def add(db: Connection, provider: Provider) -> None:
    """Raises DuplicateProvider, InvalidParameter for an identifier of another, ResourceNotFound for a pool gone."""
    row = {"pool": provider.pool, "name": provider.name, "created": provider.created, **_columns(provider)}
    try:
        db.execute(insert(identity_providers), row)
    except IntegrityError as fault:
        if lacks_parent(fault):
            raise ResourceNotFound(f"User pool {provider.pool} does not exist.") from fault
        raise DuplicateProvider(f"{provider.name} already exists in user pool {provider.pool}") from fault
    _identify(db, provider)


def change(db: Connection, pool: str, name: str, edit: Edit) -> Provider | None:
    """The provider as `edit` makes it of what is stored now; None where there is none. Raises InvalidParameter."""
    found = _one(db, _NAMED.with_for_update(), pool, name)
    if found is None:
        return None
    changed = edit(found)
    db.execute(update(identity_providers).where(_HERE), {"at": pool, "called": name, **_columns(changed)})
    if changed.identifiers != found.identifiers:
        of = (provider_identifiers.c.pool == pool) & (provider_identifiers.c.provider == name)
        db.execute(delete(provider_identifiers).where(of))
        _identify(db, changed)
    return changed


def remove(db: Connection, pool: str, name: str) -> bool:
    """With its identifiers; users stay linked. Whether there was one."""
    return db.execute(delete(identity_providers).where(_HERE), {"at": pool, "called": name}).rowcount == 1


def page(db: Connection, pool: str, after: str, count: int) -> list[Provider]:
    """Providers of a pool in the order of their names, from the one after `after` ("" begins)."""
    rows = db.execute(_PAGE, {"at": pool, "after": after, "count": count})
    return [documents.provider(doc) for doc in rows.scalars()]


def of_pool(db: Connection, pool: str) -> list[Provider]:
    """All of them."""
    docs = select(identity_providers.c.doc).where(identity_providers.c.pool == pool)
    return [documents.provider(doc) for doc in db.execute(docs.order_by(identity_providers.c.name)).scalars()]


def names(db: Connection, pool: str) -> frozenset[str]:
    """What they are called."""
    return frozenset(db.execute(select(identity_providers.c.name).where(identity_providers.c.pool == pool)).scalars())


def _one(db: Connection, statement: Any, pool: str, called: str) -> Provider | None:
    doc = db.execute(statement, {"at": pool, "called": called}).scalar_one_or_none()
    return None if doc is None else documents.provider(doc)


def _identify(db: Connection, provider: Provider) -> None:
    rows = [
        {"pool": provider.pool, "identifier": one, "provider": provider.name}
        for one in dict.fromkeys(provider.identifiers)
    ]
    try:
        if rows:
            db.execute(insert(provider_identifiers), rows)
    except IntegrityError as fault:
        raise InvalidParameter("An identifier of the provider is that of another provider already.") from fault


def _columns(provider: Provider) -> dict[str, Any]:
    return {"doc": documents.encode(provider), "modified": provider.modified}
