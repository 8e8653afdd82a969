"""Tokens: made at the end of a sign-in, made again from a refresh token, revoked.

Every access token carries the event id of its sign-in, which is the id of its session; what is revoked is the session.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import structlog
from msgspec import UNSET, UnsetType

from keydesk.crypto import jwt
from keydesk.crypto.ids import new_uuid
from keydesk.crypto.keys import SigningKey
from keydesk.crypto.seal import token_digest
from keydesk.crypto.tokens import new_token
from keydesk.domain import claims as rules
from keydesk.domain import identity
from keydesk.domain.attribute import readable
from keydesk.domain.claims import AnyOverride, Token
from keydesk.domain.client import Client
from keydesk.domain.pool import Pool
from keydesk.domain.session import Session
from keydesk.domain.sign_in import Said
from keydesk.domain.token import Claims, Tokens
from keydesk.domain.user import User
from keydesk.errors import InvalidParameter, NotAuthorized, UserDisabled
from keydesk.flows.bearer import USER_SCOPE
from keydesk.flows.call import Call, Desk
from keydesk.flows.occasion import occasion
from keydesk.triggers import event
from keydesk.triggers.catalog import PRE_TOKEN_GENERATION
from keydesk.triggers.fire import event_version, sets
from keydesk.triggers.payloads import GroupConfiguration, PreTokenRequest

log = structlog.get_logger("keydesk.tokens")

REFRESH_BYTES: Final = 48
AGENT_KEPT: Final = 512  # characters of a user agent
_TRUTHS: Final = frozenset({"email_verified", "phone_number_verified"})


@dataclass(frozen=True, slots=True)
class Grant:
    """For whom tokens are made, and in which session."""

    pool: Pool
    client: Client
    user: User
    session: Session


def new_session(event_id: str, pool: Pool, client: Client, user: User, call: Call) -> tuple[Session, str]:
    """A session that is not stored yet, and its refresh token: 384 random bits, kept as a digest only (TK-09)."""
    refresh, now = new_token(REFRESH_BYTES), call.now()
    session = Session(
        id=event_id,
        pool=pool.id,
        sub=user.sub,
        client=client.id,
        refresh=token_digest(refresh),
        origin=new_uuid(),
        created=now,
        expires=now + client.refresh_seconds * 1000,
        **seen(pool, call),
    )
    return session, refresh


def seen(pool: Pool, call: Call) -> dict[str, Any]:
    """What a session remembers of the call that gave tokens last; nothing where the pool does not track sessions."""
    return {"ip": call.ip, "agent": call.agent[:AGENT_KEPT], "active": call.now()} if pool.tracking.enabled else {}


async def claims(grant: Grant, source: str, metadata: Said | None, call: Call, *, made: Claims | None = None) -> Claims:
    """The claims of both tokens, as pre token generation leaves them. `source` is the suffix of its triggerSource.

    `made` are the claims before it, where they are not the usual ones.
    """
    made = made or standard(grant, call)
    pool, user = grant.pool, grant.user
    if not sets(pool, PRE_TOKEN_GENERATION):
        return made
    request = PreTokenRequest(
        user_attributes=event.attributes(pool, user),
        scopes=scopes_told(pool, made.access),
        group_configuration=GroupConfiguration(
            groups_to_override=list(user.groups),
            iam_roles_to_override=list(user.roles),
            preferred_role=user.preferred_role or None,
        ),
        client_metadata=UNSET if metadata is None else metadata,
    )
    answer = await call.triggers.fire(
        PRE_TOKEN_GENERATION, source, occasion(call, pool, user.username, grant.client.id), request
    )
    of_user = changed(Token.ID, made.id, answer.override, pool)
    return Claims(of_user, changed(Token.ACCESS, made.access, answer.override, pool))


def scopes_told(pool: Pool, access: dict[str, Any]) -> list[str] | UnsetType:
    """The `scopes` of a pre token generation event: those about to go into the access token. The first has none."""
    return UNSET if event_version(pool, PRE_TOKEN_GENERATION) == "1" else str(access.get("scope", "")).split()


async def overridden(made: Tokens, claimed: Claims, override: rules.Override, pool: Pool, call: Call) -> Tokens:
    """The tokens after post authentication's override: the ID token signed again, with its `jti`, `iat` and `exp`.

    The access and the refresh token stay as they are, to the byte (section 8.4, T-039 to T-046).
    """
    of_user = changed(Token.ID, claimed.id, override, pool)
    return replace(made, id=sign(of_user, await call.desk.keyring.signing(pool.id)))


async def signed(made: Claims, grant: Grant, refresh: str, call: Call) -> Tokens:
    """Both tokens signed by the pool's key. On the loop: a thread hop costs more than it would save."""
    key = await call.desk.keyring.signing(grant.pool.id)
    return Tokens(
        id=sign(made.id, key),
        access=sign(made.access, key),
        refresh=refresh,
        seconds=grant.client.access_seconds,
    )


def sign(claimed: dict[str, Any], key: SigningKey) -> str:
    """One token. Raises InvalidParameter for claims that no token can carry."""
    try:
        return jwt.sign(claimed, key)
    except jwt.ClaimsTooLarge:
        raise InvalidParameter("The token's claims are too large.") from None


def standard(grant: Grant, call: Call) -> Claims:
    """The ID and the access token's claims before any trigger (T-061, T-062)."""
    pool, client, user, session = grant.pool, grant.client, grant.user, grant.session
    now = call.now() // 1000
    both: dict[str, Any] = {"sub": user.sub, "iss": issuer_of(pool, call.desk)}
    if user.groups:
        both["cognito:groups"] = list(user.groups)
    if client.revokes:
        both["origin_jti"] = session.origin
    both |= {"event_id": session.id, "auth_time": session.created // 1000, "iat": now}
    of_user = both | _identity(user, client)
    of_user |= {"cognito:username": user.username, "aud": client.id, "token_use": "id"}
    of_user |= {"exp": now + client.id_seconds, "jti": new_uuid()}
    access = both | {"client_id": client.id, "token_use": "access", "scope": USER_SCOPE, "username": user.username}
    if session.device:
        access["device_key"] = session.device
    access |= {"exp": now + client.access_seconds, "jti": new_uuid()}
    return Claims(of_user, access)


def _identity(user: User, client: Client) -> dict[str, Any]:
    """The attributes that the client may read, with booleans as booleans; roles of the user's groups; identities."""
    told: dict[str, Any] = {}
    for name, value in readable(client.settings.read_attributes, user.attributes).items():
        told[name] = value == "true" if name in _TRUTHS else {"formatted": value} if name == "address" else value
    if user.roles:
        told["cognito:roles"] = list(user.roles)
    if user.preferred_role:
        told["cognito:preferred_role"] = user.preferred_role
    if user.identities:
        told[identity.ATTRIBUTE] = identity.claim(user.identities)
    return told


def issuer_of(pool: Pool, desk: Desk) -> str:
    """`iss` of the pool's tokens: the setting `issuer` as a template, else this server's address and the pool id."""
    template = desk.settings["issuer"] or desk.address + "/{pool}"
    return template.replace("{pool}", pool.id).replace("{region}", pool.region)


def changed(token: Token, claimed: dict[str, Any], override: AnyOverride | None, pool: Pool) -> dict[str, Any]:
    """One token's claims after an override. Touching a protected claim changes nothing, and is logged (section 8.1)."""
    left, dropped = rules.apply(token, claimed, override)
    if dropped:
        log.warning("protected claims left as they were", pool=pool.id, token=token.value, claims=list(dropped))
    return left


def alive(session: Session, user: User, now: int) -> None:
    """Raises NotAuthorized unless the session's refresh token may still be used."""
    if session.over(user.signed_out):
        raise NotAuthorized("Refresh Token has been revoked")
    if session.expires <= now:
        raise NotAuthorized("Refresh Token has expired")
    if not user.enabled:
        raise UserDisabled
