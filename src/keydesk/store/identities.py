"""Identities at outside providers that lead to users: linked and unlinked. One identity leads to one user."""

from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, insert, select
from sqlalchemy.exc import IntegrityError

from keydesk.domain.identity import MOST, Identity
from keydesk.domain.user import User, UserKey
from keydesk.errors import InvalidParameter, LimitExceeded, UserNotFound
from keydesk.store import users
from keydesk.store.tables_around import identities

_AT: Final = (
    (identities.c.pool == bindparam("at"))
    & (identities.c.provider == bindparam("by"))
    & (identities.c.attribute == bindparam("name"))
    & (identities.c.value == bindparam("said"))
)
_OWNER: Final = select(identities.c.sub).where(_AT)

LINKED: Final = "SourceUser is already linked to DestinationUser"
SIGNED_UP: Final = (
    "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link"
)
NOT_LINKED: Final = "Account isn't linked to anyone else, verify that the account has been linked"


def owner(db: Connection, pool: str, provider: str, attribute: str, value: str) -> User | None:
    """The user whom a provider's words lead to."""
    at = {"at": pool, "by": provider, "name": attribute, "said": value}
    sub = db.execute(_OWNER, at).scalar_one_or_none()
    return None if sub is None else users.by_key(db, UserKey(pool, sub))


def link(db: Connection, key: UserKey, identity: Identity) -> None:
    """The identity leads to the user from now on.

    Raises UserNotFound, LimitExceeded, and InvalidParameter where it leads to somebody already.
    """
    user = users.held(db, key)
    if user is None:
        raise UserNotFound
    if sum(not one.primary for one in user.identities) >= MOST:
        raise LimitExceeded(f"At most {MOST} identities can be linked to a user.")
    said = (identity.provider, identity.attribute, identity.value)
    whose = owner(db, user.pool, *said)
    if whose is not None:
        made_for_it = any(one.primary and one.is_at(*said) for one in whose.identities)
        raise InvalidParameter(SIGNED_UP if made_for_it else LINKED)
    try:
        db.execute(insert(identities), row(key, identity))
    except IntegrityError as fault:  # somebody was faster
        raise InvalidParameter(LINKED) from fault
    users.change(db, replace(user, identities=(*user.identities, identity), modified=identity.created))


def row(key: UserKey, identity: Identity) -> dict[str, Any]:
    """What is kept of an identity that leads to a user."""
    kept = {name: getattr(identity, name) for name in ("provider", "attribute", "value", "created")}
    return {**key._asdict(), **kept}


def unlink(db: Connection, pool: str, said: tuple[str, str, str], now: int) -> None:
    """The identity (provider, attribute, value) leads nowhere any more. Raises InvalidParameter if it is not linked."""
    found = owner(db, pool, *said)
    user = users.held(db, found.key) if found else None
    if user is None or not any(one.is_at(*said) and not one.primary for one in user.identities):
        raise InvalidParameter(NOT_LINKED)
    db.execute(delete(identities).where(_AT), dict(zip(("at", "by", "name", "said"), (pool, *said), strict=True)))
    kept = tuple(one for one in user.identities if not one.is_at(*said))
    users.change(db, replace(user, identities=kept, modified=now))
