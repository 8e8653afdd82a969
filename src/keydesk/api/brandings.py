"""Styles of the managed login pages: the published types of their operations."""

from keydesk.api.operation import operation
from keydesk.flows import brandings
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    CreateManagedLoginBrandingRequest,
    CreateManagedLoginBrandingResponse,
    DeleteManagedLoginBrandingRequest,
    DeleteManagedLoginBrandingResponse,
    DescribeManagedLoginBrandingByClientRequest,
    DescribeManagedLoginBrandingByClientResponse,
    DescribeManagedLoginBrandingRequest,
    DescribeManagedLoginBrandingResponse,
    UpdateManagedLoginBrandingRequest,
    UpdateManagedLoginBrandingResponse,
)


@operation("CreateManagedLoginBranding")
async def create_managed_login_branding(
    call: Call, ask: CreateManagedLoginBrandingRequest
) -> CreateManagedLoginBrandingResponse:
    return CreateManagedLoginBrandingResponse(managed_login_branding=await brandings.create(ask, call))


@operation("DescribeManagedLoginBranding")
async def describe_managed_login_branding(
    call: Call, ask: DescribeManagedLoginBrandingRequest
) -> DescribeManagedLoginBrandingResponse:
    style = await brandings.here(ask.managed_login_branding_id, ask.user_pool_id, call)
    shown = brandings.merged(style) if ask.return_merged_resources else style
    return DescribeManagedLoginBrandingResponse(managed_login_branding=shown)


@operation("DescribeManagedLoginBrandingByClient")
async def describe_managed_login_branding_by_client(
    call: Call, ask: DescribeManagedLoginBrandingByClientRequest
) -> DescribeManagedLoginBrandingByClientResponse:
    style = await brandings.of_client(ask.client_id, ask.user_pool_id, call)
    shown = brandings.merged(style) if ask.return_merged_resources else style
    return DescribeManagedLoginBrandingByClientResponse(managed_login_branding=shown)


@operation("UpdateManagedLoginBranding")
async def update_managed_login_branding(
    call: Call, ask: UpdateManagedLoginBrandingRequest
) -> UpdateManagedLoginBrandingResponse:
    return UpdateManagedLoginBrandingResponse(managed_login_branding=await brandings.update(ask, call))


@operation("DeleteManagedLoginBranding")
async def delete_managed_login_branding(
    call: Call, ask: DeleteManagedLoginBrandingRequest
) -> DeleteManagedLoginBrandingResponse:
    await brandings.remove(ask.managed_login_branding_id, ask.user_pool_id, call)
    return DeleteManagedLoginBrandingResponse()
