"""Passkeys of users, by the credential id that the authenticator made: no two of a pool share one."""

from typing import Final

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keydesk.domain.passkey import Passkey
from keydesk.domain.user import UserKey
from keydesk.errors import InvalidParameter, LimitExceeded, UserNotFound
from keydesk.store import documents, users
from keydesk.store.tables import passkeys

_HERE: Final = (passkeys.c.pool == bindparam("of_pool")) & (passkeys.c.id == bindparam("of_id"))
_BY_ID: Final = select(passkeys.c.doc).where(_HERE)
_OF_USER: Final = (
    select(passkeys.c.doc)
    .where(passkeys.c.pool == bindparam("pool"), passkeys.c.sub == bindparam("sub"))
    .order_by(passkeys.c.created, passkeys.c.id)
)
_ADD: Final = insert(passkeys)
_REMOVE: Final = delete(passkeys).where(_HERE, passkeys.c.sub == bindparam("of_sub"))
_HELD: Final = _BY_ID.with_for_update()
_USE: Final = update(passkeys).where(_HERE)


def add(db: Connection, passkey: Passkey, most: int) -> None:
    """Raises LimitExceeded where the user has `most` already, InvalidParameter for a credential id that is taken,
    UserNotFound where the user was deleted meanwhile.
    """
    owner = UserKey(passkey.pool, passkey.sub)
    if users.held(db, owner) is None:  # held: two at once must not both be the last that fits
        raise UserNotFound
    if len(of_user(db, owner)) >= most:
        raise LimitExceeded(f"A user may have {most} passkeys at most.")
    row = {"pool": passkey.pool, "id": passkey.id, "sub": passkey.sub, "created": passkey.created}
    try:
        db.execute(_ADD, {**row, "doc": documents.encode(passkey)})
    except IntegrityError as fault:
        raise InvalidParameter("The credential is registered already.") from fault


def of_user(db: Connection, owner: UserKey) -> list[Passkey]:
    """The oldest first."""
    return [documents.passkey(doc) for doc in db.execute(_OF_USER, owner._asdict()).scalars()]


def by_id(db: Connection, pool: str, id: bytes) -> Passkey | None:
    doc = db.execute(_BY_ID, {"of_pool": pool, "of_id": id}).scalar_one_or_none()
    return None if doc is None else documents.passkey(doc)


def remove(db: Connection, pool: str, id: bytes, sub: str) -> bool:
    """The user's passkey. Whether there was one."""
    return db.execute(_REMOVE, {"of_pool": pool, "of_id": id, "of_sub": sub}).rowcount == 1


def use(db: Connection, judged: Passkey, *, sign_count: int, synced: bool) -> bool:
    """Notes a use if the passkey still is as it was when the use was judged; whether it is.

    So of two uses that one count allows, only one counts: the other is a copy of the authenticator, or a replay.
    """
    at = {"of_pool": judged.pool, "of_id": judged.id}
    doc = db.execute(_HELD, at).scalar_one_or_none()
    if doc is None or documents.passkey(doc) != judged:
        return False
    db.execute(_USE, {**at, "doc": documents.encode(replace(judged, sign_count=sign_count, synced=synced))})
    return True
