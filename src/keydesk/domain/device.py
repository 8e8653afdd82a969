"""A device that a user signed in from and confirmed: it can prove itself by SRP, as a user does by their password."""

from dataclasses import dataclass

import msgspec

from keydesk.domain.pool import Pool


class Device(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """A device as stored. `group` stands in its SRP where the pool's name stands in a user's."""

    key: str
    sub: str
    group: str
    salt: bytes
    verifier: bytes  # sealed
    name: str = ""
    remembered: bool = False
    ip: str = ""  # from which it was last used
    created: int = 0  # epoch milliseconds
    modified: int = 0
    used: int = 0  # when somebody last signed in with it


@dataclass(frozen=True, slots=True)
class NewDevice:
    """What a client is told at a sign-in from a device that is not known yet, so that it can confirm it."""

    key: str
    group: str


def tracks(pool: Pool) -> bool:
    """Whether the pool knows devices at all."""
    return pool.settings.device_configuration is not None


def on_prompt(pool: Pool) -> bool:
    """Whether a confirmed device is remembered only once the user says so."""
    said = pool.settings.device_configuration
    return said is not None and bool(said.device_only_remembered_on_user_prompt)


def spares_factor(pool: Pool, device: Device) -> bool:
    """Whether the device, once it has proved itself, stands for a second factor."""
    said = pool.settings.device_configuration
    return device.remembered and said is not None and bool(said.challenge_required_on_new_device)
