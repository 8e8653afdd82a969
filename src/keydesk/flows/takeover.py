"""Take-over: who has no password here is tried once at the live pool that the pool's tag names, and kept when right.

The user's turn and lock come first, so that nobody guesses faster through this server than at it. Who cannot be judged,
because the live pool is slow or out of reach, is told so, and no failure is counted.
"""

import json
from dataclasses import dataclass
from typing import Final

import structlog
from msgspec.structs import replace

from keydesk.domain import live_user, takeover
from keydesk.domain.client import Client
from keydesk.domain.live_user import CARRIED, LiveUser
from keydesk.domain.pool import Pool
from keydesk.domain.sign_in import SignIn
from keydesk.domain.takeover import Takeover
from keydesk.domain.trace import StepTaken
from keydesk.domain.user import Status, User
from keydesk.errors import (
    AliasExists,
    NotAuthorized,
    PasswordResetRequired,
    Refusal,
    ResourceNotFound,
    TooManyRequests,
    UnexpectedLambda,
    UsernameExists,
    UserNotConfirmed,
    UserNotFound,
)
from keydesk.flows import credentials, lockout, passwords
from keydesk.flows.call import Call
from keydesk.flows.existence import conceal
from keydesk.runtime.function import Throttled, TimedOut, Unreached
from keydesk.runtime.live_pool import Place, Proof, Refused
from keydesk.store import clients, groups, people, sign_ins
from keydesk.triggers.catalog import USER_MIGRATION
from keydesk.triggers.fire import sets

log = structlog.get_logger("keydesk.takeover")

# What the live pool says of a password that is not proved, and what is said here. Anything else: it was not judged.
SAID: Final[dict[str, type[Refusal]]] = {
    "NotAuthorizedException": NotAuthorized,
    "UserNotFoundException": UserNotFound,
    "PasswordResetRequiredException": PasswordResetRequired,
    "UserNotConfirmedException": UserNotConfirmed,
}
# Both come whatever the password is (amazon-cognito-identity-js, issue 288), so they tell that there is such a user.
TELLING: Final = (PasswordResetRequired, UserNotConfirmed)
MISLED: Final = ("secret hash", "SECRET_HASH")  # in a NotAuthorizedException that is about our client, and no password

# The challenges that a live pool asks behind a right password.
TEMPORARY: Final = "NEW_PASSWORD_REQUIRED"
NO_FACTOR: Final = "MFA_SETUP"  # asked here as well
CHOICE: Final = "SELECT_MFA_TYPE"
APP: Final = "SOFTWARE_TOKEN_MFA"


@dataclass(frozen=True, slots=True)
class Stranger:
    """Somebody whom nobody here knows. Who forgot their password says none."""

    pool: Pool
    client: Client
    typed: str
    password: str = ""
    validation: dict[str, str] | None = None
    metadata: dict[str, str] | None = None


def live(pool: Pool) -> Takeover | None:
    """The live pool that this one takes users over from; none where a tag from before never named one."""
    try:
        return takeover.of(pool.settings.user_pool_tags)
    except takeover.TakeoverFault:
        return None


def others_know(pool: Pool) -> bool:
    """Whether somebody else may know who nobody here is: a live pool, or the pool's function."""
    return sets(pool, USER_MIGRATION) or live(pool) is not None


def wanted(user: User) -> bool:
    """Whether the user's password, if there is one, is at the live pool. Not so after a reset: that one is dead."""
    resting = (Status.RESET_REQUIRED, Status.EXTERNAL_PROVIDER)
    return not user.credential and user.enabled and user.status not in resting


async def complete(s: SignIn, user: User, said: Takeover, call: Call) -> None:
    """The user, who is here without a password, gets the one that they typed. Raises Refusal.

    What is raised is counted as a wrong password, but for UNJUDGED.
    """
    who = Stranger(s.pool, s.client, s.typed, s.said["PASSWORD"])
    async with lockout.judging(user, call):
        fresh = await call.store.glance(sign_ins.named, s.pool, s.typed)
        if fresh is None or not wanted(fresh):
            s.user = fresh or user  # another request was faster
            return
        try:
            proof = await _identified(who, said, fresh, call)
            s.user = await _completed(who, fresh, proof, call)
        except lockout.UNJUDGED:
            raise
        except Refusal as fault:
            await lockout.failed(fresh, call)
            raise _known(fault, fresh) from None


async def brought(who: Stranger, said: Takeover, call: Call) -> User | None:
    """The user whom the live pool knows, with the password that was typed, if one was; None where it knows nobody.

    Raises Refusal, AliasExists and UsernameExists among them.
    """
    try:
        proof = await _proof(who, said, call) if who.password else Proof()
        known = proof.user or await _looked_up(who, said, call)
    except UserNotFound:
        return None
    if known is None:
        if who.password:
            raise _unjudged("it does not tell who asks, and may not be asked without credentials")
        return None
    now = call.now()
    user = live_user.arrived(known, who.pool, now)
    if who.password:
        user = _with_standing(user, proof, who.pool, now)
        if user.status is not Status.RESET_REQUIRED:
            user.credential = await credentials.make(who.pool, user.sub, user.username, who.password, call)
    try:
        user = await call.store.write(people.create, who.pool, user, None, move=False)
    except (AliasExists, UsernameExists) as fault:
        log.warning("live user not kept", pool=who.pool.id, sub=user.sub, why=fault.sentence)
        raise
    for group in known.groups:
        try:
            await call.store.write(groups.join, group, user.key, now)
        except ResourceNotFound:
            log.warning("group not found", pool=who.pool.id, group=group)
    return await call.store.glance(sign_ins.named, who.pool, user.username) or user


async def _identified(who: Stranger, said: Takeover, user: User, call: Call) -> Proof:
    """The proof, if it is this user's: a name may have gone to somebody else at the live pool. Raises NotAuthorized."""
    proof = await _proof(who, said, call)
    known = proof.user or await _looked_up(who, said, call)
    sub = known.sub if known else proof.sub
    if sub and sub != user.sub:
        log.warning("live user is another", pool=who.pool.id, sub=user.sub, there=sub)
        raise NotAuthorized
    return proof._replace(user=known)


async def _completed(who: Stranger, user: User, proof: Proof, call: Call) -> User:
    pool, now = who.pool, call.now()
    credential = await credentials.make(pool, user.sub, user.username, who.password, call)

    def kept(before: User, known: LiveUser | None = proof.user) -> User:
        if not wanted(before):
            return before  # it was settled otherwise meanwhile
        after = replace(before, modified=now)
        if known is not None:
            after = replace(live_user.renewed(after, known, now), modified=now)
        after = _with_standing(after, proof, pool, now)
        return after if after.status is Status.RESET_REQUIRED else replace(after, credential=credential)

    try:
        user = await call.store.write(people.change, pool, user.key, kept)
    except (AliasExists, UsernameExists):  # an address that is another's here by now
        user = await call.store.write(people.change, pool, user.key, lambda before: kept(before, None))
    if user.status is Status.RESET_REQUIRED:
        raise PasswordResetRequired
    return user


def _with_standing(user: User, proof: Proof, pool: Pool, now: int) -> User:
    """How the user stands whose password the live pool took, and what it asked behind it. Raises UnexpectedLambda.

    An authenticator app cannot be carried: its owner proves an address in its place, by a forgotten password.
    """
    asked = proof.challenge
    if asked == TEMPORARY:
        until = passwords.temporary_until(pool, now)
        return replace(user, status=Status.FORCE_CHANGE_PASSWORD, temporary_until=until)
    if asked in ("", NO_FACTOR):
        return replace(user, status=Status.CONFIRMED)
    offered = (asked,)
    if asked == CHOICE:
        offered = tuple(json.loads(proof.parameters.get("MFAS_CAN_CHOOSE", "[]")))
    if carried := tuple(one for one in offered if one in CARRIED):
        return replace(user, status=Status.CONFIRMED, factors=carried)
    if APP in offered:
        return replace(user, status=Status.RESET_REQUIRED)
    raise _unjudged(f"it asked {asked}")


def _known(fault: Refusal, user: User) -> Refusal:
    """What is said of a user who is here. Whom the live pool does not know has no password at all."""
    if isinstance(fault, UserNotFound):
        return NotAuthorized()
    if isinstance(fault, UserNotConfirmed) and user.status is not Status.UNCONFIRMED:
        return PasswordResetRequired()  # they have proved an address here: it is worth more
    return fault


async def _proof(who: Stranger, said: Takeover, call: Call) -> Proof:
    place = await _place(who, said, call)
    try:
        proof = await call.desk.live_pools.prove(place, who.typed, who.password)
    except (Refused, TimedOut, Throttled, Unreached) as fault:
        refusal = _refusal(place, fault, call)
        raise (conceal(refusal, who.client) if isinstance(refusal, TELLING) else refusal) from None
    told = f"the password is right{', asked ' * bool(proof.challenge)}{proof.challenge}"
    call.trail.steps.append(StepTaken(_step(place), told))
    return proof


async def _looked_up(who: Stranger, said: Takeover, call: Call) -> LiveUser | None:
    place = await _place(who, said, call)
    try:
        known = await call.desk.live_pools.look_up(place, who.typed)
    except (Refused, TimedOut, Throttled, Unreached) as fault:
        raise _refusal(place, fault, call) from None
    told = "there is such a user" if known else "no credentials to ask with"
    call.trail.steps.append(StepTaken(_step(place), told))
    return known


async def _place(who: Stranger, said: Takeover, call: Call) -> Place:
    """Where to ask. A client that has a secret is known here with it."""
    client: Client | None = who.client
    if said.client and said.client != who.client.id:
        client = await call.store.glance(clients.named, said.client)
    held = credentials.client_secrets(client, call) if client else ()
    return Place(said.pool or who.pool.id, said.client or who.client.id, held[0] if held else "")


def _refusal(place: Place, fault: Exception, call: Call) -> Refusal:
    """The refusal for what came of the question, with a step of the trace that tells it."""
    outcome = getattr(fault, "code", type(fault).__name__)
    call.trail.steps.append(StepTaken(_step(place), f"refused {outcome}"))
    if isinstance(fault, Throttled):
        return TooManyRequests()
    if isinstance(fault, Refused) and fault.sentence == lockout.EXCEEDED:
        return lockout.Exceeded()  # the live pool has its own lock
    if isinstance(fault, Refused) and fault.code in SAID and not any(word in fault.sentence for word in MISLED):
        return SAID[fault.code]()
    detail = getattr(fault, "sentence", "") or getattr(fault, "detail", "")
    log.warning("live pool not asked", pool=place.pool, client=place.client, why=outcome, detail=detail)
    return _unjudged(f"due to error {outcome}")


def _unjudged(why: str) -> UnexpectedLambda:
    return UnexpectedLambda(f"The live user pool could not be asked: {why}.")


def _step(place: Place) -> str:
    return f"asked the live pool {place.pool}"
