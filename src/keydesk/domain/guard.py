"""What a pool wants done when a trigger's function is slow, broken or out of reach. Said in a tag of the pool:

`keydesk:guard:PreAuthentication` = `{"seconds": 2, "failures": 5, "pause": 30, "then": "allow"}`. The published API has
no member for it, and a tag can be set by every client, the AWS CLI and Terraform included.
"""

from collections.abc import Mapping
from typing import Any, Final, Literal

import msgspec

TAG: Final = "keydesk:guard:"
LONGEST: Final = 5.0  # seconds: what live AWS gives a trigger (T-055)
WINDOW: Final = 60  # seconds over which `percent` is counted
ENOUGH: Final = 20  # runs in the window before a share means anything


class Guard(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The breaker opens after `failures` in a row, or where `percent` of the runs of a minute failed; 0: never.

    `then` says what happens while it is open, and when the function cannot be reached: the call fails, or it goes on
    with `answer` in place of the function's response. A function that says no is not broken.
    """

    seconds: float = LONGEST
    failures: int = 0
    percent: int = 0
    pause: int = 30  # seconds that it stays open; then one run is tried
    then: Literal["refuse", "allow"] = "refuse"
    answer: dict[str, Any] = {}

    @property
    def allows(self) -> bool:
        return self.then == "allow"


class GuardFault(ValueError):
    """The tag's value is no guard; the text says what is wrong."""


UNGUARDED: Final = Guard()


def of(tags: Mapping[str, str] | None, trigger: str) -> Guard:
    """The guard that a pool's tags set for a trigger, by its LambdaConfig member."""
    said = (tags or {}).get(TAG + trigger)
    return UNGUARDED if said is None else parse(said)


def parse(said: str) -> Guard:
    """Raises GuardFault."""
    try:
        guard = msgspec.json.decode(said, type=Guard)
    except msgspec.DecodeError as fault:
        raise GuardFault(f"is no guard: {fault}") from None
    if not 0 < guard.seconds <= LONGEST:
        raise GuardFault(f"seconds must be more than 0 and at most {LONGEST:.0f}.")
    if not (0 <= guard.failures <= 1000 and 0 <= guard.percent <= 100 and 1 <= guard.pause <= 3600):
        raise GuardFault("failures must be 0 to 1000, percent 0 to 100, and pause 1 to 3600 seconds.")
    if guard.answer and not guard.allows:
        raise GuardFault('an answer needs "then": "allow".')
    return guard
