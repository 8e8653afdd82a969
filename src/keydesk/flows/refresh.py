"""New ID and access tokens from a refresh token, and the end of a session."""

import dataclasses
from dataclasses import dataclass
from typing import Final, NoReturn

import structlog
from msgspec.structs import replace

from keydesk.crypto.seal import same, token_digest
from keydesk.crypto.tokens import as_token
from keydesk.domain.client import Client
from keydesk.domain.device import tracks
from keydesk.domain.secret_hash import Where
from keydesk.domain.secret_hash import check as check_secret_hash
from keydesk.domain.sign_in import Said
from keydesk.domain.token import Tokens
from keydesk.errors import (
    InvalidParameter,
    NotAuthorized,
    RefreshTokenReuse,
    UnauthorizedClient,
    UnsupportedOperation,
    UnsupportedTokenType,
)
from keydesk.flows import tokens
from keydesk.flows.bearer import bearer
from keydesk.flows.call import Call
from keydesk.flows.clients import missing
from keydesk.flows.credentials import client_secrets, proves
from keydesk.shapes.types import GetTokensFromRefreshTokenRequest
from keydesk.store import clients, devices, rotation, sessions, sign_ins
from keydesk.store.rotation import Turn
from keydesk.store.sign_ins import Held
from keydesk.triggers.catalog import PRE_TOKEN_GENERATION
from keydesk.triggers.fire import sets

log = structlog.get_logger("keydesk.tokens")

INVALID: Final = "Invalid Refresh Token"
_MOST_TURNS: Final = 1000  # of one token within its grace


@dataclass(frozen=True, slots=True)
class Used:
    """A refresh token as somebody uses it, and its session. `until` is the end of its grace; None: it was not spent."""

    token: str
    held: Held
    until: int | None = None


async def by_auth_flow(client_id: str, said: Said, call: Call, pool: str = "") -> Tokens:
    """InitiateAuth with REFRESH_TOKEN_AUTH: no authentication trigger runs, only pre token generation (section 6.2).

    `pool` is named by administrators only, and must be the token's.
    """
    refresh = said.get("REFRESH_TOKEN")
    if not refresh:
        raise InvalidParameter("Missing required parameter REFRESH_TOKEN")
    used = await _used(refresh, client_id, call, pool)
    held = used.held
    if "ALLOW_REFRESH_TOKEN_AUTH" not in held.client.flows:
        raise InvalidParameter("Auth flow not enabled for this client")
    secrets = client_secrets(held.client, call)
    names = (held.user.username, held.user.sub, said.get("USERNAME", held.user.username))
    # Old SDKs send the bare secret beside a refresh token.
    sent = said.get("SECRET_HASH", "").encode("utf-8", "surrogatepass")
    if not any([same(sent, secret.encode()) for secret in secrets]):
        check_secret_hash(held.client.id, secrets, names, said.get("SECRET_HASH"), Where.REFRESH)
    await _check_device(held, said.get("DEVICE_KEY"), call)
    return await _again(used, None, call)


async def by_secret(said: GetTokensFromRefreshTokenRequest, call: Call) -> Tokens:
    """GetTokensFromRefreshToken: the client proves itself by its secret."""
    used = await _used(said.refresh_token, said.client_id, call)
    if not proves(used.held.client, said.client_secret, call):
        raise NotAuthorized(f"Unable to verify secret for client {said.client_id}")
    await _check_device(used.held, said.device_key, call)
    return await _again(used, said.client_metadata, call)


async def revoke(refresh: str, client_id: str, secret: str | None, call: Call) -> None:
    """RevokeToken: the session of this refresh token ends, and every access token made in it (TK-06).

    A token that gave way to a newer one counts as well. An unknown one is no error (RFC 7009, section 2.2).
    """
    if refresh.count(".") == 2:
        raise UnsupportedTokenType
    client = await _client(client_id, call)
    if not client.revokes:
        raise UnsupportedOperation("Token revocation is not enabled for this client.")
    if not proves(client, secret, call):
        raise UnauthorizedClient("Invalid client secret.")
    used = await _found(refresh, client_id, call)
    if used is not None and used.held.client.id == client.id:
        call.about(used.held.user)
        await call.store.write(sessions.revoke, client.pool, used.held.session.id)


async def sign_out(access_token: str, call: Call) -> None:
    """GlobalSignOut: every session of the user ends (TK-07)."""
    holder = await bearer(access_token, call)
    await call.store.write(sessions.revoke_all, holder.user.key, call.now())


async def _used(refresh: str, client_id: str, call: Call, pool: str = "") -> Used:
    """The token's session, of this very client, which must be one of `pool` where an administrator names it.

    Whether it may be used still is `_again`'s to see. Raises NotAuthorized; ResourceNotFound where there is no client.
    """
    used = await _found(refresh, client_id, call)
    if used is None or used.held.client.id != client_id:
        await _client(client_id, call, pool)
        raise NotAuthorized(INVALID)
    held = used.held
    if pool and (held.pool.id, held.pool.region) != (pool, call.region):
        raise missing(client_id)
    call.about(held.user, held.pool, client_id)
    return used


async def _client(client_id: str, call: Call, pool: str = "") -> Client:
    """The client, of `pool` where that is said. Raises ResourceNotFound."""
    client = await call.store.read(clients.named, client_id)
    if client is None or pool not in ("", client.pool):
        raise missing(client_id)
    return client


async def _found(refresh: str, client_id: str, call: Call) -> Used | None:
    digest = token_digest(refresh)
    held = await call.store.glance(sign_ins.refresh, client_id, digest)
    if held is not None:
        return Used(refresh, held)
    spent = await call.store.glance(rotation.spent, client_id, digest)
    return Used(refresh, *spent) if spent else None


async def _check_device(held: Held, said: str | None, call: Call) -> None:
    """Where the pool tracks devices, a refresh token is good on the device that it was given to, once the user has
    confirmed it, and no longer than it is known: https://repost.aws/knowledge-center/cognito-invalid-refresh-token-error
    """
    device = held.session.device
    if not (device and tracks(held.pool)):
        return
    if said != device or await call.store.glance(devices.named, held.user.key, device) is None:
        raise NotAuthorized(INVALID)


async def _again(used: Used, metadata: Said | None, call: Call) -> Tokens:
    """New tokens for who has proved to be the client. The function runs between the read and the write."""
    held = used.held
    if used.until is not None and used.until <= call.now():
        if not held.session.revoked:
            await call.store.write(sessions.revoke, held.pool.id, held.session.id)
        _reused(held)
    tokens.alive(held.session, held.user, call.now())
    grant = tokens.Grant(held.pool, held.client, held.user, held.session)
    made = await tokens.claims(grant, "RefreshTokens", metadata, call)
    if sets(held.pool, PRE_TOKEN_GENERATION):  # a session that ended while a function ran gets nothing new
        now_held = await call.store.glance(sign_ins.bearer, held.pool.id, held.session.id)
        if now_held is None:
            raise NotAuthorized(INVALID)
        tokens.alive(now_held.session, now_held.user, call.now())
    signed = await tokens.signed(made, grant, "", call)
    return dataclasses.replace(signed, refresh=await _next(used, call))


async def _next(used: Used, call: Call) -> str:
    """The refresh token that goes with the new tokens; empty where the old one goes on (TK-10).

    It follows from the one before, so that racing uses and retries within the grace are given the same. Who comes with
    a spent one is given the session's token as it stands.
    """
    held, now = used.held, call.now()
    changed = replace(held.session, **tokens.seen(held.pool, call))
    if used.until is not None or not held.client.rotates:
        if held.pool.tracking.enabled:
            await call.store.write(sessions.touch, changed)
        return "" if used.until is None else _follow(used.token, held.session.refresh, held, call)
    successor = _successor(used.token, held, call)
    changed.refresh = token_digest(successor)
    grace = held.client.grace_seconds * 1000
    turned = await call.store.write(rotation.turn, held.session.refresh, changed, grace=grace, now=now)
    if turned.turn is Turn.REUSED:
        _reused(held)
    if turned.turn is Turn.OVER:
        raise NotAuthorized("Refresh Token has been revoked")
    return _follow(used.token, turned.refresh, held, call)


def _follow(token: str, current: bytes, held: Held, call: Call) -> str:
    """The session's token as it stands, found from one that was spent within its grace."""
    for _ in range(_MOST_TURNS):
        token = _successor(token, held, call)
        if token_digest(token) == current:
            return token
    raise NotAuthorized(INVALID)


def _successor(token: str, held: Held, call: Call) -> str:
    return as_token(call.desk.sealer.successor(token, f"session:{held.session.id}"))


def _reused(held: Held) -> NoReturn:
    """One of two who hold the same token has stolen it; neither goes on (RFC 9700, section 4.14.2)."""
    log.warning("a spent refresh token was used: its session is over", pool=held.pool.id, client=held.client.id)
    raise RefreshTokenReuse
