"""Tokens after the sign-in: made again, revoked; and the tokens of clients themselves."""

from keydesk.api.operation import operation
from keydesk.api.sign_in import authentication_result
from keydesk.errors import InvalidParameter
from keydesk.flows import client_token, refresh, token_exchange
from keydesk.flows.call import Call
from keydesk.flows.token_exchange import Exchange, Shown
from keydesk.shapes.types import (
    ClientAuthenticationResultType,
    GetClientTokenRequest,
    GetClientTokenResponse,
    GetDerivedTokenRequest,
    GetDerivedTokenResponse,
    GetTokensFromRefreshTokenRequest,
    GetTokensFromRefreshTokenResponse,
    GlobalSignOutRequest,
    GlobalSignOutResponse,
    RevokeTokenRequest,
    RevokeTokenResponse,
)


@operation("GetTokensFromRefreshToken")
async def get_tokens_from_refresh_token(
    call: Call, ask: GetTokensFromRefreshTokenRequest
) -> GetTokensFromRefreshTokenResponse:
    made = await refresh.by_secret(ask, call)
    return GetTokensFromRefreshTokenResponse(authentication_result=authentication_result(made))


@operation("GetClientToken")
async def get_client_token(call: Call, ask: GetClientTokenRequest) -> GetClientTokenResponse:
    made = await client_token.issue(ask.client_id, ask.secret, ask.scopes, ask.client_metadata, call)
    told = ClientAuthenticationResultType(access_token=made.access, expires_in=made.seconds, token_type="Bearer")
    return GetClientTokenResponse(client_authentication_result=told)


@operation("GetDerivedToken")
async def get_derived_token(call: Call, ask: GetDerivedTokenRequest) -> GetDerivedTokenResponse:
    wanted = ask.requested_token_type or "ACCESS_TOKEN"
    if ask.audiences and ask.resources:
        raise InvalidParameter("Only one of Audiences and Resources can be requested.")
    asked = Exchange(
        client_id=ask.client_id,
        secret=ask.client_secret,
        subject=Shown(ask.subject_token, ask.subject_token_type, ask.subject_token_provider_name),
        actor=_actor(ask),
        scopes=ask.scopes,
        audience=next(iter(ask.audiences or ask.resources or ()), ""),
        resource=bool(ask.resources),
        wanted=wanted,
    )
    made = await token_exchange.exchange(asked, call)
    return GetDerivedTokenResponse(
        issued_token=made.token,
        issued_token_type=wanted,
        token_type="Bearer" if wanted == "ACCESS_TOKEN" else "N_A",
        expires_in=made.seconds,
        scopes=made.scopes,
    )


def _actor(ask: GetDerivedTokenRequest) -> Shown | None:
    said = (ask.actor_token, ask.actor_token_type, ask.actor_token_provider_name)
    if said == (None, None, None):
        return None
    if ask.actor_token is None or ask.actor_token_type is None:
        raise InvalidParameter("ActorToken and ActorTokenType must be given together.")
    return Shown(ask.actor_token, ask.actor_token_type, ask.actor_token_provider_name)


@operation("RevokeToken")
async def revoke_token(call: Call, ask: RevokeTokenRequest) -> RevokeTokenResponse:
    await refresh.revoke(ask.token, ask.client_id, ask.client_secret, call)
    return RevokeTokenResponse()


@operation("GlobalSignOut")
async def global_sign_out(call: Call, ask: GlobalSignOutRequest) -> GlobalSignOutResponse:
    await refresh.sign_out(ask.access_token, call)
    return GlobalSignOutResponse()
