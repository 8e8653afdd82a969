"""Sessions of users: the published types of their operations."""

from keydesk.api.operation import operation
from keydesk.domain.client import Client
from keydesk.domain.pool import Pool, Tracking
from keydesk.domain.session import Session
from keydesk.domain.user_agent import device_type
from keydesk.flows import clients, pools, user_sessions
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    AdminListUserSessionsRequest,
    AdminListUserSessionsResponse,
    AdminRevokeUserSessionRequest,
    AdminRevokeUserSessionResponse,
    ClientSSOSessionConfigType,
    GetUserPoolClientSessionConfigurationRequest,
    GetUserPoolClientSessionConfigurationResponse,
    GetUserPoolSessionConfigurationRequest,
    GetUserPoolSessionConfigurationResponse,
    ListUserSessionsRequest,
    ListUserSessionsResponse,
    RevokeUserSessionRequest,
    RevokeUserSessionResponse,
    SessionDescriptionType,
    SetUserPoolClientSessionConfigurationRequest,
    SetUserPoolClientSessionConfigurationResponse,
    SetUserPoolSessionConfigurationRequest,
    SetUserPoolSessionConfigurationResponse,
    UserPoolTokenSessionConfigType,
)

SSO_MINUTES = 60  # of a client that was never told otherwise


@operation("SetUserPoolSessionConfiguration")
async def set_user_pool_session_configuration(
    call: Call, ask: SetUserPoolSessionConfigurationRequest
) -> SetUserPoolSessionConfigurationResponse:
    said = Tracking(enabled=ask.user_session_tracking == "ENABLED", most=ask.token_session.max_per_user)
    pool = await user_sessions.configure(ask.user_pool_id, said, call)
    told, limits = _tracking(pool)
    return SetUserPoolSessionConfigurationResponse(
        user_pool_id=pool.id, user_session_tracking=told, token_session=limits
    )


@operation("GetUserPoolSessionConfiguration")
async def get_user_pool_session_configuration(
    call: Call, ask: GetUserPoolSessionConfigurationRequest
) -> GetUserPoolSessionConfigurationResponse:
    pool = await pools.here(ask.user_pool_id, call)
    told, limits = _tracking(pool)
    return GetUserPoolSessionConfigurationResponse(
        user_pool_id=pool.id, user_session_tracking=told, token_session=limits
    )


@operation("SetUserPoolClientSessionConfiguration")
async def set_user_pool_client_session_configuration(
    call: Call, ask: SetUserPoolClientSessionConfigurationRequest
) -> SetUserPoolClientSessionConfigurationResponse:
    client = await user_sessions.configure_client(ask.user_pool_id, ask.client_id, ask.sso_session, call)
    return SetUserPoolClientSessionConfigurationResponse(
        user_pool_id=client.pool, client_id=client.id, sso_session=_sso(client)
    )


@operation("GetUserPoolClientSessionConfiguration")
async def get_user_pool_client_session_configuration(
    call: Call, ask: GetUserPoolClientSessionConfigurationRequest
) -> GetUserPoolClientSessionConfigurationResponse:
    client = await clients.here(ask.client_id, await pools.here(ask.user_pool_id, call), call)
    return GetUserPoolClientSessionConfigurationResponse(
        user_pool_id=client.pool, client_id=client.id, sso_session=_sso(client)
    )


@operation("ListUserSessions")
async def list_user_sessions(call: Call, ask: ListUserSessionsRequest) -> ListUserSessionsResponse:
    (found, token), current = await user_sessions.of_caller(ask.access_token, ask.next_token, call)
    return ListUserSessionsResponse(
        sessions=[_shown(session, current=session.id == current) for session in found], next_token=token
    )


@operation("AdminListUserSessions")
async def admin_list_user_sessions(call: Call, ask: AdminListUserSessionsRequest) -> AdminListUserSessionsResponse:
    found, token = await user_sessions.of_user(ask.user_pool_id, ask.username, ask.next_token, call)
    return AdminListUserSessionsResponse(sessions=[_shown(session) for session in found], next_token=token)


@operation("RevokeUserSession")
async def revoke_user_session(call: Call, ask: RevokeUserSessionRequest) -> RevokeUserSessionResponse:
    await user_sessions.end_own(ask.access_token, ask.session_id, call)
    return RevokeUserSessionResponse()


@operation("AdminRevokeUserSession")
async def admin_revoke_user_session(call: Call, ask: AdminRevokeUserSessionRequest) -> AdminRevokeUserSessionResponse:
    await user_sessions.end(ask.user_pool_id, ask.username, ask.session_id, call)
    return AdminRevokeUserSessionResponse()


def _tracking(pool: Pool) -> tuple[str, UserPoolTokenSessionConfigType]:
    limits = UserPoolTokenSessionConfigType(max_per_user=pool.tracking.most)
    return "ENABLED" if pool.tracking.enabled else "DISABLED", limits


def _sso(client: Client) -> ClientSSOSessionConfigType:
    return client.sso_session or ClientSSOSessionConfigType(max_validity_minutes=SSO_MINUTES)


def _shown(session: Session, *, current: bool = False) -> SessionDescriptionType:
    """What is known of it: one from before the pool tracked sessions has no address, and was active when it began."""
    return SessionDescriptionType(
        session_id=session.public_id,
        session_type="TOKEN",
        client_id=session.client,
        create_date=session.created / 1000,
        last_active_date=max(session.active, session.created) / 1000,
        device_type=device_type(session.agent),
        last_ip_address=session.ip or None,
        is_current_session=current,
    )
