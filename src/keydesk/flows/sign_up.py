"""A person makes an account: checks, the pre sign-up function, the user, then the post confirmation function or a code.

The function runs when nothing else can refuse any more, so what it does elsewhere is not done in vain; it sees only
what the request supplied.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from msgspec import UNSET
from msgspec.structs import replace

from keydesk.domain import attribute as rules
from keydesk.domain import names, password_policy
from keydesk.domain.auth_event import EventKind, Response, sign_up_id
from keydesk.domain.pool import Pool, Semantics
from keydesk.domain.user import Status, User
from keydesk.errors import AliasExists, InvalidLambdaResponse, InvalidParameter, NotAuthorized, UsernameExists
from keydesk.flows import attributes, codes, credentials, delivery, letters, protection, signed_up, watch
from keydesk.flows.call import Call
from keydesk.flows.codes import Fresh, Purpose
from keydesk.flows.confirmation import fire_post_confirmation
from keydesk.flows.delivery import Delivery
from keydesk.flows.letters import Recipient
from keydesk.flows.occasion import occasion
from keydesk.flows.visitor import Visitor, visitor
from keydesk.messages.compose import Kind
from keydesk.store import people
from keydesk.triggers.catalog import PRE_SIGN_UP
from keydesk.triggers.payloads import PreSignUpRequest, PreSignUpResponse

Texts = dict[str, str]

# https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-attributes.html#user-pool-settings-aliases
PREFERRED: Final = "preferred_username"  # as an alias it is added later, by who is confirmed
UNCONFIRMED_ALIAS: Final = (
    "Preferred username cannot be provided for unconfirmed account, "
    "since user pool is configured for preferred username alias."
)


@dataclass(frozen=True, slots=True)
class Application:
    """What a person asks for. `validation` and `metadata` reach the functions, and are never kept (T-114, T-115)."""

    client_id: str
    username: str
    password: str  # empty: the user will sign in by codes
    attributes: Texts
    secret_hash: str | None = None
    validation: Texts | None = None
    metadata: Texts | None = None


async def sign_up(asked: Application, call: Call) -> tuple[User, Delivery | None, str | None]:
    """The new user, where the code went, if one is due, and the Session to confirm with (USER_AUTH).

    Raises Refusal; a user made before stays.
    """
    who = await visitor(asked.client_id, asked.username, asked.secret_hash, call)
    pool = who.pool
    told = await _checked(asked, who, call)
    user = new_user(pool, asked.username, told, call)
    call.about_newcomer(user, pool)
    flags = await _pre_sign_up(asked, who, user, call)
    user = _flagged(pool, user, flags, call)
    if asked.password:
        user.credential = await credentials.make(pool, user.sub, user.username, asked.password, call)
    due = _due(pool, user, call)
    await _created(pool, user, due, call)
    call.about(user, pool, asked.client_id)
    response = Response.PASS if user.status is Status.CONFIRMED else Response.IN_PROGRESS
    watch.happened(EventKind.SIGN_UP, response, (pool, who.client, user), call, id=sign_up_id(user.sub))
    if user.status is Status.CONFIRMED:
        await fire_post_confirmation(
            "ConfirmSignUp", pool, user, call, client_id=asked.client_id, metadata=asked.metadata
        )
        return user, None, None
    session = await signed_up.begun(pool, who.client, user, call)
    if due is None:
        return user, None, session
    to = Recipient(pool, user, who.client, asked.metadata)
    return user, await letters.send(Kind.SIGN_UP, due.attribute, due.code, to, call), session


def new_user(pool: Pool, username: str, told: Texts, call: Call) -> User:
    """An unconfirmed user, not yet stored. Where people sign in by attributes, the user name is the sub."""
    sub, now = str(uuid.uuid4()), call.now()
    return User(
        sub=sub,
        pool=pool.id,
        username=sub if pool.username_attributes else names.folded("username", username, pool),
        status=Status.UNCONFIRMED,
        attributes=names.flattened(told, pool),
        created=now,
        modified=now,
    )


def with_username(pool: Pool, username: str, told: Texts) -> Texts:
    """The attributes of a new user, the one among them that the user name fills included. Raises InvalidParameter."""
    kind = names.check_username(username, pool)
    if kind is None:
        return told
    if names.folded(kind, told.get(kind, username), pool) != names.folded(kind, username, pool):
        raise InvalidParameter(f"User {kind} should be empty or same as username, since username attribute is {kind}.")
    return {kind: username, **told}


async def refuse_taken(pool: Pool, user: User, call: Call) -> None:
    """Raises UsernameExists where one of the new user's names leads to somebody already."""
    wanted = attributes.names_of(pool, user)
    kind = await call.store.read(people.taken, pool.id, wanted)
    if kind is not None:
        raise already(kind, pool)


def already(kind: str, pool: Pool) -> UsernameExists:
    return UsernameExists("" if kind == "username" else names.taken(kind, pool))


async def _checked(asked: Application, who: Visitor, call: Call) -> Texts:
    """Everything that is refused before the function runs. Gives the attributes."""
    pool, client = who.pool, who.client
    config = pool.settings.admin_create_user_config
    if config is not None and config.allow_admin_create_user_only:
        raise NotAuthorized("SignUp is not permitted for this user pool")
    told = with_username(pool, asked.username, asked.attributes)
    if PREFERRED in pool.alias_attributes and told.get(PREFERRED):
        raise InvalidParameter(UNCONFIRMED_ALIAS)
    if asked.password or not pool.passwordless:
        password_policy.check(pool.password_policy, asked.password)
        await protection.check_new_password(protection.SIGN_UP, asked.password, pool, client, call)
    rules.check_new(pool.schema, told)
    rules.check_client_writes(client.settings.write_attributes, asked.attributes)
    await refuse_taken(pool, new_user(pool, asked.username, told, call), call)
    return told


async def _pre_sign_up(asked: Application, who: Visitor, user: User, call: Call) -> PreSignUpResponse:
    return await call.triggers.fire(
        PRE_SIGN_UP,
        "SignUp",
        occasion(call, who.pool, user.username, who.client.id),
        PreSignUpRequest(
            user_attributes=dict(user.attributes),
            validation_data=asked.validation,
            client_metadata=UNSET if asked.metadata is None else asked.metadata,
        ),
    )


def marked(given: Mapping[str, str], flags: PreSignUpResponse, semantics: Semantics) -> dict[str, str]:
    """The attributes as the function's flags mark them. Raises InvalidLambdaResponse (C-31, C-32)."""
    verify = {"email": bool(flags.auto_verify_email), "phone_number": bool(flags.auto_verify_phone)}
    if any(verify.values()) and not flags.auto_confirm_user and semantics is Semantics.AWS:
        raise InvalidLambdaResponse("Phone or email cannot be auto verified, when user is not being auto confirmed.")
    told = dict(given)
    for kind, usable in (("email", rules.is_email), ("phone_number", rules.is_phone)):
        if told.get(kind):
            told[f"{kind}_verified"] = "false"
        if verify[kind]:
            if not usable(told.get(kind, "")):
                raise InvalidLambdaResponse(f"The user has no {kind} that could be auto verified.")
            told[f"{kind}_verified"] = "true"
    return told


def _flagged(pool: Pool, user: User, flags: PreSignUpResponse, call: Call) -> User:
    """The user as the function's flags make it. Raises what `marked` raises."""
    told = marked(user.attributes, flags, pool.semantics(call.desk.semantics))
    status = Status.CONFIRMED if flags.auto_confirm_user else Status.UNCONFIRMED
    return replace(user, attributes=told, status=status)


def _due(pool: Pool, user: User, call: Call) -> Fresh | None:
    """The code that is due: the user has to be confirmed, and the pool verifies something that they have."""
    attribute = delivery.to_confirm(pool, user)
    if user.status is Status.CONFIRMED or attribute is None:
        return None
    return codes.fresh(user.sub, Purpose.SIGN_UP, attribute, user.attributes[attribute], call)


async def _created(pool: Pool, user: User, due: Fresh | None, call: Call) -> None:
    """Auto-verified aliases move from their former owner (T-136). Raises UsernameExists, for it may be taken by now."""
    try:
        await call.store.write(people.create, pool, user, due.kept if due else None, move=True)
    except AliasExists as fault:
        raise UsernameExists(fault.sentence) from fault
