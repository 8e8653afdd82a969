"""The steps of a sign-in up to the proof of who it is. Each passes (None), asks (a Challenge), or raises a Refusal."""

import json
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from keydesk.domain.attribute import missing, readable
from keydesk.domain.names import folded
from keydesk.domain.password_policy import check as check_password
from keydesk.domain.secret_hash import Where
from keydesk.domain.secret_hash import check as check_secret_hash
from keydesk.domain.sign_in import Challenge, Round, Said, SignIn, Way
from keydesk.domain.user import Status, User
from keydesk.errors import (
    InvalidParameter,
    InvalidSession,
    NotAuthorized,
    PasswordResetRequired,
    Refusal,
    UserDisabled,
    UserNotConfirmed,
    UserNotFound,
)
from keydesk.flows import credentials, factors, lockout, protection, takeover
from keydesk.flows.attributes import written_by_client
from keydesk.flows.call import Call
from keydesk.flows.existence import conceal, pretended_name
from keydesk.flows.occasion import occasion
from keydesk.store import people
from keydesk.triggers import event
from keydesk.triggers.catalog import PRE_AUTHENTICATION
from keydesk.triggers.fire import sets
from keydesk.triggers.payloads import PreAuthenticationRequest

NEW_PASSWORD_REQUIRED: Final = "NEW_PASSWORD_REQUIRED"

# What the client must allow for a flow, what must be said with the name, and Cognito's words where the flow is closed.
CLOSED: Final = "Auth flow not enabled for this client"
FLOW_RULES: Final = {
    "USER_PASSWORD_AUTH": (
        "ALLOW_USER_PASSWORD_AUTH",
        "PASSWORD",
        "USER_PASSWORD_AUTH flow not enabled for this client",
    ),
    "ADMIN_USER_PASSWORD_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "PASSWORD", CLOSED),
    "ADMIN_NO_SRP_AUTH": ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "PASSWORD", CLOSED),
    "USER_SRP_AUTH": ("ALLOW_USER_SRP_AUTH", "SRP_A", "USER_SRP_AUTH is not enabled for the client."),
    "CUSTOM_AUTH": ("ALLOW_CUSTOM_AUTH", "", "CUSTOM_AUTH is not enabled for the client."),
    "USER_AUTH": ("ALLOW_USER_AUTH", "", "USER_AUTH is not enabled for the client."),
}


async def way_is_open(s: SignIn, call: Call) -> None:
    """The client allows the flow, and everything it needs was said (T-050)."""
    needed, proof, closed = FLOW_RULES[s.flow]
    if needed not in s.client.flows:
        raise InvalidParameter(closed)
    if s.way is Way.CUSTOM_SRP:
        proof = "SRP_A"
    for name in ("USERNAME", proof):
        if name and not s.said.get(name):
            raise InvalidParameter(f"Missing required parameter {name}")


async def secret_hash(s: SignIn, call: Call) -> None:
    """Who asks holds the client's secret, if it has one."""
    names = (s.typed, s.user.username, s.user.sub) if s.user else (s.typed,)
    held = credentials.client_secrets(s.client, call)
    check_secret_hash(s.client.id, held, names, s.said.get("SECRET_HASH"), Where.PARAMETER)


async def pre_authentication(s: SignIn, call: Call) -> None:
    """The function may stop the sign-in. Needs, under `keydesk`, `password` behind it (T-002, T-005).

    Under `aws` it also runs for a name nobody has, where the client hides that (C-21).
    """
    if not sets(s.pool, PRE_AUTHENTICATION) or (s.user is None and not s.client.hides_existence):
        return
    request = PreAuthenticationRequest(
        user_attributes=event.attributes(s.pool, s.user) if s.user else {},
        validation_data=s.validation,
        user_not_found=s.user is None if s.client.hides_existence else UNSET,
    )
    username = s.user.username if s.user else s.typed
    await call.triggers.fire(
        PRE_AUTHENTICATION, "Authentication", occasion(call, s.pool, username, s.client.id), request
    )


async def password(s: SignIn, call: Call) -> None:
    """The password is the user's. A name nobody has costs the same time (EN-02)."""
    said = s.said["PASSWORD"]
    if s.user is None:
        raise await _nobody(s, said, call)
    seen = None if s.client.hides_existence else s.seen  # the count of a name that nobody has is read as well
    async with lockout.judging(s.user, call, seen):
        if may_hear_of_reset(s, s.user):
            raise PasswordResetRequired
        proof = await credentials.matches(s.user, s.pool, said, call, asking=s.client)
        if not proof.right:
            await lockout.failed(s.user, call)
            raise NotAuthorized
    s.carried.credential = proof.replacement


def may_hear_of_reset(s: SignIn, user: User) -> bool:
    """Nobody can prove a password that the user does not have; so they are told, where that gives nobody away (EN-01).

    https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool.html
    """
    return not user.credential and user.status is Status.RESET_REQUIRED and not s.client.hides_existence


async def _nobody(s: SignIn, said: str, call: Call) -> Refusal:
    """What to raise for a name that nobody has. A client that hides that has its tries counted and locked (EN-03)."""
    if not s.client.hides_existence:
        return UserNotFound()
    if takeover.others_know(s.pool):  # the step `migrated` has counted it, in the name's turn
        await credentials.refuse_nobody(s.pool, said, call, asking=s.client)
        return conceal(UserNotFound(), s.client)
    async with lockout.judging_nobody(s.pool, s.typed, call):
        await credentials.refuse_nobody(s.pool, said, call, asking=s.client)
    return conceal(UserNotFound(), s.client)


async def standing(s: SignIn, call: Call) -> None:
    """The user may sign in at all. Behind `password`, so that only who knows it learns more."""
    user = s.known
    if not user.enabled:
        raise UserDisabled
    if user.status is Status.UNCONFIRMED:
        raise UserNotConfirmed
    if user.status is Status.RESET_REQUIRED:
        raise PasswordResetRequired
    if user.status is Status.FORCE_CHANGE_PASSWORD and user.temporary_until and call.now() > user.temporary_until:
        raise NotAuthorized("Temporary password has expired and must be reset by an administrator.")


async def new_password(s: SignIn, call: Call) -> Challenge | None:
    """A temporary password is replaced: asks NEW_PASSWORD_REQUIRED, then takes NEW_PASSWORD and `userAttributes.*`."""
    user = s.known
    if user.status is not Status.FORCE_CHANGE_PASSWORD:
        return None
    lacking = missing(s.pool.schema, user.attributes)
    if s.answering != NEW_PASSWORD_REQUIRED:
        return _ask_new_password(s, lacking)
    new, told = _new_password_said(s, lacking)
    check_password(s.pool.password_policy, new)
    await protection.check_new_password(protection.PASSWORD_CHANGE, new, s.pool, s.client, call)
    written_by_client(s.pool, s.client, user, told)
    credential = await credentials.make(s.pool, user.sub, user.username, new, call, before=user.credential)
    s.carried.had, now = factors.available(s.pool, user), call.now()

    def confirmed(one: User) -> User:
        if not one.stands(user.standing()):
            raise InvalidSession  # it was settled otherwise meanwhile
        one = written_by_client(s.pool, s.client, one, told)
        return replace(one, credential=credential, status=Status.CONFIRMED, temporary_until=0, modified=now)

    s.user = await call.store.write(people.change, s.pool, user.key, confirmed)
    s.carried.credential = b""  # what would have taken the place of the temporary one
    s.carried.rounds.append(Round(NEW_PASSWORD_REQUIRED, True))
    return None


def _new_password_said(s: SignIn, lacking: list[str]) -> tuple[str, Said]:
    """NEW_PASSWORD, and the attributes said with it."""
    new = s.said.get("NEW_PASSWORD")
    if not new:
        raise InvalidParameter("Missing required parameter NEW_PASSWORD")
    prefix = "userAttributes."
    told = {name.removeprefix(prefix): value for name, value in s.said.items() if name.startswith(prefix)}
    if absent := [name for name in lacking if not told.get(name)]:
        raise InvalidParameter(f"Invalid attributes given, {absent[0]} is missing")
    return new, told


def same_user(s: SignIn, call: Call) -> None:
    """The answer to a challenge names its user, and holds the client's secret. Nothing else is looked at before."""
    said = s.said.get("USERNAME")
    if not said:
        raise InvalidParameter("Missing required parameter USERNAME")
    names = {s.typed, s.carried.exchange.username if s.carried.exchange else s.typed}
    names |= {s.user.username, s.user.sub} if s.user else {pretended_name(s.pool, s.typed, call)}
    if folded("username", said, s.pool) not in {folded("username", name, s.pool) for name in names}:
        raise InvalidSession
    held = credentials.client_secrets(s.client, call)
    check_secret_hash(s.client.id, held, (said, *names), s.said.get("SECRET_HASH"), Where.PARAMETER)


def _ask_new_password(s: SignIn, lacking: list[str]) -> Challenge:
    user = s.known
    shown = readable(s.client.settings.read_attributes, user.attributes)
    return Challenge(
        NEW_PASSWORD_REQUIRED,
        {
            "USER_ID_FOR_SRP": user.username,
            "requiredAttributes": json.dumps([f"userAttributes.{name}" for name in lacking]),
            "userAttributes": json.dumps(shown),
        },
    )
