"""The one live code of a user for a purpose: the newest. Kept as a keyed digest, good for one use.

Guesses are counted in `budgets`, whose budget a new code does not renew.
"""

from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, select, text
from sqlalchemy.exc import IntegrityError

from keydesk.domain.user import UserKey
from keydesk.errors import UserNotFound
from keydesk.store.tables import codes


class Code(NamedTuple):
    """`about` is the attribute value that the code proves, or ""; `expires` in epoch milliseconds."""

    about: str
    expires: int


_KEEP: Final = text(
    "INSERT INTO codes (pool, sub, purpose, digest, about, expires)"
    " VALUES (:pool, :sub, :purpose, :digest, :about, :expires) ON CONFLICT (pool, sub, purpose) DO UPDATE"
    " SET digest = excluded.digest, about = excluded.about, expires = excluded.expires"
)
_HERE: Final = (
    (codes.c.pool == bindparam("pool")) & (codes.c.sub == bindparam("sub")) & (codes.c.purpose == bindparam("purpose"))
)
_LIVE: Final = select(codes.c.about, codes.c.expires).where(_HERE)
_TAKE: Final = (
    delete(codes).where(_HERE, codes.c.digest == bindparam("digest")).returning(codes.c.about, codes.c.expires)
)
_FORGET: Final = delete(codes).where(_HERE)


def keep(db: Connection, key: UserKey, purpose: str, digest: bytes, code: Code) -> None:
    """In place of the older code for the purpose. Raises UserNotFound where the user was deleted meanwhile."""
    row = {"purpose": purpose, "digest": digest, "about": code.about, "expires": code.expires, **key._asdict()}
    try:
        db.execute(_KEEP, row)
    except IntegrityError as fault:
        raise UserNotFound from fault


def live(db: Connection, key: UserKey, purpose: str) -> Code | None:
    """The code that waits to be used, in time or not."""
    found = db.execute(_LIVE, {**key._asdict(), "purpose": purpose}).one_or_none()
    return None if found is None else Code(*found)


def take(db: Connection, key: UserKey, purpose: str, digest: bytes) -> Code | None:
    """Uses the code up if this is it, for the first who says it; None for everyone else.

    The caller looks at `expires`: a code that comes too late is used up as well.
    """
    found = db.execute(_TAKE, {**key._asdict(), "purpose": purpose, "digest": digest}).one_or_none()
    return None if found is None else Code(*found)


def forget(db: Connection, key: UserKey, purpose: str) -> None:
    db.execute(_FORGET, {**key._asdict(), "purpose": purpose})
