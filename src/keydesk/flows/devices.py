"""Devices: handed a key at sign-in, confirmed by the client, remembered or not, forgotten."""

import base64
import binascii
import uuid
from typing import Any, Final

from keydesk.domain import device as rules
from keydesk.domain import places
from keydesk.domain.device import Device, NewDevice
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.errors import InvalidParameter, ResourceNotFound
from keydesk.flows import paging
from keydesk.flows.bearer import Bearer
from keydesk.flows.call import Call
from keydesk.shapes.types import DeviceSecretVerifierConfigType
from keydesk.store import devices

MOST: Final = 100  # devices of a user; a limit of our own
LARGEST: Final = 512  # bytes of a salt or verifier: a verifier has 384 and a sign
REMEMBERED: Final = "remembered"


class UnknownDevice(ResourceNotFound):
    """The user has confirmed no such device. Clients look for the word, forget the key and go on without it."""

    default = "Device does not exist."


def handed_out(pool: Pool, call: Call) -> NewDevice:
    """A key for a device that is not known yet. Nothing is stored: the session knows it (ConfirmDevice)."""
    key = f"{pool.region}_{uuid.uuid4()}"
    return NewDevice(key, _group(key, call))


async def confirm(
    who: Bearer, key: str, config: DeviceSecretVerifierConfigType | None, name: str | None, call: Call
) -> bool:
    """ConfirmDevice, from the session that the key was handed to; whether the user still has to be asked.

    Raises InvalidParameter, DeviceKeyExists, LimitExceeded, UserNotFound.
    """
    if not rules.tracks(who.pool) or who.session.device != key:
        raise InvalidParameter("Invalid device key given.")
    if config is None or not config.password_verifier or not config.salt:
        raise InvalidParameter("Missing required parameter DeviceSecretVerifierConfig")
    now, asks = call.now(), rules.on_prompt(who.pool)
    device = Device(
        key=key,
        sub=who.user.sub,
        group=_group(key, call),
        salt=_bytes(config.salt),
        verifier=call.desk.sealer.seal(_bytes(config.password_verifier), places.device(key), who.pool.id),
        name=name or "",
        remembered=not asks,
        ip=call.ip,
        created=now,
        modified=now,
        used=now,
    )
    await call.store.write(devices.add, who.user.key, device, MOST)
    return asks


async def named(user: User, key: str, call: Call) -> Device:
    """Raises UnknownDevice."""
    found = await call.store.glance(devices.named, user.key, key)
    if found is None:
        raise UnknownDevice
    return found


async def page(user: User, said: str | None, limit: int, call: Call) -> tuple[list[Device], str | None]:
    """The devices that are remembered, by their keys, and the token of the next page."""
    last = paging.after(said, call, user.sub)
    known = await call.store.read(devices.of_user, user.key)
    rows = [device for device in known if device.remembered and device.key > last]
    return paging.cut(rows[: limit + 1], limit, lambda device: device.key, call, user.sub)


async def remember(user: User, key: str, status: str | None, call: Call) -> None:
    """Remembered or not_remembered; nothing said changes nothing. Raises UnknownDevice."""
    changed: dict[str, Any] = {"remembered": status == REMEMBERED, "modified": call.now()} if status else {}
    if not await call.store.write(devices.change, user.key, key, **changed):
        raise UnknownDevice


async def forget(user: User, key: str, call: Call) -> None:
    """The device is none of the user's any more: its access tokens run out, and its refresh tokens are dead.

    So an application that forgets the device it runs on can still sign out. Raises UnknownDevice.
    """
    if not await call.store.write(devices.remove, user.key, key):
        raise UnknownDevice


def _group(key: str, call: Call) -> str:
    """DeviceGroupKey: the same for a key as long as nobody has confirmed it; then it is stored."""
    digest = call.desk.sealer.code_digest(key, "device group")[:6]
    return "-" + base64.urlsafe_b64encode(digest).decode()


def _bytes(text: str) -> bytes:
    try:
        said = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidParameter("The device's salt and verifier must be in base64.") from None
    if not said or len(said) > LARGEST:
        raise InvalidParameter("The device's salt or verifier has no valid length.")
    return said
