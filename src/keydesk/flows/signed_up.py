"""From the sign-up straight into the first sign-in (USER_AUTH): the code that confirmed the user is the first factor.

SignUp gives a Session, ConfirmSignUp takes it and gives another, and InitiateAuth signs in with that one:
https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
Amplify confirms without one, and signs in with what it gets.
"""

import uuid
from typing import Final

from keydesk.domain.client import Client
from keydesk.domain.pool import Pool
from keydesk.domain.sign_in import SignIn, Way
from keydesk.domain.user import User
from keydesk.errors import InvalidParameter, InvalidSession, Refusal
from keydesk.flows import choice, confirmation, waiting
from keydesk.flows.call import Call
from keydesk.flows.confirmation import Confirmation
from keydesk.flows.one_time_code import GOES_TO, proof_of_address
from keydesk.flows.visitor import Visitor
from keydesk.store import users

FLOW: Final = "USER_AUTH"
TO_CONFIRM: Final = "CONFIRM_SIGN_UP"  # what such a Session waits for: no client can name these as challenges
TO_SIGN_IN: Final = "SIGN_IN_AFTER_SIGN_UP"


async def begun(pool: Pool, client: Client, user: User, call: Call) -> str | None:
    """The Session of a new user who has to confirm, where the client lets users choose how to sign in."""
    return await _keep(pool, client, user, TO_CONFIRM, call) if client.allows_choice else None


async def confirm(who: Visitor, said: Confirmation, session: str | None, call: Call) -> str | None:
    """ConfirmSignUp: the Session to sign in with, if any. Raises Refusal.

    With the Session of SignUp it is whoever signed up. Without, nobody knows who says the code: it counts as what it
    is, one by which this user could sign in where the pool allows that.
    """
    if not session:
        await confirmation.confirm(who, said, call)
        return await _by_code(who, call)
    row, waited = await waiting.take(session, who.client.id, call)
    if waited.challenge != TO_CONFIRM or who.user is None or row.sub != who.user.sub:
        raise InvalidSession
    try:
        await confirmation.confirm(who, said, call)
    except Refusal:
        await waiting.give_back(session, row, call)
        raise
    user = await call.store.glance(users.by_key, who.user.key)
    return await _keep(who.pool, who.client, user, TO_SIGN_IN, call) if user else None


async def _by_code(who: Visitor, call: Call) -> str | None:
    before = who.user
    if before is None or not who.client.allows_choice:
        return None
    if (user := await call.store.glance(users.by_key, before.key)) is None:
        return None
    open_ways = await choice.available(who.pool, user, call)
    proved = [way for way, attribute in GOES_TO.items() if user.verified(attribute) and not before.verified(attribute)]
    if not any(way in open_ways for way in proved):
        return None
    return await _keep(who.pool, who.client, user, TO_SIGN_IN, call)


async def resume(s: SignIn, session: str, call: Call) -> None:
    """The address of a sign-in that begins with such a Session is proved. Raises NotAuthorized, InvalidParameter."""
    if s.way is not Way.CHOICE:
        raise InvalidParameter(f"A Session from the sign-up is for {FLOW} only.")
    row, waited = await waiting.take(session, s.client.id, call)
    same = s.user is not None and row.sub == s.user.sub and s.user.stands(waited.standing)
    if waited.challenge != TO_SIGN_IN or not same:
        raise InvalidSession
    s.done.append(proof_of_address.__name__)


async def _keep(pool: Pool, client: Client, user: User, until: str, call: Call) -> str:
    s = SignIn(
        way=Way.CHOICE,
        flow=FLOW,
        client=client,
        pool=pool,
        semantics=pool.semantics(call.desk.semantics),
        user=user,
        typed=user.username,
        said={},
        event_id=str(uuid.uuid4()),
    )
    return await waiting.keep(s, until, call)
