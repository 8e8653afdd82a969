"""Tokens after the sign-in: made again, revoked; and the tokens of clients themselves."""

from keydesk.api.operation import operation
from keydesk.api.sign_in import authentication_result
from keydesk.flows import client_token, refresh
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    ClientAuthenticationResultType,
    GetClientTokenRequest,
    GetClientTokenResponse,
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
    made = await refresh.by_secret(ask.refresh_token, ask.client_id, ask.client_secret, ask.client_metadata, call)
    return GetTokensFromRefreshTokenResponse(authentication_result=authentication_result(made))


@operation("GetClientToken")
async def get_client_token(call: Call, ask: GetClientTokenRequest) -> GetClientTokenResponse:
    made = await client_token.issue(ask.client_id, ask.secret, ask.scopes, ask.client_metadata, call)
    told = ClientAuthenticationResultType(access_token=made.access, expires_in=made.seconds, token_type="Bearer")
    return GetClientTokenResponse(client_authentication_result=told)


@operation("RevokeToken")
async def revoke_token(call: Call, ask: RevokeTokenRequest) -> RevokeTokenResponse:
    await refresh.revoke(ask.token, ask.client_id, ask.client_secret, call)
    return RevokeTokenResponse()


@operation("GlobalSignOut")
async def global_sign_out(call: Call, ask: GlobalSignOutRequest) -> GlobalSignOutResponse:
    await refresh.sign_out(ask.access_token, call)
    return GlobalSignOutResponse()
