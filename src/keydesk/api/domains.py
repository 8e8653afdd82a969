"""Domains of pools: the published types of their operations."""

from typing import Final, cast
from urllib.parse import urlsplit

from msgspec import UNSET
from msgspec.structs import replace

from keydesk.api.operation import operation
from keydesk.flows import domains
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    CreateUserPoolDomainRequest,
    CreateUserPoolDomainResponse,
    CustomDomainConfigType,
    DeleteUserPoolDomainRequest,
    DeleteUserPoolDomainResponse,
    DescribeUserPoolDomainRequest,
    DescribeUserPoolDomainResponse,
    DomainDescriptionType,
    UpdateUserPoolDomainRequest,
    UpdateUserPoolDomainResponse,
)

# Cognito says `{}` for a prefix, although the model requires a member.
_NO_CONFIG: Final = CustomDomainConfigType(certificate_arn=cast(str, UNSET))


@operation("CreateUserPoolDomain")
async def create_user_pool_domain(call: Call, ask: CreateUserPoolDomainRequest) -> CreateUserPoolDomainResponse:
    made = await domains.create(ask, call)
    return CreateUserPoolDomainResponse(
        managed_login_version=made.managed_login_version, cloud_front_domain=_alias(made, call)
    )


@operation("DescribeUserPoolDomain")
async def describe_user_pool_domain(call: Call, ask: DescribeUserPoolDomainRequest) -> DescribeUserPoolDomainResponse:
    """Of a domain that is not there, an empty description."""
    found = await domains.described(ask.domain, call)
    shown = DomainDescriptionType() if found is None else _shown(found, call)
    return DescribeUserPoolDomainResponse(domain_description=shown)


@operation("UpdateUserPoolDomain")
async def update_user_pool_domain(call: Call, ask: UpdateUserPoolDomainRequest) -> UpdateUserPoolDomainResponse:
    changed = await domains.update(ask, call)
    return UpdateUserPoolDomainResponse(
        managed_login_version=changed.managed_login_version, cloud_front_domain=_alias(changed, call)
    )


@operation("DeleteUserPoolDomain")
async def delete_user_pool_domain(call: Call, ask: DeleteUserPoolDomainRequest) -> DeleteUserPoolDomainResponse:
    await domains.remove(ask.user_pool_id, ask.domain, call)
    return DeleteUserPoolDomainResponse()


def _shown(domain: DomainDescriptionType, call: Call) -> DomainDescriptionType:
    return replace(
        domain,
        cloud_front_distribution=_host(call),
        custom_domain_config=domain.custom_domain_config or _NO_CONFIG,
    )


def _alias(domain: DomainDescriptionType, call: Call) -> str | None:
    """Where the DNS record of a custom domain must lead: to this server."""
    return _host(call) if domain.custom_domain_config else None


def _host(call: Call) -> str | None:
    return urlsplit(call.desk.address).hostname
