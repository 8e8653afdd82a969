"""Sign-in: the four operations on top of the one table. Published types in, published types out."""

from typing import TypeVar

from keydesk.api.operation import operation
from keydesk.domain.token import Tokens
from keydesk.errors import InvalidParameter
from keydesk.flows import refresh, sign_in
from keydesk.flows.call import Call
from keydesk.flows.sign_in import Outcome
from keydesk.shapes.types import (
    AdminInitiateAuthRequest,
    AdminInitiateAuthResponse,
    AdminRespondToAuthChallengeRequest,
    AdminRespondToAuthChallengeResponse,
    AuthenticationResultType,
    InitiateAuthRequest,
    InitiateAuthResponse,
    NewDeviceMetadataType,
    RespondToAuthChallengeRequest,
    RespondToAuthChallengeResponse,
)

Reply = TypeVar(
    "Reply",
    InitiateAuthResponse,
    AdminInitiateAuthResponse,
    RespondToAuthChallengeResponse,
    AdminRespondToAuthChallengeResponse,
)

REFRESH = frozenset({"REFRESH_TOKEN_AUTH", "REFRESH_TOKEN"})
EITHER = frozenset({"USER_SRP_AUTH", "CUSTOM_AUTH", "USER_AUTH"}) | REFRESH
PUBLIC = frozenset({"USER_PASSWORD_AUTH"}) | EITHER
ADMIN = frozenset({"ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"}) | EITHER


@operation("InitiateAuth")
async def initiate_auth(call: Call, ask: InitiateAuthRequest) -> InitiateAuthResponse:
    said = ask.auth_parameters or {}
    if ask.auth_flow not in PUBLIC:
        raise InvalidParameter("Initiate Auth method not supported.")
    if ask.auth_flow in REFRESH:
        return reply(await refresh.by_auth_flow(ask.client_id, said, call), InitiateAuthResponse)
    call.trail.context = ask.user_context_data
    outcome = await sign_in.begin(ask.auth_flow, ask.client_id, said, ask.client_metadata, call, session=ask.session)
    return reply(outcome, InitiateAuthResponse)


@operation("AdminInitiateAuth")
async def admin_initiate_auth(call: Call, ask: AdminInitiateAuthRequest) -> AdminInitiateAuthResponse:
    said = ask.auth_parameters or {}
    if ask.auth_flow not in ADMIN:
        raise InvalidParameter("Initiate Auth method not supported.")
    if ask.auth_flow in REFRESH:
        made = await refresh.by_auth_flow(ask.client_id, said, call, pool=ask.user_pool_id)
        return reply(made, AdminInitiateAuthResponse)
    call.trail.context = ask.context_data
    outcome = await sign_in.begin(
        ask.auth_flow, ask.client_id, said, ask.client_metadata, call, pool=ask.user_pool_id, session=ask.session
    )
    return reply(outcome, AdminInitiateAuthResponse)


@operation("RespondToAuthChallenge")
async def respond_to_auth_challenge(call: Call, ask: RespondToAuthChallengeRequest) -> RespondToAuthChallengeResponse:
    call.trail.context = ask.user_context_data
    outcome = await sign_in.answer(
        ask.challenge_name,
        ask.client_id,
        ask.challenge_responses or {},
        ask.client_metadata,
        call,
        session=ask.session,
    )
    return reply(outcome, RespondToAuthChallengeResponse)


@operation("AdminRespondToAuthChallenge")
async def admin_respond_to_auth_challenge(
    call: Call, ask: AdminRespondToAuthChallengeRequest
) -> AdminRespondToAuthChallengeResponse:
    call.trail.context = ask.context_data
    outcome = await sign_in.answer(
        ask.challenge_name,
        ask.client_id,
        ask.challenge_responses or {},
        ask.client_metadata,
        call,
        session=ask.session,
        pool=ask.user_pool_id,
    )
    return reply(outcome, AdminRespondToAuthChallengeResponse)


def reply(outcome: Outcome, kind: type[Reply]) -> Reply:
    """Tokens or a challenge, in the form of any of the four operations."""
    if isinstance(outcome, Tokens):
        return kind(challenge_parameters={}, authentication_result=authentication_result(outcome))
    challenge, session = outcome
    return kind(
        challenge_name=challenge.name,
        session=session,
        challenge_parameters=challenge.parameters,
        available_challenges=list(challenge.available) or None,
    )


def authentication_result(tokens: Tokens) -> AuthenticationResultType:
    """The tokens as clients read them (T-065)."""
    return AuthenticationResultType(
        access_token=tokens.access,
        expires_in=tokens.seconds,
        token_type="Bearer",
        refresh_token=tokens.refresh or None,
        id_token=tokens.id,
        new_device_metadata=_new_device(tokens),
    )


def _new_device(tokens: Tokens) -> NewDeviceMetadataType | None:
    new = tokens.new_device
    return NewDeviceMetadataType(device_key=new.key, device_group_key=new.group) if new else None
