"""Passwords: changed, forgotten, set and reset. The published types of the operations."""

from keydesk.api.attribute_lists import delivered
from keydesk.api.operation import operation
from keydesk.flows import admin_users, passwords, recovery
from keydesk.flows.bearer import bearer
from keydesk.flows.call import Call
from keydesk.flows.visitor import visitor
from keydesk.shapes.types import (
    AdminResetUserPasswordRequest,
    AdminResetUserPasswordResponse,
    AdminSetUserPasswordRequest,
    AdminSetUserPasswordResponse,
    ChangePasswordRequest,
    ChangePasswordResponse,
    ConfirmForgotPasswordRequest,
    ConfirmForgotPasswordResponse,
    ForgotPasswordRequest,
    ForgotPasswordResponse,
)


@operation("ChangePassword")
async def change_password(call: Call, ask: ChangePasswordRequest) -> ChangePasswordResponse:
    who = await bearer(ask.access_token, call)
    await passwords.change(who, ask.previous_password, ask.proposed_password, call)
    return ChangePasswordResponse()


@operation("ForgotPassword")
async def forgot_password(call: Call, ask: ForgotPasswordRequest) -> ForgotPasswordResponse:
    call.trail.context = ask.user_context_data
    who = await visitor(ask.client_id, ask.username, ask.secret_hash, call)
    sent = await recovery.forgot(who, ask.client_metadata, call)
    return ForgotPasswordResponse(code_delivery_details=delivered(sent))


@operation("ConfirmForgotPassword")
async def confirm_forgot_password(call: Call, ask: ConfirmForgotPasswordRequest) -> ConfirmForgotPasswordResponse:
    call.trail.context = ask.user_context_data
    who = await visitor(ask.client_id, ask.username, ask.secret_hash, call)
    await recovery.confirm(who, ask.confirmation_code, ask.password, ask.client_metadata, call)
    return ConfirmForgotPasswordResponse()


@operation("AdminSetUserPassword")
async def admin_set_user_password(call: Call, ask: AdminSetUserPasswordRequest) -> AdminSetUserPasswordResponse:
    pool, user = await admin_users.named(ask.user_pool_id, ask.username, call)
    await passwords.put(pool, user, ask.password, call, permanent=bool(ask.permanent))
    return AdminSetUserPasswordResponse()


@operation("AdminResetUserPassword")
async def admin_reset_user_password(call: Call, ask: AdminResetUserPasswordRequest) -> AdminResetUserPasswordResponse:
    pool, user = await admin_users.named(ask.user_pool_id, ask.username, call)
    await recovery.reset_by_admin(pool, user, ask.client_metadata, call)
    return AdminResetUserPasswordResponse()
