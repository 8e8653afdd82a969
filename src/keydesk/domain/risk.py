"""How likely it is that somebody else signs in: a few signs, each worth points, added up. Nothing is learned.

docs/threat-protection.md shows the table. Who has never signed in before is not judged: there is nothing to compare.
"""

from collections.abc import Callable, Sequence
from typing import Final, NamedTuple

from keydesk.domain.auth_event import AuthEvent
from keydesk.domain.user_context import UserContext

LOW, MEDIUM, HIGH = "Low", "Medium", "High"
LEVELS: Final = {1: LOW, 2: MEDIUM, 3: HIGH}  # by points
MOST: Final = max(LEVELS)
SOON: Final = 10 * 60 * 1000  # milliseconds between two sign-ins from different networks
WRONG: Final = 3  # wrong passwords or codes right before


class Look(NamedTuple):
    """A sign-in, and what it is held against: `past` are events that tell something, the newest first."""

    context: UserContext
    now: int  # epoch milliseconds
    failures: int
    blocked: bool  # whether the address is in the BlockedIPRangeList
    past: Sequence[AuthEvent]


class Sign(NamedTuple):
    """One sign: its points, what it says in words, and whether it is there."""

    points: int
    says: str
    seen: Callable[[Look], bool]


def _new_device(look: Look) -> bool:
    known = {event.context.device for event in look.past if event.trusted} - {""}
    return bool(known and look.context.device) and look.context.device not in known


def _new_network(look: Look) -> bool:
    known = {event.context.network for event in look.past if event.trusted} - {""}
    return bool(known and look.context.network) and look.context.network not in known


def _moved_too_fast(look: Look) -> bool:
    last = next((event for event in look.past if event.trusted and event.context.network), None)
    elsewhere = last is not None and look.context.network not in ("", last.context.network)
    return last is not None and elsewhere and look.now - last.at < SOON


def _guessed(look: Look) -> bool:
    return look.failures >= WRONG


def _distrusted(look: Look) -> bool:
    """A kind of device is many people's: only one with an id of its own is known again."""
    here = {look.context.network, look.context.device if look.context.device.startswith("id:") else ""} - {""}
    return any(here & {event.context.network, event.context.device} for event in look.past if event.distrusted)


def _listed(look: Look) -> bool:
    return look.blocked


SIGNS: Final = (
    Sign(1, "a device from which the user has not signed in before", _new_device),
    Sign(1, "a network (/24, or /64 for IPv6) from which the user has not signed in before", _new_network),
    Sign(1, "another network than that of the user's last sign-in, less than ten minutes ago", _moved_too_fast),
    Sign(1, "three or more wrong passwords or codes in a row right before", _guessed),
    Sign(3, "the network, or the device with an id, of an event that was said to be Invalid", _distrusted),
    Sign(3, "an address in the `BlockedIPRangeList` (under `ENFORCED` it does not get so far)", _listed),
)


def level(look: Look) -> str:
    """Low, Medium or High; empty where there is no sign."""
    points = sum(sign.points for sign in SIGNS if sign.seen(look))
    return LEVELS[min(points, MOST)] if points else ""
