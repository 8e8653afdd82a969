"""A forgotten password: a code to something proved, then a new password. So begins a reset by an administrator, too.

A wrong code costs no hash, so it takes the same time whoever is asked for.
"""

import dataclasses

from msgspec.structs import replace

from keydesk.domain import password_policy
from keydesk.domain.auth_event import EventKind, Response
from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User
from keydesk.errors import LimitExceeded, NotAuthorized, PasswordHistoryPolicyViolation, Refusal, UserDisabled
from keydesk.flows import codes, credentials, delivery, letters, migration, protection, takeover, watch
from keydesk.flows.call import Call
from keydesk.flows.codes import Purpose
from keydesk.flows.confirmation import fire_post_confirmation, pretend, refused, unknown
from keydesk.flows.delivery import Delivery
from keydesk.flows.existence import Doing, pretended
from keydesk.flows.letters import Recipient
from keydesk.flows.visitor import Visitor, nobody
from keydesk.messages.compose import Kind
from keydesk.store import people
from keydesk.store.people import NewCode, Verdict

Texts = dict[str, str]

RECOVERABLE = frozenset({Status.CONFIRMED, Status.UNCONFIRMED, Status.RESET_REQUIRED})


async def forgot(who: Visitor, metadata: Texts | None, call: Call) -> Delivery:
    """ForgotPassword: a code to what the pool's recovery setting names first. Raises Refusal."""
    if who.user is None and takeover.others_know(who.pool):
        who = dataclasses.replace(who, user=await _recalled(who, metadata, call))
        if who.user is None:
            return pretended(nobody(), who, Doing.FORGOT_PASSWORD, call)
    known = (who.pool, who.client, who.user)
    with watch.watching(EventKind.FORGOT_PASSWORD, known, call, ends=Response.IN_PROGRESS):
        return await _forgot(who, metadata, call)


async def _forgot(who: Visitor, metadata: Texts | None, call: Call) -> Delivery:
    try:
        if who.user is None:
            raise nobody()
        attribute = _recoverable(who.pool, who.user)
    except Refusal as fault:
        return await pretend(who, fault, Doing.FORGOT_PASSWORD, call)
    fresh = codes.fresh(who.user.sub, Purpose.FORGOT_PASSWORD, attribute, who.user.attributes[attribute], call)
    if not await call.store.write(people.ask, who.user.key, codes.budget(call), fresh.kept):
        raise LimitExceeded
    to = Recipient(who.pool, who.user, who.client, metadata, stranger=True)
    return await letters.send(Kind.FORGOT_PASSWORD, attribute, fresh.code, to, call)


async def confirm(who: Visitor, code: str, password: str, metadata: Texts | None, call: Call) -> None:
    """ConfirmForgotPassword: a right code sets the password; then post confirmation runs. Raises Refusal."""
    with watch.watching(EventKind.PASSWORD_CHANGE, (who.pool, who.client, who.user), call):
        await _confirm(who, code, password, metadata, call)


async def _confirm(who: Visitor, code: str, password: str, metadata: Texts | None, call: Call) -> None:
    doing, pool = Doing.CONFIRM_FORGOT_PASSWORD, who.pool
    password_policy.check(pool.password_policy, password)
    if who.user is None:
        raise await unknown(who, nobody(), doing, call)
    if fault := _unable(who.user):
        raise await unknown(who, fault, doing, call)
    key = who.user.key
    attempt = codes.attempt(key.sub, Purpose.FORGOT_PASSWORD, code, call)
    judged = await call.store.write(people.prove, pool, key, attempt)
    if judged.verdict is not Verdict.RIGHT or judged.waiting is None:
        raise refused(judged.verdict, who, doing)
    about, expires = judged.waiting
    again = NewCode(Purpose.FORGOT_PASSWORD, attempt.digest(about), about, expires)
    user = await _with_password(who, who.user, password, again, call)
    await fire_post_confirmation("ConfirmForgotPassword", pool, user, call, client_id=who.client.id, metadata=metadata)


async def reset_by_admin(pool: Pool, user: User, metadata: Texts | None, call: Call) -> None:
    """AdminResetUserPassword: the password no longer signs in, and a code goes out. Raises Refusal."""
    if fault := _unable(user):
        raise fault
    attribute = delivery.to_recover(pool, user, by_admin=True)
    fresh = codes.fresh(user.sub, Purpose.FORGOT_PASSWORD, attribute, user.attributes[attribute], call)
    now = call.now()
    user = await call.store.write(
        people.change,
        pool,
        user.key,
        lambda old: replace(old, status=Status.RESET_REQUIRED, modified=now),
        fresh=[fresh.kept],
    )
    to = Recipient(pool, user, metadata=metadata, address=fresh.address)
    await letters.send(Kind.FORGOT_PASSWORD, attribute, fresh.code, to, call)


async def _with_password(who: Visitor, user: User, password: str, again: NewCode, call: Call) -> User:
    """The user with the new password. One that is no good after all gives the code back, for another try."""
    pool = who.pool
    try:
        await protection.check_new_password(protection.PASSWORD_CHANGE, password, pool, who.client, call)
        credential = await credentials.make(pool, user.sub, user.username, password, call, before=user.credential)
    except (PasswordHistoryPolicyViolation, protection.Compromised):
        await call.store.write(people.change, pool, user.key, lambda old: old, fresh=[again])
        raise
    now = call.now()
    return await call.store.write(
        people.reset,
        pool,
        user.key,
        lambda old: replace(old, credential=credential, status=Status.CONFIRMED, temporary_until=0, modified=now),
    )


async def _recalled(who: Visitor, metadata: Texts | None, call: Call) -> User | None:
    """The user whom others know. Asked as often as a user may be for a code. Raises Refusal."""
    if not await codes.guess_at_nobody(who.pool, who.typed, call):
        raise LimitExceeded
    return await migration.recalled(who, metadata, call)


def _recoverable(pool: Pool, user: User) -> str:
    """The attribute that the code goes to."""
    if fault := _unable(user):
        raise fault
    return delivery.to_recover(pool, user)


def _unable(user: User) -> Refusal | None:
    if not user.enabled:
        return UserDisabled()
    if user.status not in RECOVERABLE:
        return NotAuthorized("User password cannot be reset in the current state.")
    return None
