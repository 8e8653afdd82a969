"""Resource servers: the published types of their operations."""

from typing import Final

from keydesk.api.operation import operation
from keydesk.flows import resource_servers
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    CreateResourceServerRequest,
    CreateResourceServerResponse,
    DeleteResourceServerRequest,
    DeleteResourceServerResponse,
    DescribeResourceServerRequest,
    DescribeResourceServerResponse,
    ListResourceServersRequest,
    ListResourceServersResponse,
    UpdateResourceServerRequest,
    UpdateResourceServerResponse,
)

LARGEST: Final = 50  # servers on a page


@operation("CreateResourceServer")
async def create_resource_server(call: Call, ask: CreateResourceServerRequest) -> CreateResourceServerResponse:
    return CreateResourceServerResponse(resource_server=await resource_servers.create(ask, call))


@operation("DescribeResourceServer")
async def describe_resource_server(call: Call, ask: DescribeResourceServerRequest) -> DescribeResourceServerResponse:
    found = await resource_servers.here(ask.user_pool_id, ask.identifier, call)
    return DescribeResourceServerResponse(resource_server=found)


@operation("UpdateResourceServer")
async def update_resource_server(call: Call, ask: UpdateResourceServerRequest) -> UpdateResourceServerResponse:
    return UpdateResourceServerResponse(resource_server=await resource_servers.update(ask, call))


@operation("DeleteResourceServer")
async def delete_resource_server(call: Call, ask: DeleteResourceServerRequest) -> DeleteResourceServerResponse:
    await resource_servers.remove(ask.user_pool_id, ask.identifier, call)
    return DeleteResourceServerResponse()


@operation("ListResourceServers")
async def list_resource_servers(call: Call, ask: ListResourceServersRequest) -> ListResourceServersResponse:
    found, token = await resource_servers.page(ask.user_pool_id, ask.next_token, ask.max_results or LARGEST, call)
    return ListResourceServersResponse(resource_servers=found, next_token=token)
