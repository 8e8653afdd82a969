"""User pools: the published types of their operations."""

from msgspec.structs import replace

from keydesk.api.operation import operation
from keydesk.domain.pool import Pool
from keydesk.flows import paging, pools
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    AddCustomAttributesRequest,
    AddCustomAttributesResponse,
    CreateUserPoolRequest,
    CreateUserPoolResponse,
    DeleteUserPoolRequest,
    DeleteUserPoolResponse,
    DescribeUserPoolRequest,
    DescribeUserPoolResponse,
    ListUserPoolsRequest,
    ListUserPoolsResponse,
    UpdateUserPoolRequest,
    UpdateUserPoolResponse,
    UserPoolDescriptionType,
    UserPoolType,
)


@operation("CreateUserPool")
async def create_user_pool(call: Call, ask: CreateUserPoolRequest) -> CreateUserPoolResponse:
    return CreateUserPoolResponse(user_pool=shown(await pools.create(ask, call), users=0))


@operation("DescribeUserPool")
async def describe_user_pool(call: Call, ask: DescribeUserPoolRequest) -> DescribeUserPoolResponse:
    pool = await pools.here(ask.user_pool_id, call)
    return DescribeUserPoolResponse(user_pool=shown(pool, users=await pools.count_users(pool, call)))


@operation("UpdateUserPool")
async def update_user_pool(call: Call, ask: UpdateUserPoolRequest) -> UpdateUserPoolResponse:
    await pools.update(ask, call)
    return UpdateUserPoolResponse()


@operation("DeleteUserPool")
async def delete_user_pool(call: Call, ask: DeleteUserPoolRequest) -> DeleteUserPoolResponse:
    await pools.remove(ask.user_pool_id, call)
    return DeleteUserPoolResponse()


@operation("ListUserPools")
async def list_user_pools(call: Call, ask: ListUserPoolsRequest) -> ListUserPoolsResponse:
    found, token = await pools.page(ask.next_token, paging.size(ask.max_results), call)
    return ListUserPoolsResponse(user_pools=[described(pool) for pool in found], next_token=token)


@operation("AddCustomAttributes")
async def add_custom_attributes(call: Call, ask: AddCustomAttributesRequest) -> AddCustomAttributesResponse:
    await pools.add_attributes(ask.user_pool_id, ask.custom_attributes, call)
    return AddCustomAttributesResponse()


def shown(pool: Pool, *, users: int) -> UserPoolType:
    """A pool as DescribeUserPool tells it."""
    return replace(
        pool.settings,
        id=pool.id,
        name=pool.name,
        arn=pool.arn,
        creation_date=pool.created / 1000,
        last_modified_date=pool.modified / 1000,
        estimated_number_of_users=users,
    )


def described(pool: Pool) -> UserPoolDescriptionType:
    """A pool as a list tells it."""
    return UserPoolDescriptionType(
        id=pool.id,
        name=pool.name,
        lambda_config=pool.settings.lambda_config,
        creation_date=pool.created / 1000,
        last_modified_date=pool.modified / 1000,
    )
