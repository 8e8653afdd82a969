"""What happened to a user at the door, as AdminListUserAuthEvents tells it.

Several calls may tell of one event, on several servers, and their reports may arrive in any order: `merged` gives the
same in each. A sign-in's event has the id that its tokens carry as `event_id`.
"""

from enum import StrEnum
from typing import Final
from uuid import UUID, uuid5

import msgspec
from msgspec.structs import replace

from keydesk.domain.user_context import UserContext

SIGN_UPS: Final = UUID("6f1c2a1e-5d0b-4a57-9e43-0d6f3c1b7a90")  # the name space of their event ids


class EventKind(StrEnum):
    """EventType."""

    SIGN_IN = "SignIn"
    SIGN_UP = "SignUp"
    FORGOT_PASSWORD = "ForgotPassword"
    PASSWORD_CHANGE = "PasswordChange"
    RESEND_CODE = "ResendCode"


class Response(StrEnum):
    """EventResponse; in the order in which one gives way to another."""

    IN_PROGRESS = "InProgress"
    FAIL = "Fail"
    PASS = "Pass"


class Decision(StrEnum):
    """RiskDecision: nothing was found, something was, or the attempt was prevented for it."""

    NO_RISK = "NoRisk"
    TAKEOVER = "AccountTakeover"
    BLOCK = "Block"


class Answered(msgspec.Struct, frozen=True, array_like=True):
    """A challenge that was answered: `Password` or `Mfa`. `at` in epoch milliseconds."""

    at: int
    name: str
    right: bool


class Feedback(msgspec.Struct, frozen=True):
    """What somebody says of the event afterwards: `Valid` or `Invalid`."""

    value: str
    provider: str
    at: int  # epoch milliseconds


class AuthEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An event as it is stored. `level` is Low, Medium or High, or empty."""

    id: str
    pool: str = ""  # the column tells it of events from before it was said here
    sub: str
    at: int  # epoch milliseconds
    kind: EventKind
    response: Response
    client: str = ""
    request_id: str = ""
    context: UserContext = UserContext()
    level: str = ""
    decision: Decision = Decision.NO_RISK
    compromised: bool = False
    answered: tuple[Answered, ...] = ()
    feedback: Feedback | None = None

    @property
    def trusted(self) -> bool:
        """Whether the user was there, as far as is known: what later sign-ins are held against."""
        if self.feedback is not None:
            return self.feedback.value == "Valid"
        return self.kind is EventKind.SIGN_IN and self.response is Response.PASS

    @property
    def distrusted(self) -> bool:
        """Whether somebody said that it was not the user."""
        return self.feedback is not None and self.feedback.value == "Invalid"

    @property
    def telling(self) -> bool:
        """Whether later sign-ins are held against it."""
        return self.trusted or self.distrusted


_ORDER: Final = list(Response)
_DECISIONS: Final = list(Decision)


def sign_up_id(sub: str) -> str:
    """A user signs up once, so the event's id follows from theirs."""
    return str(uuid5(SIGN_UPS, sub))


def merged(one: AuthEvent, other: AuthEvent) -> AuthEvent:
    """Two reports of one event as one, whichever came first."""
    first, last = sorted((one, other), key=lambda event: (event.at, _ORDER.index(event.response), event.request_id))
    feedback = max((one.feedback, other.feedback), key=lambda said: said.at if said else -1)
    return replace(
        last,
        at=first.at,
        response=max(one.response, other.response, key=_ORDER.index),
        context=last.context if last.context != UserContext() else first.context,
        level=last.level or first.level,
        decision=max(one.decision, other.decision, key=_DECISIONS.index),
        compromised=one.compromised or other.compromised,
        answered=tuple(sorted({*one.answered, *other.answered}, key=lambda each: (each.at, each.name, each.right))),
        feedback=feedback,
    )
