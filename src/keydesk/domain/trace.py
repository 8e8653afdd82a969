"""What a call did, step by step, for people who look for why: which step refused, and what its functions said.

No password, code, token or SRP value is in it: steps are told by name, and events without what their row in the catalog
calls secret.
"""

from typing import Final

import msgspec
from msgspec import Raw

# Raised for what is no JSON, or nested too deep.
NO_JSON: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
PASSED = "passed"
AROUND = ("INIT_START ", "INIT_REPORT ", "START ", "END ", "REPORT ")
UNNAMED = "no user was found; a name that was typed is not kept, as it may be a password"


class StepTaken(msgspec.Struct, frozen=True, omit_defaults=True):
    """A step of the sign-in table, and what came of it: `passed`, `asked SMS_MFA`, `refused NotAuthorizedException`."""

    name: str
    outcome: str = PASSED


class Fired(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One trigger that ran, or was to run: what it was sent, what it answered, and what that meant."""

    trigger: str  # the LambdaConfig member
    source: str
    arn: str
    version: str = ""  # of the function
    run: str = ""  # its request id, as the function's log has it
    outcome: str = "ok"  # or the code of the refusal
    sentence: str = ""
    detail: str = ""  # why it was not reached: for the operator, and not for the client
    instead: bool = False  # the answer that the pool's guard gave in advance was taken
    attempts: int = 0
    ms: float = 0.0
    at: float = 0.0  # epoch milliseconds of its begin, by the machine's clock
    event: Raw = Raw(b"null")
    answer: Raw = Raw(b"null")
    log: str = ""


def readable(answer: Raw) -> Raw:
    """The answer, or where it is no JSON the text that it is: as it stands, no trace around it could be read."""
    try:
        msgspec.json.decode(answer)
    except NO_JSON:
        return Raw(msgspec.json.encode(bytes(answer).decode("utf-8", "replace")))
    return answer


class Trace(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One call. `id` is the request id that its answer carried (`x-amzn-RequestId`)."""

    id: str
    region: str
    at: int  # epoch milliseconds of its end
    ms: float
    operation: str
    outcome: str = "ok"  # or the code of the refusal
    sentence: str = ""
    detail: str = ""  # what the operator may know and the client may not
    pool: str = ""
    client: str = ""
    sub: str = ""
    username: str = ""
    parent: str = ""  # the `traceparent` that the client sent (W3C Trace Context)
    steps: list[StepTaken] = []
    fired: list[Fired] = []
    idle: dict[str, str] = {}  # triggers that are set, did not run in this call, and why


def printed(log: str) -> list[str]:
    """The lines of a run's log that are its handler's own, without those that Lambda writes around a run."""
    return [row for row in log.splitlines() if not row.startswith(AROUND)]
