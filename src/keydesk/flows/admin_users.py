"""What administrators do to a user: make, invite, find, disable, sign out, delete."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from keydesk.domain import attribute as rules
from keydesk.domain import names, password_policy
from keydesk.domain.passkey import WEB_AUTHN
from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User
from keydesk.errors import AliasExists, InvalidParameter, UnsupportedUserState, UsernameExists, UserNotFound
from keydesk.flows import attributes, credentials, letters, passwords, pools
from keydesk.flows.call import Call
from keydesk.flows.letters import Recipient
from keydesk.flows.occasion import occasion
from keydesk.flows.sign_up import new_user, with_username
from keydesk.messages.compose import Kind
from keydesk.messages.message import Medium
from keydesk.store import people, sign_ins, users
from keydesk.triggers.catalog import PRE_SIGN_UP
from keydesk.triggers.event import NO_CLIENT
from keydesk.triggers.payloads import PreSignUpRequest

Texts = dict[str, str]

REACHED_BY: Final = {Medium.EMAIL: "email", Medium.SMS: "phone_number"}
OUT_OF_REACH: Final = {
    Medium.EMAIL: "No email provided but desired delivery medium was Email",
    Medium.SMS: "No phone number provided but desired delivery medium was SMS",
}


@dataclass(frozen=True, slots=True)
class Invitation:
    """What an administrator asks for. `mediums` None leaves the choice to the server. `force` takes an alias over."""

    username: str
    attributes: Texts
    password: str | None = None
    mediums: tuple[Medium, ...] | None = None
    suppress: bool = False
    force: bool = False
    validation: Texts | None = None
    metadata: Texts | None = None


async def named(pool_id: str, username: str, call: Call) -> tuple[Pool, User]:
    """The pool and the user whom an administrator names. Raises ResourceNotFound, UserNotFound."""
    pool = await pools.here(pool_id, call)
    user = await call.store.glance(sign_ins.named, pool, username)
    if user is None:
        raise UserNotFound
    call.about(user, pool)
    return pool, user


async def create(pool_id: str, asked: Invitation, call: Call) -> User:
    """AdminCreateUser: a user with a temporary password, told to them unless that is suppressed. Raises Refusal.

    Where codes sign in, a user may be without one: then there is nothing to replace, and nothing to send.
    The pre sign-up function may refuse; its three flags mean nothing here (T-132 to T-134).
    """
    pool = await pools.here(pool_id, call)
    user = new_user(pool, asked.username, checked(pool, asked.username, asked.attributes), call)
    await refuse_taken(pool, user, asked.force, call)
    password = _first_password(pool, asked.password)
    tells = bool(password) and not asked.suppress
    if tells:
        _refuse_unreachable(user, asked)
    await fire_pre_sign_up(pool, user, asked.validation, asked.metadata, call)
    await _with_temporary(pool, user, password, call)
    try:
        await call.store.write(people.create, pool, user, None, move=asked.force)
    except AliasExists as fault:
        raise UsernameExists(fault.sentence) from fault
    call.about(user)
    if tells:
        await _invite(pool, user, asked, password, call)
    return user


async def invite_again(pool_id: str, asked: Invitation, call: Call) -> User:
    """AdminCreateUser with RESEND: a new temporary password, a new term. Raises UnsupportedUserState, UserNotFound."""
    pool, user = await named(pool_id, asked.username, call)
    _refuse_unreachable(user, asked)
    password, now = _temporary(pool, asked.password), call.now()
    credential = await credentials.make(pool, user.sub, user.username, password, call, before=user.credential)
    until = passwords.temporary_until(pool, now)

    def renewed(old: User) -> User:
        if old.status is not Status.FORCE_CHANGE_PASSWORD:
            raise UnsupportedUserState(f"Resend not possible. {old.username} status is not FORCE_CHANGE_PASSWORD")
        return replace(old, credential=credential, temporary_until=until, modified=now)

    user = await call.store.write(people.reset, pool, user.key, renewed)
    await _invite(pool, user, asked, password, call)
    return user


async def enable(pool: Pool, user: User, call: Call) -> None:
    """The user may sign in again. Tokens from before stay dead (TK-08)."""
    now = call.now()
    await call.store.write(people.change, pool, user.key, lambda old: replace(old, enabled=True, modified=now))


async def disable(pool: Pool, user: User, call: Call) -> None:
    """The user may do nothing, and their tokens die."""
    await call.store.write(people.disable, pool, user.key, call.now())


async def sign_out(user: User, call: Call) -> None:
    """Every token of the user dies; they may sign in again (TK-07)."""
    await call.store.write(people.sign_out, user.key, call.now())


async def delete(user: User, call: Call) -> None:
    """The user, with names, sessions and codes. Raises UserNotFound where somebody was faster."""
    if not await call.store.write(users.remove, user.key):
        raise UserNotFound


async def fire_pre_sign_up(
    pool: Pool, user: User, validation: Texts | None, metadata: Texts | None, call: Call
) -> None:
    """Runs the pre sign-up function for a user who does not sign up. Raises its Refusal."""
    call.about_newcomer(user, pool)
    request = PreSignUpRequest(
        user_attributes=dict(user.attributes),
        validation_data=validation,
        client_metadata=UNSET if metadata is None else metadata,
    )
    await call.triggers.fire(PRE_SIGN_UP, "AdminCreateUser", occasion(call, pool, user.username, NO_CLIENT), request)


def checked(pool: Pool, username: str, asked: Texts) -> Texts:
    """The attributes of a user who does not sign up, if they may be so. Raises InvalidParameter."""
    told = with_username(pool, username, asked)
    rules.check_new(pool.schema, told, by_admin=True)
    for kind in attributes.PROVABLE:
        if told.get(f"{kind}_verified", "").lower() == "true" and not told.get(kind):
            raise InvalidParameter(attributes.FLAG_WITHOUT_VALUE[kind])
    return {name: value.lower() if name in rules.VERIFIED else value for name, value in told.items()}


async def refuse_taken(pool: Pool, user: User, force: bool, call: Call) -> None:
    """Raises UsernameExists where a name leads to somebody already; with `force` not for an alias."""
    wanted = attributes.names_of(pool, user)
    if force:
        wanted = {kind: name for kind, name in wanted.items() if kind not in pool.alias_attributes}
    kind = await call.store.read(people.taken, pool.id, wanted)
    if kind == "username":
        raise UsernameExists("User account already exists")
    if kind is not None:
        raise UsernameExists(names.taken(kind, pool))


def _first_password(pool: Pool, said: str | None) -> str:
    """The temporary password of a new user; empty where codes sign in, and none was said.

    As in the live service none is made up where passkeys sign in, too. Raises InvalidPassword, InvalidParameter.
    """
    if pool.passwordless and not said:
        return ""
    if said is None and WEB_AUTHN in pool.first_factors:
        raise InvalidParameter("User is required to have a password")
    return _temporary(pool, said)


def _temporary(pool: Pool, said: str | None) -> str:
    """The temporary password that was said, or a random one. Raises InvalidPassword."""
    if said is None:
        return password_policy.temporary(pool.password_policy)
    password_policy.check(pool.password_policy, said, by_admin=True)
    return said


async def _with_temporary(pool: Pool, user: User, password: str, call: Call) -> None:
    """A new user's temporary password, if they have one."""
    user.status = Status.FORCE_CHANGE_PASSWORD if password else Status.CONFIRMED
    if password:
        user.temporary_until = passwords.temporary_until(pool, call.now())
        user.credential = await credentials.make(pool, user.sub, user.username, password, call)


def _refuse_unreachable(user: User, asked: Invitation) -> None:
    """A medium that is asked for must reach the user. Raises InvalidParameter."""
    for medium in asked.mediums or ():
        if not user.attributes.get(REACHED_BY[medium]):
            raise InvalidParameter(OUT_OF_REACH[medium])


async def _invite(pool: Pool, user: User, asked: Invitation, password: str, call: Call) -> None:
    """Tell the user, by every medium asked for that reaches them. Raises CodeDeliveryFailure; the user stays."""
    to = Recipient(pool, user, metadata=asked.metadata, called=asked.username if pool.username_attributes else "")
    for medium in mediums(user, asked.mediums):
        await letters.send(Kind.INVITATION, REACHED_BY[medium], password, to, call)


def mediums(user: User, asked: Iterable[Medium] | None) -> list[Medium]:
    """Those asked for; where nothing was asked, SMS, else mail: whatever reaches the user first."""
    reaching = [medium for medium in asked or (Medium.SMS, Medium.EMAIL) if user.attributes.get(REACHED_BY[medium])]
    return reaching if asked else reaching[:1]
