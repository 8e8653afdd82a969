"""Identity providers, and users linked to identities there: the published types of their operations."""

from typing import Final

from msgspec.structs import replace

from keydesk.api.operation import operation
from keydesk.domain.provider import Provider
from keydesk.flows import linked_users, paging, providers, saml_keys
from keydesk.flows.call import Call
from keydesk.shapes import types as shapes

LARGEST: Final = 50  # providers on a page, though more may be asked for


@operation("CreateIdentityProvider")
async def create_identity_provider(
    call: Call, ask: shapes.CreateIdentityProviderRequest
) -> shapes.CreateIdentityProviderResponse:
    made = await providers.create(ask, call)
    return shapes.CreateIdentityProviderResponse(identity_provider=_shown(made, call))


@operation("DescribeIdentityProvider")
async def describe_identity_provider(
    call: Call, ask: shapes.DescribeIdentityProviderRequest
) -> shapes.DescribeIdentityProviderResponse:
    found = await providers.here(ask.user_pool_id, ask.provider_name, call)
    return shapes.DescribeIdentityProviderResponse(identity_provider=_shown(found, call))


@operation("GetIdentityProviderByIdentifier")
async def get_identity_provider_by_identifier(
    call: Call, ask: shapes.GetIdentityProviderByIdentifierRequest
) -> shapes.GetIdentityProviderByIdentifierResponse:
    found = await providers.identified(ask.user_pool_id, ask.idp_identifier, call)
    return shapes.GetIdentityProviderByIdentifierResponse(identity_provider=_shown(found, call))


@operation("UpdateIdentityProvider")
async def update_identity_provider(
    call: Call, ask: shapes.UpdateIdentityProviderRequest
) -> shapes.UpdateIdentityProviderResponse:
    changed = await providers.update(ask, call)
    return shapes.UpdateIdentityProviderResponse(identity_provider=_shown(changed, call))


@operation("DeleteIdentityProvider")
async def delete_identity_provider(
    call: Call, ask: shapes.DeleteIdentityProviderRequest
) -> shapes.DeleteIdentityProviderResponse:
    await providers.remove(ask.user_pool_id, ask.provider_name, call)
    return shapes.DeleteIdentityProviderResponse()


@operation("ListIdentityProviders")
async def list_identity_providers(
    call: Call, ask: shapes.ListIdentityProvidersRequest
) -> shapes.ListIdentityProvidersResponse:
    most = min(paging.size(ask.max_results), LARGEST)
    found, token = await providers.page(ask.user_pool_id, ask.next_token, most, call)
    listed = [
        shapes.ProviderDescription(
            provider_name=one.name,
            provider_type=one.kind,
            last_modified_date=one.modified / 1000,
            creation_date=one.created / 1000,
        )
        for one in found
    ]
    return shapes.ListIdentityProvidersResponse(providers=listed, next_token=token)


@operation("GetSigningCertificate")
async def get_signing_certificate(
    call: Call, ask: shapes.GetSigningCertificateRequest
) -> shapes.GetSigningCertificateResponse:
    return shapes.GetSigningCertificateResponse(certificate=await saml_keys.signing_certificate(ask.user_pool_id, call))


@operation("AdminLinkProviderForUser")
async def admin_link_provider_for_user(
    call: Call, ask: shapes.AdminLinkProviderForUserRequest
) -> shapes.AdminLinkProviderForUserResponse:
    await linked_users.link(ask.user_pool_id, ask.destination_user, ask.source_user, call)
    return shapes.AdminLinkProviderForUserResponse()


@operation("AdminDisableProviderForUser")
async def admin_disable_provider_for_user(
    call: Call, ask: shapes.AdminDisableProviderForUserRequest
) -> shapes.AdminDisableProviderForUserResponse:
    await linked_users.unlink(ask.user_pool_id, ask.user, call)
    return shapes.AdminDisableProviderForUserResponse()


def _shown(provider: Provider, call: Call) -> shapes.IdentityProviderType:
    """A provider as DescribeIdentityProvider tells it."""
    return replace(providers.described(provider), provider_details=providers.details(provider, call))
