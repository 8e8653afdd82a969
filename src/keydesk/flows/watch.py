"""What threat protection keeps of what users do: an event each, for AdminListUserAuthEvents and for the pool's log.

A sign-in that ends well is kept in its own one write; all else goes by the journal, so that nobody waits for it, and no
time tells who exists (EN-02). What costs a stranger nothing leaves no event: else anybody could fill the disk.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final

from keydesk.domain.auth_event import Answered, AuthEvent, Decision, EventKind, Response
from keydesk.domain.client import Client
from keydesk.domain.pool import Pool, Watch
from keydesk.domain.sign_in import SignIn
from keydesk.domain.trace import PASSED
from keydesk.domain.user import User
from keydesk.errors import WRONG_CODE, InvalidParameter, InvalidPassword, LimitExceeded, Refusal, TooManyRequests
from keydesk.flows import log_delivery
from keydesk.flows.call import Call
from keydesk.flows.factors import ORDER
from keydesk.flows.lockout import EXCEEDED
from keydesk.flows.protection import Blocked, Compromised, seen

# Steps that prove something, and what AdminListUserAuthEvents calls the answer.
PROOFS: Final = {
    "password": "Password",
    "proof_of_password": "Password",
    "proof_of_address": "",
    "proof_of_passkey": "",
    "custom_challenges": "",
    "second_factor": "Mfa",
}
UNTOLD: Final = (InvalidParameter, InvalidPassword, LimitExceeded, TooManyRequests)  # nothing was tried
IN_A_LOG: Final = {Decision.NO_RISK: "PASS", Decision.TAKEOVER: "ACCOUNT_TAKEOVER", Decision.BLOCK: "BLOCK"}


def passed(s: SignIn, call: Call) -> AuthEvent | None:
    """The event of a sign-in that ends well, for its one write; None where the pool does not watch."""
    return None if s.watch is Watch.OFF else _of_sign_in(s, Response.PASS, call)


def asked(s: SignIn, call: Call) -> None:
    """The sign-in waits for another answer; something was proved already."""
    if s.watch is not Watch.OFF and s.user is not None and not PROOFS.keys().isdisjoint(s.done):
        _keep(_of_sign_in(s, Response.IN_PROGRESS, call), s.pool, s.user, call)


def refused(s: SignIn, refusal: Refusal, call: Call) -> None:
    """The sign-in has failed, or a mistyped code may be said again. What is not judged during a lock is not kept."""
    if s.watch is Watch.OFF or s.user is None or isinstance(refusal, UNTOLD) or refusal.sentence == EXCEEDED:
        return
    tried = {call.trail.steps[-1].name, *s.done} if call.trail.steps else set(s.done)
    if PROOFS.keys().isdisjoint(tried):
        return
    response = Response.IN_PROGRESS if isinstance(refusal, WRONG_CODE) else Response.FAIL
    decision = Decision.BLOCK if isinstance(refusal, Blocked) else None
    _keep(_of_sign_in(s, response, call, decision), s.pool, s.user, call)


@contextmanager
def watching(
    kind: EventKind, who: tuple[Pool, Client, User | None], call: Call, *, ends: Response = Response.PASS
) -> Iterator[None]:
    """Keeps whether what is done inside succeeds; `ends` is what it comes to then."""
    pool, client, user = who
    if user is None or pool.watch is Watch.OFF:
        yield
        return
    try:
        yield
    except Refusal as refusal:
        if isinstance(refusal, Compromised) or not isinstance(refusal, UNTOLD):
            happened(kind, Response.FAIL, (pool, client, user), call)
        raise
    happened(kind, ends, (pool, client, user), call)


def happened(kind: EventKind, response: Response, who: tuple[Pool, Client, User], call: Call, *, id: str = "") -> None:
    """Keep something that is no sign-in. `id` where several calls tell of one event."""
    pool, client, user = who
    if pool.watch is not Watch.OFF:
        event = AuthEvent(
            id=id or call.request_id,
            pool=pool.id,
            sub=user.sub,
            at=call.now(),
            kind=kind,
            response=response,
            client=client.id,
            request_id=call.request_id,
            context=seen(client, call),
            compromised=call.trail.compromised,
        )
        _keep(event, pool, user, call)


def tell(event: AuthEvent, pool: Pool, user: User, call: Call) -> None:
    """Write the event to the pool's log group, if it has one for that."""
    if pool.logs:
        log_delivery.tell(log_delivery.ACTIVITY, pool, _entry(event, pool, user), call.desk)


def _keep(event: AuthEvent, pool: Pool, user: User, call: Call) -> None:
    call.desk.journal.auth_event(event)
    tell(event, pool, user, call)


def _of_sign_in(s: SignIn, response: Response, call: Call, decision: Decision | None = None) -> AuthEvent:
    return AuthEvent(
        id=s.event_id,
        pool=s.pool.id,
        sub=s.known.sub,
        at=call.now(),
        kind=EventKind.SIGN_IN,
        response=response,
        client=s.client.id,
        request_id=call.request_id,
        context=seen(s.client, call),
        level=s.carried.risk,
        decision=decision or (Decision.TAKEOVER if s.carried.risk else Decision.NO_RISK),
        compromised=call.trail.compromised,
        answered=_answered(s, call),
    )


def _answered(s: SignIn, call: Call) -> tuple[Answered, ...]:
    """What this call proved, or failed to. The second factor's step passes also where nothing is asked."""
    found = []
    for step in call.trail.steps:
        name = PROOFS.get(step.name)
        judged = step.outcome == PASSED or step.outcome.startswith("refused")
        if name and judged and (name != "Mfa" or s.answering in ORDER):
            found.append(Answered(call.now(), name, step.outcome == PASSED))
    return tuple(found)


def _entry(event: AuthEvent, pool: Pool, user: User) -> dict[str, Any]:
    """An entry's message, as the developer guide shows it; where somebody is on the map is not known here."""
    said = event.feedback
    return {
        "version": "1",
        "eventId": event.id,
        "eventType": event.kind.value,
        "userSub": event.sub,
        "userName": user.username,
        "userPoolId": pool.id,
        "clientId": event.client,
        "creationDate": _date(event.at),
        "eventResponse": event.response.value,
        "riskLevel": event.level,
        "riskDecision": IN_A_LOG[event.decision],
        "challenges": [f"{one.name}:{'Success' if one.right else 'Failure'}" for one in event.answered],
        "deviceName": event.context.device_name,
        "ipAddress": event.context.address,
        "requestId": event.request_id,
        "idpName": "",
        "compromisedCredentialDetected": str(event.compromised).lower(),
        "city": "",
        "country": "",
        "eventFeedbackValue": said.value if said else "",
        "eventFeedbackDate": _date(said.at) if said else "",
        "eventFeedbackProvider": said.provider if said else "",
        "hasContextData": str(event.context.told).lower(),
    }


def _date(at: int) -> str:
    return f"{datetime.fromtimestamp(at / 1000, UTC):%a %b %d %H:%M:%S UTC %Y}"
