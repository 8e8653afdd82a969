"""Users, as administrators see and change them. The published types of the operations."""

from keydesk.api.attribute_lists import by_sms, described, given, mapped, seconds, shown
from keydesk.api.operation import operation
from keydesk.flows import admin_users, attributes, listing, paging, pools
from keydesk.flows.admin_users import Invitation, named
from keydesk.flows.call import Call
from keydesk.flows.factors import switched_on
from keydesk.messages.message import Medium
from keydesk.shapes import types as shapes


@operation("AdminCreateUser")
async def admin_create_user(call: Call, ask: shapes.AdminCreateUserRequest) -> shapes.AdminCreateUserResponse:
    mediums = ask.desired_delivery_mediums
    asked = Invitation(
        username=ask.username,
        attributes=given(ask.user_attributes),
        password=ask.temporary_password,
        mediums=None if mediums is None else tuple(map(Medium, mediums)),
        suppress=ask.message_action == "SUPPRESS",
        force=bool(ask.force_alias_creation),
        validation=mapped(ask.validation_data),
        metadata=ask.client_metadata,
    )
    act = admin_users.invite_again if ask.message_action == "RESEND" else admin_users.create
    return shapes.AdminCreateUserResponse(user=described(await act(ask.user_pool_id, asked, call)))


@operation("AdminGetUser")
async def admin_get_user(call: Call, ask: shapes.AdminGetUserRequest) -> shapes.AdminGetUserResponse:
    _, user = await named(ask.user_pool_id, ask.username, call)
    return shapes.AdminGetUserResponse(
        username=user.username,
        user_attributes=shown(user),
        user_create_date=seconds(user.created),
        user_last_modified_date=seconds(user.modified),
        enabled=user.enabled,
        user_status=user.status.value,
        mfa_options=by_sms(user),
        preferred_mfa_setting=user.preferred_factor or None,
        user_mfa_setting_list=switched_on(user) or None,
    )


@operation("AdminUpdateUserAttributes")
async def admin_update_user_attributes(
    call: Call, ask: shapes.AdminUpdateUserAttributesRequest
) -> shapes.AdminUpdateUserAttributesResponse:
    pool, user = await named(ask.user_pool_id, ask.username, call)
    await attributes.update_by_admin(pool, user, given(ask.user_attributes), ask.client_metadata, call)
    return shapes.AdminUpdateUserAttributesResponse()


@operation("AdminDeleteUserAttributes")
async def admin_delete_user_attributes(
    call: Call, ask: shapes.AdminDeleteUserAttributesRequest
) -> shapes.AdminDeleteUserAttributesResponse:
    pool, user = await named(ask.user_pool_id, ask.username, call)
    await attributes.delete_by_admin(pool, user, ask.user_attribute_names, call)
    return shapes.AdminDeleteUserAttributesResponse()


@operation("AdminDeleteUser")
async def admin_delete_user(call: Call, ask: shapes.AdminDeleteUserRequest) -> shapes.AdminDeleteUserResponse:
    _, user = await named(ask.user_pool_id, ask.username, call)
    await admin_users.delete(user, call)
    return shapes.AdminDeleteUserResponse()


@operation("AdminEnableUser")
async def admin_enable_user(call: Call, ask: shapes.AdminEnableUserRequest) -> shapes.AdminEnableUserResponse:
    pool, user = await named(ask.user_pool_id, ask.username, call)
    await admin_users.enable(pool, user, call)
    return shapes.AdminEnableUserResponse()


@operation("AdminDisableUser")
async def admin_disable_user(call: Call, ask: shapes.AdminDisableUserRequest) -> shapes.AdminDisableUserResponse:
    pool, user = await named(ask.user_pool_id, ask.username, call)
    await admin_users.disable(pool, user, call)
    return shapes.AdminDisableUserResponse()


@operation("AdminUserGlobalSignOut")
async def admin_user_global_sign_out(
    call: Call, ask: shapes.AdminUserGlobalSignOutRequest
) -> shapes.AdminUserGlobalSignOutResponse:
    _, user = await named(ask.user_pool_id, ask.username, call)
    await admin_users.sign_out(user, call)
    return shapes.AdminUserGlobalSignOutResponse()


@operation("ListUsers")
async def list_users(call: Call, ask: shapes.ListUsersRequest) -> shapes.ListUsersResponse:
    pool = await pools.here(ask.user_pool_id, call)
    names = listing.wanted(pool, ask.attributes_to_get)
    found, token = await listing.page(pool, ask.filter, ask.pagination_token, paging.size(ask.limit), call)
    listing.refuse_unset(found, names)
    return shapes.ListUsersResponse(users=[described(user, names) for user in found], pagination_token=token)
