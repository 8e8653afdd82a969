"""App clients: the published types of their operations."""

from msgspec.structs import replace

from keydesk.api.operation import operation
from keydesk.domain.client import Client, Secret
from keydesk.flows import client_secrets, clients, paging, pools
from keydesk.flows.call import Call
from keydesk.flows.credentials import in_the_clear
from keydesk.shapes.types import (
    AddUserPoolClientSecretRequest,
    AddUserPoolClientSecretResponse,
    AnalyticsConfigurationType,
    ClientSecretDescriptorType,
    CreateUserPoolClientRequest,
    CreateUserPoolClientResponse,
    DeleteUserPoolClientRequest,
    DeleteUserPoolClientResponse,
    DeleteUserPoolClientSecretRequest,
    DeleteUserPoolClientSecretResponse,
    DescribeUserPoolClientRequest,
    DescribeUserPoolClientResponse,
    ListUserPoolClientSecretsRequest,
    ListUserPoolClientSecretsResponse,
    ListUserPoolClientsRequest,
    ListUserPoolClientsResponse,
    UpdateUserPoolClientRequest,
    UpdateUserPoolClientResponse,
    UserPoolClientDescription,
    UserPoolClientType,
)


@operation("CreateUserPoolClient")
async def create_user_pool_client(call: Call, ask: CreateUserPoolClientRequest) -> CreateUserPoolClientResponse:
    return CreateUserPoolClientResponse(user_pool_client=_shown(await clients.create(ask, call), call))


@operation("DescribeUserPoolClient")
async def describe_user_pool_client(call: Call, ask: DescribeUserPoolClientRequest) -> DescribeUserPoolClientResponse:
    client = await clients.here(ask.client_id, await pools.here(ask.user_pool_id, call), call)
    return DescribeUserPoolClientResponse(user_pool_client=_shown(client, call))


@operation("UpdateUserPoolClient")
async def update_user_pool_client(call: Call, ask: UpdateUserPoolClientRequest) -> UpdateUserPoolClientResponse:
    return UpdateUserPoolClientResponse(user_pool_client=_shown(await clients.update(ask, call), call))


@operation("DeleteUserPoolClient")
async def delete_user_pool_client(call: Call, ask: DeleteUserPoolClientRequest) -> DeleteUserPoolClientResponse:
    await clients.remove(ask.user_pool_id, ask.client_id, call)
    return DeleteUserPoolClientResponse()


@operation("ListUserPoolClients")
async def list_user_pool_clients(call: Call, ask: ListUserPoolClientsRequest) -> ListUserPoolClientsResponse:
    if ask.client_type == "DCR":  # no client registers itself here, so none is of this type
        await pools.here(ask.user_pool_id, call)
        return ListUserPoolClientsResponse(user_pool_clients=[])
    found, token = await clients.page(ask.user_pool_id, ask.next_token, paging.size(ask.max_results), call)
    listed = [
        UserPoolClientDescription(client_id=client.id, user_pool_id=client.pool, client_name=client.name)
        for client in found
    ]
    return ListUserPoolClientsResponse(user_pool_clients=listed, next_token=token)


@operation("AddUserPoolClientSecret")
async def add_user_pool_client_secret(
    call: Call, ask: AddUserPoolClientSecretRequest
) -> AddUserPoolClientSecretResponse:
    secret, value = await client_secrets.add(ask.user_pool_id, ask.client_id, ask.client_secret, call)
    told = _described(secret)
    if ask.client_secret is None:  # who chose it knows it
        told.client_secret_value = value
    return AddUserPoolClientSecretResponse(client_secret_descriptor=told)


@operation("ListUserPoolClientSecrets")
async def list_user_pool_client_secrets(
    call: Call, ask: ListUserPoolClientSecretsRequest
) -> ListUserPoolClientSecretsResponse:
    found = await client_secrets.listed(ask.user_pool_id, ask.client_id, call)
    return ListUserPoolClientSecretsResponse(client_secrets=[_described(secret) for secret in found])


@operation("DeleteUserPoolClientSecret")
async def delete_user_pool_client_secret(
    call: Call, ask: DeleteUserPoolClientSecretRequest
) -> DeleteUserPoolClientSecretResponse:
    await client_secrets.remove(ask.user_pool_id, ask.client_id, ask.client_secret_id, call)
    return DeleteUserPoolClientSecretResponse()


def _described(secret: Secret) -> ClientSecretDescriptorType:
    return ClientSecretDescriptorType(client_secret_id=secret.id, client_secret_create_date=secret.created / 1000)


def _analytics(said: AnalyticsConfigurationType | None, call: Call) -> AnalyticsConfigurationType | None:
    """For an application named by its ARN a role is told that nobody gave: the one that the service would take."""
    if said is None or not said.application_arn:
        return said
    role = "role/aws-service-role/cognito-idp.amazonaws.com/AWSServiceRoleForAmazonCognitoIdp"
    return replace(said, role_arn=f"arn:aws:iam::{call.desk.account}:{role}")


def _shown(client: Client, call: Call) -> UserPoolClientType:
    """A client as DescribeUserPoolClient tells it, its first secret in the clear. An added one is told only once."""
    first = client.first_secret
    return replace(
        client.settings,
        user_pool_id=client.pool,
        client_name=client.name,
        client_id=client.id,
        analytics_configuration=_analytics(client.settings.analytics_configuration, call),
        client_secret=in_the_clear(client, first, call) if first else None,
        creation_date=client.created / 1000,
        last_modified_date=client.modified / 1000,
    )
