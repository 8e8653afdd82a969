"""Migration: whom nobody here knows may be known elsewhere. The pool's function says so, and becomes their witness.

Where the pool takes users over from a live pool, that is asked first (`takeover`). What the function answers makes a
user like one that an administrator makes, but for the password: that is the one that was typed, whatever the pool's
policy says of it. A welcome goes out by what was asked for; its failure stops nobody.
"""

from typing import Final

import structlog
from msgspec import UNSET

from keydesk.domain import attribute as rules
from keydesk.domain import names
from keydesk.domain.pool import Pool
from keydesk.domain.sign_in import SignIn
from keydesk.domain.user import Status, User
from keydesk.errors import (
    AliasExists,
    CodeDeliveryFailure,
    InvalidLambdaResponse,
    InvalidParameter,
    Refusal,
    UsernameExists,
    UserNotFound,
)
from keydesk.flows import admin_users, attributes, credentials, factors, letters, lockout, preferences, takeover
from keydesk.flows.call import Call
from keydesk.flows.existence import stranger
from keydesk.flows.letters import Recipient
from keydesk.flows.occasion import occasion
from keydesk.flows.preferences import Wish
from keydesk.flows.sign_in_steps import pre_authentication
from keydesk.flows.sign_up import new_user
from keydesk.flows.takeover import Stranger
from keydesk.flows.visitor import Visitor
from keydesk.messages.compose import Kind
from keydesk.messages.message import Medium
from keydesk.store import people, sign_ins
from keydesk.triggers.catalog import CUSTOM_MESSAGE, USER_MIGRATION
from keydesk.triggers.fire import sets
from keydesk.triggers.payloads import UserMigrationRequest, UserMigrationResponse

log = structlog.get_logger("keydesk.migration")

Texts = dict[str, str]

DEFAULT: Final = "cognito:default_val"  # the value of a required attribute that nobody gave (section 2.1)
TOLD_BY: Final = "AdminRespondToAuthChallenge"  # the only answer to a challenge whose ClientMetadata arrives here


class Unfit(InvalidLambdaResponse):
    """The function's answer cannot become a user; the sentence says why."""

    default = "No user can be made of the function's answer."


async def migrated(s: SignIn, call: Call) -> None:
    """Whom only others know becomes a user here (section 3.7), or gets a password. Ahead of all that needs one.

    A client that hides who exists is told nothing here: the name then goes on as one that nobody has.
    """
    if s.user is not None:
        if takeover.wanted(s.user) and (live := takeover.live(s.pool)):
            await takeover.complete(s, s.user, live, call)
        return
    if not takeover.others_know(s.pool):
        return
    metadata = s.metadata if call.operation == TOLD_BY else None
    who = Stranger(s.pool, s.client, s.typed, s.said["PASSWORD"], s.validation, metadata)
    try:
        async with lockout.judging_elsewhere(s.pool, s.typed, call):
            s.user = await _known_elsewhere(who, "Authentication", call)
    except (UserNotFound, Unfit) as fault:
        _hide(who, fault, call)
        return
    if pre_authentication.__name__ in s.done:  # under `aws`, before USER_AUTH had chosen: if it ran, then for nobody
        s.done.remove(pre_authentication.__name__)


async def recalled(visitor: Visitor, metadata: Texts | None, call: Call) -> User | None:
    """As `migrated`, for who forgot their password; None: go on as for a name that nobody has. Raises Refusal."""
    who = Stranger(visitor.pool, visitor.client, visitor.typed, metadata=metadata)
    try:
        async with call.desk.turns.of(stranger(who.pool, who.typed, call).sub):
            return await _known_elsewhere(who, "ForgotPassword", call)
    except (UserNotFound, Unfit) as fault:
        _hide(who, fault, call)
        return None


def _hide(who: Stranger, fault: Refusal, call: Call) -> None:
    """What a client may not hear of is left in the function's log. Raises the fault to any other."""
    if not who.client.hides_existence:
        raise fault
    if isinstance(fault, Unfit):
        call.triggers.note(USER_MIGRATION, who.pool, fault)


async def _known_elsewhere(who: Stranger, suffix: str, call: Call) -> User:
    """The new user, or the one whom somebody made of the same name a moment ago. In the turn of that name.

    Raises UserNotFound where nobody knows the name, Unfit, and the Lambda exceptions.
    """
    user = await call.store.glance(sign_ins.named, who.pool, who.typed)
    if user is None:
        try:
            user = await _made(who, suffix, call)
        except InvalidParameter as fault:
            raise Unfit(fault.sentence) from fault
        except (AliasExists, UsernameExists) as fault:
            user = await call.store.glance(sign_ins.named, who.pool, who.typed)  # made on another node
            if user is None:
                raise Unfit(fault.sentence) from fault
    call.about(user)
    return user


async def _made(who: Stranger, suffix: str, call: Call) -> User:
    """The user as the live pool knows them, or as the function does. Raises Refusal."""
    live = takeover.live(who.pool)
    user = await takeover.brought(who, live, call) if live else None
    if user is None:
        if not sets(who.pool, USER_MIGRATION):
            raise UserNotFound
        told = await _ask(who, suffix, call)
        user = await _create(who, told, call)
        await _welcome(who, user, told, call)
    return user


async def _ask(who: Stranger, suffix: str, call: Call) -> UserMigrationResponse:
    request = UserMigrationRequest(
        password=who.password or UNSET,
        validation_data=who.validation,
        client_metadata=UNSET if who.metadata is None else who.metadata,
    )
    about = occasion(call, who.pool, who.typed, who.client.id)
    told = await call.triggers.fire(USER_MIGRATION, suffix, about, request)
    if not told.user_attributes:
        raise UserNotFound(f"Exception migrating user in app client {who.client.id}")
    return told


async def _create(who: Stranger, told: UserMigrationResponse, call: Call) -> User:
    """The user, stored in one write, behind pre sign-up. Raises Refusal; then nobody was made."""
    pool, force = who.pool, bool(told.force_alias_creation)
    user = _user(who, told, call)
    await admin_users.refuse_taken(pool, user, force, call)
    await admin_users.fire_pre_sign_up(pool, user, who.validation, who.metadata, call)
    if who.password:
        user.credential = await credentials.make(pool, user.sub, user.username, who.password, call)
    return await call.store.write(people.create, pool, user, None, move=force)


def _user(who: Stranger, told: UserMigrationResponse, call: Call) -> User:
    """The user whom the answer describes. Raises InvalidParameter for one that cannot be."""
    pool, given = who.pool, dict(told.user_attributes or {})
    username = _username(who, given)
    if any("\0" in value for value in given.values()):
        raise InvalidParameter("An attribute may hold any character but the zero one.")
    user = new_user(pool, username, _complete(pool, admin_users.checked(pool, username, given)), call)
    user.status = Status(told.final_user_status or Status.RESET_REQUIRED)
    if told.enable_sms_mfa:
        user = preferences.chosen(pool, user, {factors.SMS: Wish(True)})
    leads = set(attributes.names_of(pool, user).items())
    if not leads & set(names.typed(who.typed, pool)):
        raise InvalidParameter("The user name that was typed would not lead to the migrated user.")
    return user


def _username(who: Stranger, given: Texts) -> str:
    """The user name: what was typed, or the function's own where an alias was typed. Takes it out of the attributes.

    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-migrate-user.html
    """
    pool, own = who.pool, given.pop("username", who.typed)
    aliases = {(kind, names.folded(kind, given.get(kind, ""), pool)) for kind in pool.alias_attributes}
    if own != who.typed and not aliases & set(names.typed(who.typed, pool)):
        raise InvalidParameter("The username attribute must be the user name that was typed.")
    if not names.is_username(own):
        raise InvalidParameter("The username attribute is no user name.")
    return own


def _complete(pool: Pool, given: Texts) -> Texts:
    """With the service's value for texts that are required and missing.

    Not for what leads to the user, or where messages go: it would be the same for everybody.
    """
    texts = {attribute.name for attribute in pool.schema if attribute.attribute_data_type == "String"}
    kept = {*attributes.PROVABLE, *pool.alias_attributes, *pool.username_attributes}
    lacking = [name for name in rules.missing(pool.schema, given) if name in texts and name not in kept]
    return given | dict.fromkeys(lacking, DEFAULT)


async def _welcome(who: Stranger, user: User, told: UserMigrationResponse, call: Call) -> None:
    """Tell the user that they are here now, unless that is suppressed. They are, whether or not it arrives."""
    if told.message_action == "SUPPRESS":
        return
    pool = who.pool
    called = who.typed if pool.username_attributes else ""
    to = Recipient(pool, user, who.client, who.metadata, called=called)
    asked = [Medium(medium) for medium in told.desired_delivery_mediums or ("SMS",)]
    for medium in admin_users.mediums(user, asked):
        try:
            await letters.send(Kind.WELCOME, admin_users.REACHED_BY[medium], "", to, call)
        except CodeDeliveryFailure:
            pass  # the courier has logged it
        except Refusal as fault:
            log.warning("welcome not sent", pool=pool.id, medium=medium.value, why=fault.code)
            call.triggers.note(CUSTOM_MESSAGE, pool, fault)
