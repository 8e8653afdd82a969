"""New ID and access tokens from a refresh token, and the end of a session."""

from typing import Final

from keydesk.crypto.seal import same, token_digest
from keydesk.domain.secret_hash import Where
from keydesk.domain.secret_hash import check as check_secret_hash
from keydesk.domain.sign_in import Said
from keydesk.domain.token import Tokens
from keydesk.errors import (
    InvalidParameter,
    NotAuthorized,
    ResourceNotFound,
    UnauthorizedClient,
    UnsupportedOperation,
    UnsupportedTokenType,
)
from keydesk.flows import tokens
from keydesk.flows.bearer import bearer
from keydesk.flows.call import Call
from keydesk.flows.credentials import client_secrets, proves
from keydesk.store import clients, sessions, sign_ins
from keydesk.store.sign_ins import Held
from keydesk.triggers.catalog import PRE_TOKEN_GENERATION
from keydesk.triggers.fire import sets

INVALID: Final = "Invalid Refresh Token"


async def by_auth_flow(client_id: str, said: Said, call: Call, pool: str = "") -> Tokens:
    """InitiateAuth with REFRESH_TOKEN_AUTH: no authentication trigger runs, only pre token generation (section 6.2).

    `pool` is named by administrators only, and must be the token's.
    """
    refresh = said.get("REFRESH_TOKEN")
    if not refresh:
        raise InvalidParameter("Missing required parameter REFRESH_TOKEN")
    held = await _held(refresh, client_id, call)
    if pool and (held.pool.id, held.pool.region) != (pool, call.region):
        raise NotAuthorized(INVALID)
    if "ALLOW_REFRESH_TOKEN_AUTH" not in held.client.flows:
        raise InvalidParameter("Auth flow not enabled for this client")
    secrets = client_secrets(held.client, call)
    names = (held.user.username, held.user.sub, said.get("USERNAME", held.user.username))
    # Old SDKs send the bare secret beside a refresh token.
    sent = said.get("SECRET_HASH", "").encode("utf-8", "surrogatepass")
    if not any([same(sent, secret.encode()) for secret in secrets]):
        check_secret_hash(held.client.id, secrets, names, said.get("SECRET_HASH"), Where.REFRESH)
    return await _again(held, None, call)


async def by_secret(refresh: str, client_id: str, secret: str | None, metadata: Said | None, call: Call) -> Tokens:
    """GetTokensFromRefreshToken: the client proves itself by its secret."""
    held = await _held(refresh, client_id, call)
    if not proves(held.client, secret, call):
        raise NotAuthorized(f"Unable to verify secret for client {held.client.id}")
    return await _again(held, metadata, call)


async def revoke(refresh: str, client_id: str, secret: str | None, call: Call) -> None:
    """RevokeToken: the session of this refresh token ends, and every access token made in it (TK-06).

    An unknown token is no error (RFC 7009, section 2.2).
    """
    if refresh.count(".") == 2:
        raise UnsupportedTokenType
    client = await call.store.read(clients.named, client_id)
    if client is None:
        raise ResourceNotFound(f"User pool client {client_id} does not exist.")
    if not client.revokes:
        raise UnsupportedOperation("Token revocation is not enabled for this client.")
    if not proves(client, secret, call):
        raise UnauthorizedClient("Invalid client secret.")
    held = await call.store.glance(sign_ins.refresh, token_digest(refresh))
    if held is not None and held.client.id == client.id:
        await call.store.write(sessions.revoke, held.session.id)


async def sign_out(access_token: str, call: Call) -> None:
    """GlobalSignOut: every session of the user ends (TK-07)."""
    holder = await bearer(access_token, call)
    await call.store.write(sessions.revoke_all, holder.user.sub, call.now())


async def _held(refresh: str, client_id: str, call: Call) -> Held:
    return await _held_by(token_digest(refresh), client_id, call)


async def _held_by(digest: bytes, client_id: str, call: Call) -> Held:
    held = await call.store.glance(sign_ins.refresh, digest)
    if held is None or held.client.id != client_id:
        raise NotAuthorized(INVALID)
    tokens.alive(held.session, held.user, call.now())
    return held


async def _again(held: Held, metadata: Said | None, call: Call) -> Tokens:
    grant = tokens.Grant(held.pool, held.client, held.user, held.session)
    made = await tokens.claims(grant, "RefreshTokens", metadata, call)
    if sets(held.pool, PRE_TOKEN_GENERATION):  # a session that ended while a function ran gets nothing new
        await _held_by(held.session.refresh, held.client.id, call)
    return await tokens.signed(made, grant, "", call)
