"""What users do to themselves, by their access token. The published types of the operations."""

from keydesk.api.attribute_lists import by_sms, delivered, given, shown_to_client
from keydesk.api.operation import operation
from keydesk.flows import admin_users, attributes
from keydesk.flows.bearer import bearer
from keydesk.flows.call import Call
from keydesk.flows.factors import switched_on
from keydesk.shapes import types as shapes


@operation("GetUser")
async def get_user(call: Call, ask: shapes.GetUserRequest) -> shapes.GetUserResponse:
    who = await bearer(ask.access_token, call)
    return shapes.GetUserResponse(
        username=who.user.username,
        user_attributes=shown_to_client(who.user, who.client),
        mfa_options=by_sms(who.user),
        preferred_mfa_setting=who.user.preferred_factor or None,
        user_mfa_setting_list=switched_on(who.user) or None,
    )


@operation("UpdateUserAttributes")
async def update_user_attributes(
    call: Call, ask: shapes.UpdateUserAttributesRequest
) -> shapes.UpdateUserAttributesResponse:
    who = await bearer(ask.access_token, call)
    sent = await attributes.update(who, given(ask.user_attributes), ask.client_metadata, call)
    return shapes.UpdateUserAttributesResponse(code_delivery_details_list=[delivered(each) for each in sent])


@operation("DeleteUserAttributes")
async def delete_user_attributes(
    call: Call, ask: shapes.DeleteUserAttributesRequest
) -> shapes.DeleteUserAttributesResponse:
    await attributes.delete(await bearer(ask.access_token, call), ask.user_attribute_names, call)
    return shapes.DeleteUserAttributesResponse()


@operation("GetUserAttributeVerificationCode")
async def get_user_attribute_verification_code(
    call: Call, ask: shapes.GetUserAttributeVerificationCodeRequest
) -> shapes.GetUserAttributeVerificationCodeResponse:
    who = await bearer(ask.access_token, call)
    sent = await attributes.send_code(who, ask.attribute_name, ask.client_metadata, call)
    return shapes.GetUserAttributeVerificationCodeResponse(code_delivery_details=delivered(sent))


@operation("VerifyUserAttribute")
async def verify_user_attribute(
    call: Call, ask: shapes.VerifyUserAttributeRequest
) -> shapes.VerifyUserAttributeResponse:
    await attributes.verify(await bearer(ask.access_token, call), ask.attribute_name, ask.code, call)
    return shapes.VerifyUserAttributeResponse()


@operation("DeleteUser")
async def delete_user(call: Call, ask: shapes.DeleteUserRequest) -> shapes.DeleteUserResponse:
    await admin_users.delete((await bearer(ask.access_token, call)).user, call)
    return shapes.DeleteUserResponse()
