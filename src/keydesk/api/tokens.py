"""Tokens after the sign-in: made again, revoked."""

from keydesk.api.operation import operation
from keydesk.api.sign_in import authentication_result
from keydesk.flows import refresh
from keydesk.flows.call import Call
from keydesk.shapes.types import (
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


@operation("RevokeToken")
async def revoke_token(call: Call, ask: RevokeTokenRequest) -> RevokeTokenResponse:
    await refresh.revoke(ask.token, ask.client_id, ask.client_secret, call)
    return RevokeTokenResponse()


@operation("GlobalSignOut")
async def global_sign_out(call: Call, ask: GlobalSignOutRequest) -> GlobalSignOutResponse:
    await refresh.sign_out(ask.access_token, call)
    return GlobalSignOutResponse()
