"""Devices of users, by key. A key that nobody confirmed is in no row: the session that it was handed to knows it."""

import secrets
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keydesk.domain.device import Device
from keydesk.domain.user import UserKey
from keydesk.errors import DeviceKeyExists, LimitExceeded, UserNotFound
from keydesk.store import documents, users
from keydesk.store.tables import devices, sessions, spent_refreshes

_HERE: Final = (
    (devices.c.pool == bindparam("of_pool"))
    & (devices.c.sub == bindparam("of_sub"))
    & (devices.c.key == bindparam("of_key"))
)
_NAMED: Final = select(devices.c.doc).where(_HERE)
_HELD: Final = _NAMED.with_for_update()
_OF_USER: Final = (
    select(devices.c.doc)
    .where(devices.c.pool == bindparam("pool"), devices.c.sub == bindparam("sub"))
    .order_by(devices.c.key)
)
_ADD: Final = insert(devices)
_CHANGE: Final = update(devices).where(_HERE)
_REMOVE: Final = delete(devices).where(_HERE)
_OPENED: Final = select(sessions.c.id).where(
    sessions.c.pool == bindparam("of_pool"),
    sessions.c.sub == bindparam("of_sub"),
    sessions.c.device == bindparam("of_key"),
)
_UNREFRESHED: Final = (
    update(sessions)
    .where(sessions.c.pool == bindparam("of_pool"), sessions.c.id == bindparam("of_id"))
    .values(refresh=bindparam("never"))
)
_UNSPENT: Final = delete(spent_refreshes).where(
    spent_refreshes.c.pool == bindparam("of_pool"), spent_refreshes.c.session == bindparam("of_id")
)


def named(db: Connection, owner: UserKey, key: str) -> Device | None:
    doc = db.execute(_NAMED, _at(owner, key)).scalar_one_or_none()
    return None if doc is None else documents.device(doc)


def of_user(db: Connection, owner: UserKey) -> list[Device]:
    """All that the user has confirmed, by their keys."""
    return [documents.device(doc) for doc in db.execute(_OF_USER, owner._asdict()).scalars()]


def add(db: Connection, owner: UserKey, device: Device, most: int) -> None:
    """Raises DeviceKeyExists, LimitExceeded where the user has `most` already, UserNotFound."""
    if users.held(db, owner) is None:
        raise UserNotFound
    if len(of_user(db, owner)) >= most:
        raise LimitExceeded(f"A user may have {most} devices at most.")
    row = {**owner._asdict(), "key": device.key, "doc": documents.encode(device), "created": device.created}
    try:
        db.execute(_ADD, row)
    except IntegrityError as fault:
        raise DeviceKeyExists from fault


def change(db: Connection, owner: UserKey, key: str, /, **members: Any) -> bool:
    """Set members of a device; whether it is still there."""
    doc = db.execute(_HELD, _at(owner, key)).scalar_one_or_none()
    if doc is None:
        return False
    db.execute(_CHANGE, {**_at(owner, key), "doc": documents.encode(replace(documents.device(doc), **members))})
    return True


def remove(db: Connection, owner: UserKey, key: str) -> bool:
    """Whether it was still there. No refresh token that was given to it is good for anything any more."""
    if db.execute(_REMOVE, _at(owner, key)).rowcount == 0:
        return False
    for id in db.execute(_OPENED, _at(owner, key)).scalars().all():
        db.execute(_UNREFRESHED, {"of_pool": owner.pool, "of_id": id, "never": secrets.token_bytes(32)})
        db.execute(_UNSPENT, {"of_pool": owner.pool, "of_id": id})
    return True


def _at(owner: UserKey, key: str) -> dict[str, str]:
    return {"of_pool": owner.pool, "of_sub": owner.sub, "of_key": key}
