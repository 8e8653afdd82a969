"""Threat protection: the published types of its operations."""

from keydesk.api.operation import operation
from keydesk.domain.auth_event import AuthEvent
from keydesk.flows import auth_events, paging, risk_configuration
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    AdminListUserAuthEventsRequest,
    AdminListUserAuthEventsResponse,
    AdminUpdateAuthEventFeedbackRequest,
    AdminUpdateAuthEventFeedbackResponse,
    AuthEventType,
    ChallengeResponseType,
    DescribeRiskConfigurationRequest,
    DescribeRiskConfigurationResponse,
    EventContextDataType,
    EventFeedbackType,
    EventRiskType,
    SetRiskConfigurationRequest,
    SetRiskConfigurationResponse,
    UpdateAuthEventFeedbackRequest,
    UpdateAuthEventFeedbackResponse,
)


@operation("SetRiskConfiguration")
async def set_risk_configuration(call: Call, ask: SetRiskConfigurationRequest) -> SetRiskConfigurationResponse:
    return SetRiskConfigurationResponse(risk_configuration=await risk_configuration.configure(ask, call))


@operation("DescribeRiskConfiguration")
async def describe_risk_configuration(
    call: Call, ask: DescribeRiskConfigurationRequest
) -> DescribeRiskConfigurationResponse:
    said = await risk_configuration.described(ask.user_pool_id, ask.client_id, call)
    return DescribeRiskConfigurationResponse(risk_configuration=said)


@operation("AdminListUserAuthEvents")
async def admin_list_user_auth_events(
    call: Call, ask: AdminListUserAuthEventsRequest
) -> AdminListUserAuthEventsResponse:
    limit = paging.size(ask.max_results)
    found, token = await auth_events.page(ask.user_pool_id, ask.username, ask.next_token, limit, call)
    return AdminListUserAuthEventsResponse(auth_events=[_shown(event) for event in found], next_token=token)


@operation("AdminUpdateAuthEventFeedback")
async def admin_update_auth_event_feedback(
    call: Call, ask: AdminUpdateAuthEventFeedbackRequest
) -> AdminUpdateAuthEventFeedbackResponse:
    await auth_events.judge(ask.user_pool_id, ask.username, ask.event_id, ask.feedback_value, call)
    return AdminUpdateAuthEventFeedbackResponse()


@operation("UpdateAuthEventFeedback")
async def update_auth_event_feedback(
    call: Call, ask: UpdateAuthEventFeedbackRequest
) -> UpdateAuthEventFeedbackResponse:
    await auth_events.judge_own(
        ask.user_pool_id, ask.username, ask.event_id, ask.feedback_value, call, token=ask.feedback_token
    )
    return UpdateAuthEventFeedbackResponse()


def _shown(event: AuthEvent) -> AuthEventType:
    """City and country are left out: where an address is on the map is not known here."""
    context, said = event.context, event.feedback
    return AuthEventType(
        event_id=event.id,
        event_type=event.kind.value,
        creation_date=event.at / 1000,
        event_response=event.response.value,
        event_risk=EventRiskType(
            risk_decision=event.decision.value,
            risk_level=event.level or None,
            compromised_credentials_detected=event.compromised,
        ),
        challenge_responses=[
            ChallengeResponseType(challenge_name=one.name, challenge_response="Success" if one.right else "Failure")
            for one in event.answered
        ],
        event_context_data=EventContextDataType(
            ip_address=context.address or None, device_name=context.device_name, timezone=context.timezone or None
        ),
        event_feedback=EventFeedbackType(
            feedback_value=said.value, provider=said.provider, feedback_date=said.at / 1000
        )
        if said
        else None,
    )
