"""An access token for a client itself (client credentials, RFC 6749 section 4.4): no user, no session, nothing is kept.

Surprises: standard scopes are for users, so a machine never gets one, but those of resource servers; and of pre token
generation the third version alone runs for it.
"""

import uuid
from dataclasses import dataclass
from typing import Any, Final

from keydesk.domain.claims import Token
from keydesk.domain.client import Client
from keydesk.domain.pool import Pool
from keydesk.domain.sign_in import Said
from keydesk.errors import (
    InvalidLambdaResponse,
    InvalidParameter,
    NotAuthorized,
    UnexpectedLambda,
    UserLambdaValidation,
)
from keydesk.flows import tokens
from keydesk.flows.call import Call
from keydesk.flows.client_rules import SCOPES as STANDARD_SCOPES
from keydesk.flows.clients import missing
from keydesk.flows.credentials import proves
from keydesk.flows.occasion import occasion
from keydesk.store import clients, pools, resource_servers
from keydesk.triggers.catalog import PRE_TOKEN_GENERATION
from keydesk.triggers.fire import event_version, sets
from keydesk.triggers.payloads import GroupConfiguration, PreTokenRequest

MACHINES: Final = "3"  # the event version from which on pre token generation runs for machines


@dataclass(frozen=True, slots=True)
class ClientToken:
    """The token, and how long it lasts."""

    access: str
    seconds: int


async def issue(
    client_id: str, secret: str, scopes: list[str] | None, metadata: Said | None, call: Call
) -> ClientToken:
    """GetClientToken. Without `scopes` the token gets all that the client may have.

    Raises ResourceNotFound, NotAuthorized for a wrong secret, a closed flow or a function that says no, and
    InvalidParameter for a scope that the client may not have.
    """
    client = await call.store.glance(clients.named, client_id)
    pool = await call.store.glance(pools.named, client.pool) if client else None
    if client is None or pool is None:
        raise missing(client_id)
    if not client.secrets or not proves(client, secret, call):
        raise NotAuthorized(f"Unable to verify secret for client {client.id}")
    if not _is_machine(client):
        raise NotAuthorized(f"The client_credentials flow is not enabled for client {client.id}")
    granted = await _granted(client, scopes, call)
    claimed = await _claims(_standard(client, pool, granted, call), pool, metadata, call)
    key = await call.desk.keyring.signing(pool.id)
    return ClientToken(tokens.sign(claimed, key), client.access_seconds)


def _is_machine(client: Client) -> bool:
    settings = client.settings
    allowed = settings.allowed_oauth_flows_user_pool_client and settings.allowed_oauth_flows
    return "client_credentials" in (allowed or ())


async def _granted(client: Client, asked: list[str] | None, call: Call) -> list[str]:
    """The scopes of the token: those asked for, else all custom ones that there are still. Raises InvalidParameter."""
    own = [scope for scope in client.settings.allowed_oauth_scopes or () if scope not in STANDARD_SCOPES]
    if own:
        there = await call.store.read(resource_servers.scopes, client.pool)
        own = [scope for scope in own if scope in there]
    for scope in asked or ():
        if scope not in own:
            raise InvalidParameter(f"Invalid scope requested: {scope}")
    return list(dict.fromkeys(asked or own))


def _standard(client: Client, pool: Pool, scopes: list[str], call: Call) -> dict[str, Any]:
    """The claims before any trigger: the client stands where a user would."""
    now = call.now() // 1000
    claimed: dict[str, Any] = {"sub": client.id, "token_use": "access"}
    if scopes:
        claimed["scope"] = " ".join(scopes)
    claimed |= {"auth_time": now, "iss": tokens.issuer_of(pool, call.desk), "exp": now + client.access_seconds}
    return claimed | {"iat": now, "version": 2, "jti": str(uuid.uuid4()), "client_id": client.id}


async def _claims(made: dict[str, Any], pool: Pool, metadata: Said | None, call: Call) -> dict[str, Any]:
    """The claims as pre token generation leaves them.

    The operation's model knows none of the Lambda exceptions: their words come as NotAuthorized.
    """
    if not sets(pool, PRE_TOKEN_GENERATION) or event_version(pool, PRE_TOKEN_GENERATION) != MACHINES:
        return made
    request = PreTokenRequest(user_attributes={}, group_configuration=GroupConfiguration())
    request.scopes = tokens.scopes_told(pool, made)
    if metadata is not None:
        request.client_metadata = metadata
    where = occasion(call, pool, made["client_id"], made["client_id"])
    try:
        answer = await call.triggers.fire(PRE_TOKEN_GENERATION, "ClientCredentials", where, request)
    except (UserLambdaValidation, UnexpectedLambda, InvalidLambdaResponse) as refusal:
        raise NotAuthorized(refusal.sentence, detail=refusal.code) from refusal
    return tokens.changed(Token.ACCESS, made, answer.override, pool)
