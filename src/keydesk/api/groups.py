"""Groups: the published types of their operations."""

from keydesk.api.attribute_lists import described
from keydesk.api.operation import operation
from keydesk.domain.group import Group
from keydesk.flows import groups, paging, pools
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    AdminAddUserToGroupRequest,
    AdminAddUserToGroupResponse,
    AdminListGroupsForUserRequest,
    AdminListGroupsForUserResponse,
    AdminRemoveUserFromGroupRequest,
    AdminRemoveUserFromGroupResponse,
    CreateGroupRequest,
    CreateGroupResponse,
    DeleteGroupRequest,
    DeleteGroupResponse,
    GetGroupRequest,
    GetGroupResponse,
    GroupType,
    ListGroupsRequest,
    ListGroupsResponse,
    ListUsersInGroupRequest,
    ListUsersInGroupResponse,
    UpdateGroupRequest,
    UpdateGroupResponse,
)


@operation("CreateGroup")
async def create_group(call: Call, ask: CreateGroupRequest) -> CreateGroupResponse:
    return CreateGroupResponse(group=_shown(await groups.create(ask, call)))


@operation("GetGroup")
async def get_group(call: Call, ask: GetGroupRequest) -> GetGroupResponse:
    pool = await pools.here(ask.user_pool_id, call)
    return GetGroupResponse(group=_shown(await groups.here(ask.group_name, pool, call)))


@operation("UpdateGroup")
async def update_group(call: Call, ask: UpdateGroupRequest) -> UpdateGroupResponse:
    return UpdateGroupResponse(group=_shown(await groups.update(ask, call)))


@operation("DeleteGroup")
async def delete_group(call: Call, ask: DeleteGroupRequest) -> DeleteGroupResponse:
    await groups.remove(ask.user_pool_id, ask.group_name, call)
    return DeleteGroupResponse()


@operation("ListGroups")
async def list_groups(call: Call, ask: ListGroupsRequest) -> ListGroupsResponse:
    found, token = await groups.page(ask.user_pool_id, ask.next_token, paging.size(ask.limit), call)
    return ListGroupsResponse(groups=[_shown(group) for group in found], next_token=token)


@operation("ListUsersInGroup")
async def list_users_in_group(call: Call, ask: ListUsersInGroupRequest) -> ListUsersInGroupResponse:
    found, token = await groups.members(ask.user_pool_id, ask.group_name, ask.next_token, paging.size(ask.limit), call)
    return ListUsersInGroupResponse(users=[described(user) for user in found], next_token=token)


@operation("AdminAddUserToGroup")
async def admin_add_user_to_group(call: Call, ask: AdminAddUserToGroupRequest) -> AdminAddUserToGroupResponse:
    await groups.join(ask.user_pool_id, ask.username, ask.group_name, call)
    return AdminAddUserToGroupResponse()


@operation("AdminRemoveUserFromGroup")
async def admin_remove_user_from_group(
    call: Call, ask: AdminRemoveUserFromGroupRequest
) -> AdminRemoveUserFromGroupResponse:
    await groups.leave(ask.user_pool_id, ask.username, ask.group_name, call)
    return AdminRemoveUserFromGroupResponse()


@operation("AdminListGroupsForUser")
async def admin_list_groups_for_user(call: Call, ask: AdminListGroupsForUserRequest) -> AdminListGroupsForUserResponse:
    found, token = await groups.of_user(ask.user_pool_id, ask.username, ask.next_token, paging.size(ask.limit), call)
    return AdminListGroupsForUserResponse(groups=[_shown(group) for group in found], next_token=token)


def _shown(group: Group) -> GroupType:
    return GroupType(
        group_name=group.name,
        user_pool_id=group.pool,
        description=group.description,
        role_arn=group.role,
        precedence=group.precedence,
        creation_date=group.created / 1000,
        last_modified_date=group.modified / 1000,
    )
