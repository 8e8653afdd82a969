"""From UNCONFIRMED to CONFIRMED: by the code, or by an administrator's word. Then the post confirmation function runs.

The function can no longer undo it: its failure reaches the caller, and the user stays confirmed (section 3.2).
"""

from dataclasses import dataclass

from msgspec import UNSET
from msgspec.structs import replace

from keydesk.domain.auth_event import EventKind, Response, sign_up_id
from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User, UserKey
from keydesk.errors import InvalidParameter, LimitExceeded, NotAuthorized, Refusal, UserDisabled
from keydesk.flows import codes, delivery, letters, watch
from keydesk.flows.call import Call
from keydesk.flows.codes import FAULTS, Purpose
from keydesk.flows.delivery import Delivery
from keydesk.flows.existence import Doing, conceal, pretended
from keydesk.flows.letters import Recipient
from keydesk.flows.occasion import occasion
from keydesk.flows.visitor import Visitor, nobody
from keydesk.messages.compose import Kind
from keydesk.store import people, users
from keydesk.store.people import Verdict
from keydesk.triggers import event
from keydesk.triggers.catalog import POST_CONFIRMATION
from keydesk.triggers.payloads import PostConfirmationRequest

Texts = dict[str, str]


@dataclass(frozen=True, slots=True)
class Confirmation:
    """A code said for an account. `force` takes a proved alias from its owner."""

    code: str
    force: bool
    metadata: Texts | None


async def confirm(who: Visitor, said: Confirmation, call: Call) -> None:
    """ConfirmSignUp. Raises Refusal."""
    pool = who.pool
    if who.user is None:
        raise await unknown(who, nobody(), Doing.CONFIRM_SIGN_UP, call)
    if fault := _unconfirmable(who.user):
        raise await unknown(who, fault, Doing.CONFIRM_SIGN_UP, call)
    key, now = who.user.key, call.now()

    def confirmed(user: User, about: str) -> User:
        attribute, _, value = about.partition(":")
        proved = {f"{attribute}_verified": "true"} if user.attributes.get(attribute) == value else {}
        return replace(user, status=Status.CONFIRMED, attributes={**user.attributes, **proved}, modified=now)

    attempt = codes.attempt(key.sub, Purpose.SIGN_UP, said.code, call)
    judged = await call.store.write(people.prove, pool, key, attempt, confirmed, move=said.force)
    if judged.verdict is not Verdict.RIGHT:
        raise refused(judged.verdict, who, Doing.CONFIRM_SIGN_UP)
    known = (pool, who.client, who.user)
    watch.happened(EventKind.SIGN_UP, Response.PASS, known, call, id=sign_up_id(key.sub))
    await _fire_for_stored(pool, key, who.client.id, said.metadata, call)


async def confirm_by_admin(pool: Pool, user: User, metadata: Texts | None, call: Call) -> None:
    """AdminConfirmSignUp: confirmed without a proof, so nothing becomes verified."""
    now = call.now()

    def confirmed(before: User) -> User:
        if before.status is not Status.UNCONFIRMED:
            raise _not_unconfirmed(before)
        return replace(before, status=Status.CONFIRMED, modified=now)

    await call.store.write(people.change, pool, user.key, confirmed)
    await _fire_for_stored(pool, user.key, None, metadata, call)


async def resend(who: Visitor, metadata: Texts | None, call: Call) -> Delivery:
    """ResendConfirmationCode: a new code; the old one is dead. Raises Refusal."""
    with watch.watching(EventKind.RESEND_CODE, (who.pool, who.client, who.user), call):
        return await _resend(who, metadata, call)


async def _resend(who: Visitor, metadata: Texts | None, call: Call) -> Delivery:
    try:
        user = _resendable(who)
    except Refusal as fault:
        return await pretend(who, fault, Doing.RESEND_CODE, call)
    attribute = delivery.to_confirm(who.pool, user)
    if attribute is None:
        none = InvalidParameter("Cannot resend codes. Auto verification not turned on.")
        return await pretend(who, none, Doing.RESEND_CODE, call)
    fresh = codes.fresh(user.sub, Purpose.SIGN_UP, attribute, user.attributes[attribute], call)
    if not await call.store.write(people.ask, user.key, codes.budget(call), fresh.kept):
        raise LimitExceeded
    to = Recipient(who.pool, user, who.client, metadata, stranger=True)
    return await letters.send(Kind.RESEND, attribute, fresh.code, to, call)


async def fire_post_confirmation(
    suffix: str, pool: Pool, user: User, call: Call, *, client_id: str | None, metadata: Texts | None
) -> None:
    """Runs the post confirmation function, if the pool has one. Raises its Refusal."""
    request = PostConfirmationRequest(
        user_attributes=event.attributes(pool, user), client_metadata=UNSET if metadata is None else metadata
    )
    await call.triggers.fire(POST_CONFIRMATION, suffix, occasion(call, pool, user.username, client_id), request)


async def unknown(who: Visitor, fault: Refusal, doing: Doing, call: Call) -> Refusal:
    """What to raise where no code can be right. A client that hides who exists has its tries counted all the same."""
    if who.client.hides_existence and not await codes.guess_at_nobody(who.pool, who.typed, call):
        return LimitExceeded()
    return conceal(fault, who.client, doing)


async def pretend(who: Visitor, fault: Refusal, doing: Doing, call: Call) -> Delivery:
    """What is answered where no code goes out. Raises the fault to a client that may know it."""
    told = pretended(fault, who, doing, call)
    if not await codes.guess_at_nobody(who.pool, who.typed, call):
        raise LimitExceeded
    return told


def refused(verdict: Verdict, who: Visitor, doing: Doing) -> Refusal:
    """The fault of a code that does not count. That no code waits would tell of a user, so it may have to be hidden."""
    fault = FAULTS[verdict]()
    return conceal(fault, who.client, doing) if verdict is Verdict.NONE else fault


async def _fire_for_stored(pool: Pool, key: UserKey, client_id: str | None, metadata: Texts | None, call: Call) -> None:
    """As the user is stored by now."""
    user = await call.store.read(users.by_key, key)
    if user is not None:
        await fire_post_confirmation("ConfirmSignUp", pool, user, call, client_id=client_id, metadata=metadata)


def _unconfirmable(user: User) -> Refusal | None:
    if not user.enabled:
        return UserDisabled()
    return None if user.status is Status.UNCONFIRMED else _not_unconfirmed(user)


def _not_unconfirmed(user: User) -> NotAuthorized:
    return NotAuthorized(f"User cannot be confirmed. Current status is {user.status.value}")


def _resendable(who: Visitor) -> User:
    if who.user is None:
        raise nobody()
    if not who.user.enabled:
        raise UserDisabled
    if who.user.status is not Status.UNCONFIRMED:
        raise InvalidParameter("User is already confirmed.")
    return who.user
