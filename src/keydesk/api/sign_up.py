"""Signing up, and confirming it: the published types of the operations."""

from keydesk.api.attribute_lists import delivered, given, mapped
from keydesk.api.operation import operation
from keydesk.domain.user import Status
from keydesk.flows import admin_users, confirmation, sign_up, signed_up
from keydesk.flows.call import Call
from keydesk.flows.confirmation import Confirmation
from keydesk.flows.sign_up import Application
from keydesk.flows.visitor import visitor
from keydesk.shapes.types import (
    AdminConfirmSignUpRequest,
    AdminConfirmSignUpResponse,
    ConfirmSignUpRequest,
    ConfirmSignUpResponse,
    ResendConfirmationCodeRequest,
    ResendConfirmationCodeResponse,
    SignUpRequest,
    SignUpResponse,
)


@operation("SignUp")
async def sign_up_user(call: Call, ask: SignUpRequest) -> SignUpResponse:
    call.trail.context = ask.user_context_data
    application = Application(
        client_id=ask.client_id,
        username=ask.username,
        password=ask.password or "",
        attributes=given(ask.user_attributes),
        secret_hash=ask.secret_hash,
        validation=mapped(ask.validation_data),
        metadata=ask.client_metadata,
    )
    user, delivery, session = await sign_up.sign_up(application, call)
    return SignUpResponse(
        user_confirmed=user.status is Status.CONFIRMED,
        user_sub=user.sub,
        code_delivery_details=delivered(delivery) if delivery else None,
        session=session,
    )


@operation("ConfirmSignUp")
async def confirm_sign_up(call: Call, ask: ConfirmSignUpRequest) -> ConfirmSignUpResponse:
    call.trail.context = ask.user_context_data
    who = await visitor(ask.client_id, ask.username, ask.secret_hash, call)
    said = Confirmation(ask.confirmation_code, bool(ask.force_alias_creation), ask.client_metadata)
    return ConfirmSignUpResponse(session=await signed_up.confirm(who, said, ask.session, call))


@operation("AdminConfirmSignUp")
async def admin_confirm_sign_up(call: Call, ask: AdminConfirmSignUpRequest) -> AdminConfirmSignUpResponse:
    pool, user = await admin_users.named(ask.user_pool_id, ask.username, call)
    await confirmation.confirm_by_admin(pool, user, ask.client_metadata, call)
    return AdminConfirmSignUpResponse()


@operation("ResendConfirmationCode")
async def resend_confirmation_code(call: Call, ask: ResendConfirmationCodeRequest) -> ResendConfirmationCodeResponse:
    call.trail.context = ask.user_context_data
    who = await visitor(ask.client_id, ask.username, ask.secret_hash, call)
    sent = await confirmation.resend(who, ask.client_metadata, call)
    return ResendConfirmationCodeResponse(code_delivery_details=delivered(sent))
