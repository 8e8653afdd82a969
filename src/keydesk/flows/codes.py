"""Codes: made, judged, and the sentences for those that do not count.

Six random digits, kept as a keyed digest bound to user, purpose and the value they prove; good once, the newest only
(CO-05). Tries are counted for each user and operation, and a new code brings no new tries (CO-03).
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from keydesk.domain.pool import Pool
from keydesk.errors import CodeMismatch, ExpiredCode, LimitExceeded, Refusal
from keydesk.flows.call import Call
from keydesk.flows.existence import stranger
from keydesk.store import people
from keydesk.store.people import Attempt, Budget, NewCode, Verdict

HOUR: Final = 3_600_000  # milliseconds


class Purpose(StrEnum):
    """What a code is good for. The last two prove an attribute."""

    SIGN_UP = people.SIGN_UP
    FORGOT_PASSWORD = people.RECOVERY
    EMAIL = "attribute:email"
    PHONE_NUMBER = "attribute:phone_number"


LIVES: Final[Mapping[Purpose, int]] = {  # milliseconds, CO-04
    Purpose.SIGN_UP: 24 * HOUR,
    Purpose.FORGOT_PASSWORD: HOUR,
    Purpose.EMAIL: 24 * HOUR,
    Purpose.PHONE_NUMBER: 24 * HOUR,
}

TRIES: Final = {  # for a user, in an hour: CO-01, CO-02
    "ConfirmSignUp": 15,
    "VerifyUserAttribute": 15,
    "ConfirmForgotPassword": 10,
    "ForgotPassword": 5,
    "ResendConfirmationCode": 5,
    "GetUserAttributeVerificationCode": 5,
    "ChangePassword": 5,
    "UpdateUserAttributes": 10,  # only those that send a code
}

ASKING: Final = frozenset({"ForgotPassword", "ResendConfirmationCode"})  # whoever is meant; the others prove a code

FAULTS: Final[Mapping[Verdict, type[Refusal]]] = {
    Verdict.WRONG: CodeMismatch,
    Verdict.LATE: ExpiredCode,
    Verdict.NONE: ExpiredCode,
    Verdict.TOO_OFTEN: LimitExceeded,
}


@dataclass(frozen=True, slots=True)
class Fresh:
    """A new code, and what it proves: what to store, what to send, and where."""

    kept: NewCode
    code: str
    attribute: str
    address: str


def proving(attribute: str) -> Purpose:
    """The purpose of a code that proves `email` or `phone_number`."""
    return Purpose(f"attribute:{attribute}")


def fresh(sub: str, purpose: Purpose, attribute: str, value: str, call: Call) -> Fresh:
    """A new code about an address or number, not yet stored and not yet sent."""
    code = f"{secrets.randbelow(1_000_000):06}"
    about = f"{attribute}:{value}"
    kept = NewCode(purpose, digest(sub, purpose, code, about, call), about, call.now() + LIVES[purpose])
    return Fresh(kept, code, attribute, value)


def digest(sub: str, purpose: Purpose, code: str, about: str, call: Call) -> bytes:
    return call.desk.sealer.code_digest(code, f"{sub}\0{purpose.value}\0{about}")


def attempt(sub: str, purpose: Purpose, code: str, call: Call) -> Attempt:
    """The code that somebody said, to be judged by the database."""
    return Attempt(purpose, lambda about: digest(sub, purpose, code, about, call), budget(call))


def budget(call: Call) -> Budget:
    """The tries of the operation that is called."""
    return Budget(call.operation, TRIES[call.operation], HOUR, call.now())


async def guess_at_nobody(pool: Pool, typed: str, call: Call) -> bool:
    """Spend a try on a name that nobody has, as on any other; whether there was one left (EN-01 to EN-03)."""
    work = people.ask_nobody if call.operation in ASKING else people.prove_nobody
    return await call.store.write(work, stranger(pool, typed, call), budget(call))
