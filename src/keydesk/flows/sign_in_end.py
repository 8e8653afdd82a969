"""The end of a sign-in: the tokens, the function that observes, and the one write. The same for every way in."""

from dataclasses import replace
from typing import Final

import structlog
from msgspec import UNSET

from keydesk.domain.device import NewDevice
from keydesk.domain.pool import Semantics
from keydesk.domain.sign_in import SignIn
from keydesk.domain.user import Status
from keydesk.errors import Refusal
from keydesk.flows import tokens as making
from keydesk.flows import watch
from keydesk.flows.call import Call
from keydesk.flows.occasion import occasion
from keydesk.store import sessions, sign_ins
from keydesk.triggers import event
from keydesk.triggers.catalog import POST_AUTHENTICATION
from keydesk.triggers.fire import sets
from keydesk.triggers.payloads import ClaimsResponse, PostAuthenticationRequest

# By the challenge that the last call answered: the suffix of pre token generation's source.
SOURCES: Final = {
    "NEW_PASSWORD_REQUIRED": "NewPasswordChallenge",
    "DEVICE_PASSWORD_VERIFIER": "AuthenticateDevice",
}

log = structlog.get_logger("keydesk.sign_in")


async def first_post_authentication(s: SignIn, call: Call) -> None:
    """Live AWS runs post authentication once already where it asks for a new password (section 6.2, unproven)."""
    if s.known.status is Status.FORCE_CHANGE_PASSWORD:
        await _fire(s, call)


async def post_authentication(s: SignIn, call: Call) -> None:
    """`aws`: before the tokens, and it can stop them; its response is not read (C-08, C-09, C-11)."""
    await _fire(s, call)


async def tokens(s: SignIn, call: Call) -> None:
    """Pre token generation decides the claims; then both are signed. Needs all that may refuse behind it (T-004)."""
    s.session, refresh = making.new_session(s.event_id, s.pool, s.client, s.known, call)
    s.session.device = s.carried.device
    grant = making.Grant(s.pool, s.client, s.known, s.session)
    s.claims = await making.claims(grant, SOURCES.get(s.answering, "Authentication"), s.metadata, call)
    s.tokens = await making.signed(s.claims, grant, refresh, call)
    if s.carried.new_device_group:
        s.tokens = replace(s.tokens, new_device=NewDevice(s.carried.device, s.carried.new_device_group))


async def observed(s: SignIn, call: Call) -> None:
    """`keydesk`: after the tokens. May add claims to the ID token, and can stop nothing (T-029 to T-048)."""
    answer = await _fire(s, call)
    override = answer.override
    if override is None or s.claims is None or s.tokens is None:
        return
    try:
        s.tokens = await making.overridden(s.tokens, s.claims, override, s.pool, call)
    except Refusal as refusal:  # claims too large for a token
        log.warning("post authentication's claims left out", pool=s.pool.id, why=refusal.sentence)


async def kept(s: SignIn, call: Call) -> None:
    """The one write: the session, the failures forgotten, a credential converted. Raises for an unwelcome user."""
    if s.session is None:
        raise AssertionError("`kept` ran before `tokens`")
    most = s.pool.tracking.most if s.pool.tracking.enabled else 0
    event = watch.passed(s, call)
    more = s.known.failures or s.carried.credential or most or event is not None
    if more or not await call.store.put(sessions.open_for, s.session, s.known.rev):
        await call.store.write(
            sign_ins.finish,
            s.session,
            s.known,
            credential=s.carried.credential,
            now=call.now(),
            most=most,
            event=event,
        )
    if event is not None:
        watch.tell(event, s.pool, s.known, call)


async def _fire(s: SignIn, call: Call) -> ClaimsResponse:
    if not sets(s.pool, POST_AUTHENTICATION):
        return ClaimsResponse()
    request = PostAuthenticationRequest(
        user_attributes=event.attributes(s.pool, s.known),
        new_device_used=bool(s.carried.new_device_group),
        validation_data=s.validation if s.semantics is Semantics.KEYDESK else UNSET,  # C-19
        client_metadata=UNSET if s.metadata is None else s.metadata,
    )
    where = occasion(call, s.pool, s.known.username, s.client.id)
    return await call.triggers.fire(POST_AUTHENTICATION, "Authentication", where, request)
