"""CUSTOM_AUTH: the pool's own functions say what is asked, what is asked for, and whether the answer is right.

Define decides after every challenge; Create makes what the client sees, and what only Verify sees (SR-09). Where a
client hides who exists, the functions run for a name that nobody has as well, and are told so (EN-07).
"""

from typing import Final, Protocol, TypeVar

from msgspec import UNSET, UnsetType

from keydesk.domain.sign_in import Challenge, Round, SignIn, Way
from keydesk.domain.user import Status
from keydesk.errors import InvalidLambdaResponse, InvalidParameter, NotAuthorized, UserNotFound
from keydesk.flows import sign_in_steps as steps
from keydesk.flows.call import Call
from keydesk.flows.existence import pretended_name
from keydesk.flows.occasion import occasion
from keydesk.flows.srp import PASSWORD_VERIFIER
from keydesk.triggers import event
from keydesk.triggers.answer import UNRECOGNIZABLE
from keydesk.triggers.catalog import (
    CREATE_AUTH_CHALLENGE,
    DEFINE_AUTH_CHALLENGE,
    VERIFY_AUTH_CHALLENGE_RESPONSE,
    Trigger,
)
from keydesk.triggers.fire import sets
from keydesk.triggers.payloads import (
    Challenged,
    CreateAuthChallengeRequest,
    DefineAuthChallengeRequest,
    DefineAuthChallengeResponse,
    RequestT,
    ResponseT,
    Texts,
    VerifyAuthChallengeRequest,
)

CUSTOM_CHALLENGE: Final = "CUSTOM_CHALLENGE"
SRP_A: Final = "SRP_A"
WANTED: Final = (CUSTOM_CHALLENGE, PASSWORD_VERIFIER, steps.NEW_PASSWORD_REQUIRED)  # each at its time
NOT_CONFIGURED: Final = "Custom auth lambda trigger is not configured for the user pool."


class _OfUser(Protocol):
    """What the requests of all three functions say of the user."""

    user_attributes: Texts
    client_metadata: Texts | UnsetType
    user_not_found: bool | UnsetType


_About = TypeVar("_About", bound=_OfUser)


async def srp_wanted(s: SignIn, call: Call) -> None:
    """The sign-in begins with SRP_A, and the function wants the password proved."""
    _refuse_unknown(s)
    s.carried.rounds = [Round(SRP_A, True)]
    decided = await _define(s, call)
    if decided.challenge_name != PASSWORD_VERIFIER:
        raise InvalidLambdaResponse(UNRECOGNIZABLE)


async def custom_challenges(s: SignIn, call: Call) -> Challenge | None:
    """Every challenge that the functions ask for is behind, and they want tokens issued."""
    _refuse_unknown(s)
    if s.answering == CUSTOM_CHALLENGE:
        await _judge(s, call)
    elif s.answering == steps.NEW_PASSWORD_REQUIRED:
        await steps.new_password(s, call)
    decided = await _define(s, call)
    if decided.issue_tokens:
        if s.user is None:
            raise NotAuthorized
        return None
    if decided.challenge_name == CUSTOM_CHALLENGE:
        return await _create(s, call)
    if decided.challenge_name == steps.NEW_PASSWORD_REQUIRED and _owes_password(s):
        return await steps.new_password(s, call)
    raise InvalidLambdaResponse(UNRECOGNIZABLE)


def _owes_password(s: SignIn) -> bool:
    """Only who has proved the temporary password may replace it."""
    return s.way is Way.CUSTOM_SRP and s.user is not None and s.user.status is Status.FORCE_CHANGE_PASSWORD


async def _define(s: SignIn, call: Call) -> DefineAuthChallengeResponse:
    """The function's decision. Of tokens and failure at once, the failure counts (section 3.5)."""
    asked = _told(s, DefineAuthChallengeRequest({}, session=_session(s)))
    decided = await _fire(DEFINE_AUTH_CHALLENGE, asked, s, call)
    if decided.fail_authentication:
        raise NotAuthorized
    return decided


async def _create(s: SignIn, call: Call) -> Challenge:
    asked = _told(s, CreateAuthChallengeRequest({}, challenge_name=CUSTOM_CHALLENGE, session=_session(s)))
    made = await _fire(CREATE_AUTH_CHALLENGE, asked, s, call)
    s.carried.private = made.private_challenge_parameters or {}
    s.carried.rounds.append(Round(CUSTOM_CHALLENGE, False, made.challenge_metadata))  # until it is answered
    username = s.user.username if s.user else pretended_name(s.pool, s.typed, call)
    return Challenge(CUSTOM_CHALLENGE, {"USERNAME": username, **(made.public_challenge_parameters or {})})


async def _judge(s: SignIn, call: Call) -> None:
    """The last round gets its result."""
    if "ANSWER" not in s.said:
        raise InvalidParameter("Missing required parameter ANSWER")
    asked = VerifyAuthChallengeRequest(
        {}, private_challenge_parameters=s.carried.private, challenge_answer=s.said["ANSWER"]
    )
    judged = await _fire(VERIFY_AUTH_CHALLENGE_RESPONSE, _told(s, asked), s, call)
    last = s.carried.rounds.pop()
    s.carried.rounds.append(Round(last.name, bool(judged.answer_correct), last.metadata))


async def _fire(trigger: Trigger[RequestT, ResponseT], request: RequestT, s: SignIn, call: Call) -> ResponseT:
    if not sets(s.pool, trigger):
        raise InvalidParameter(NOT_CONFIGURED)
    username = s.user.username if s.user else s.typed
    return await call.triggers.fire(trigger, "Authentication", occasion(call, s.pool, username, s.client.id), request)


def _session(s: SignIn) -> list[Challenged]:
    return [Challenged(one.name, one.result, one.metadata) for one in s.carried.rounds]


def _told(s: SignIn, request: _About) -> _About:
    """The request with what all three are told. ClientMetadata of the Initiate call is not passed on (section 5)."""
    request.user_attributes = event.attributes(s.pool, s.user) if s.user else {}
    request.client_metadata = UNSET if s.metadata is None else s.metadata
    request.user_not_found = s.user is None if s.client.hides_existence else UNSET
    return request


def _refuse_unknown(s: SignIn) -> None:
    if s.user is None and not s.client.hides_existence:
        raise UserNotFound
