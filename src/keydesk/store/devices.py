"""Devices of users, by key. A key that nobody confirmed is in no row: the session that it was handed to knows it."""

from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from keydesk.domain.device import Device
from keydesk.errors import DeviceKeyExists, LimitExceeded, UserNotFound
from keydesk.store import documents, users
from keydesk.store.tables import devices

_HERE: Final = (devices.c.sub == bindparam("of_sub")) & (devices.c.key == bindparam("of_key"))
_NAMED: Final = select(devices.c.doc).where(_HERE)
_HELD: Final = _NAMED.with_for_update()
_OF_USER: Final = select(devices.c.doc).where(devices.c.sub == bindparam("sub")).order_by(devices.c.key)
_ADD: Final = insert(devices)
_CHANGE: Final = update(devices).where(_HERE)
_REMOVE: Final = delete(devices).where(_HERE)


def named(db: Connection, sub: str, key: str) -> Device | None:
    doc = db.execute(_NAMED, _at(sub, key)).scalar_one_or_none()
    return None if doc is None else documents.device(doc)


def of_user(db: Connection, sub: str) -> list[Device]:
    """All that the user has confirmed, by their keys."""
    return [documents.device(doc) for doc in db.execute(_OF_USER, {"sub": sub}).scalars()]


def add(db: Connection, device: Device, most: int) -> None:
    """Raises DeviceKeyExists, LimitExceeded where the user has `most` already, UserNotFound."""
    if users.held(db, device.sub) is None:
        raise UserNotFound
    if len(of_user(db, device.sub)) >= most:
        raise LimitExceeded(f"A user may have {most} devices at most.")
    row = {"sub": device.sub, "key": device.key, "doc": documents.encode(device), "created": device.created}
    try:
        db.execute(_ADD, row)
    except IntegrityError as fault:
        raise DeviceKeyExists from fault


def change(db: Connection, sub: str, key: str, /, **members: Any) -> bool:
    """Set members of a device; whether it is still there."""
    doc = db.execute(_HELD, _at(sub, key)).scalar_one_or_none()
    if doc is None:
        return False
    db.execute(_CHANGE, {**_at(sub, key), "doc": documents.encode(replace(documents.device(doc), **members))})
    return True


def remove(db: Connection, sub: str, key: str) -> bool:
    """Whether it was still there."""
    return db.execute(_REMOVE, _at(sub, key)).rowcount == 1


def _at(sub: str, key: str) -> dict[str, str]:
    return {"of_sub": sub, "of_key": key}
