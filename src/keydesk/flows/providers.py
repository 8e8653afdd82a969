"""Identity providers: made, shown, changed, listed, deleted. Their secrets are sealed, and told as AWS does."""

from msgspec.structs import replace

from keydesk.crypto import certificates
from keydesk.domain import places
from keydesk.domain.pool import Pool
from keydesk.domain.provider import ENCRYPTION_CERTIFICATE, KINDS, SAML, Provider
from keydesk.errors import ResourceNotFound
from keydesk.flows import paging, pools, provider_documents, provider_rules, saml_keys, stored_only
from keydesk.flows.call import Call
from keydesk.shapes.types import CreateIdentityProviderRequest, IdentityProviderType, UpdateIdentityProviderRequest
from keydesk.store import identity_providers

Texts = dict[str, str]


async def here(pool_id: str, name: str, call: Call) -> Provider:
    """The provider of this pool. Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    provider = await call.store.read(identity_providers.named, pool.id, name)
    if provider is None:
        raise missing(name)
    return provider


async def identified(pool_id: str, identifier: str, call: Call) -> Provider:
    """The provider that an identifier leads to. Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    provider = await call.store.read(identity_providers.identified, pool.id, identifier)
    if provider is None:
        raise ResourceNotFound(f"Identity provider with identifier {identifier} does not exist.")
    return provider


def missing(name: str) -> ResourceNotFound:
    """There is no such provider in the pool."""
    return ResourceNotFound(f"Identity provider {name} does not exist.")


async def create(ask: CreateIdentityProviderRequest, call: Call) -> Provider:
    """A new provider. Raises ResourceNotFound, InvalidParameter, DuplicateProvider."""
    pool = await pools.here(ask.user_pool_id, call)
    kind, now = ask.provider_type, call.now()
    provider_rules.check_name(ask.provider_name, kind)
    provider_rules.check_acr(kind, ask.acr_mapping)
    bare = Provider(
        pool=pool.id,
        name=ask.provider_name,
        kind=kind,
        details={},
        mapping=provider_rules.mapped(kind, ask.attribute_mapping, pool),
        identifiers=tuple(ask.idp_identifiers or ()),
        acr=ask.acr_mapping,
        created=now,
        modified=now,
    )
    provider = detailed(bare, await provider_documents.settled(kind, ask.provider_details, call), call)
    if kind == SAML:
        provider = await able_to_decrypt(provider, pool, call)
    await call.store.write(identity_providers.add, provider)
    stored_only.warn(pool.id, described(provider))
    return provider


async def update(ask: UpdateIdentityProviderRequest, call: Call) -> Provider:
    """Change what the request names; details are replaced as a whole. Raises ResourceNotFound, InvalidParameter."""
    pool = await pools.here(ask.user_pool_id, call)
    kind = (await here(pool.id, ask.provider_name, call)).kind
    provider_rules.check_acr(kind, ask.acr_mapping)
    said = ask.provider_details
    settled = None if said is None else await provider_documents.settled(kind, said, call)
    mapping = None if ask.attribute_mapping is None else provider_rules.mapped(kind, ask.attribute_mapping, pool)
    now = call.now()

    def edit(provider: Provider) -> Provider:
        changed = replace(
            provider,
            mapping=provider.mapping if mapping is None else mapping,
            identifiers=provider.identifiers if ask.idp_identifiers is None else tuple(ask.idp_identifiers),
            acr=provider.acr if ask.acr_mapping is None else ask.acr_mapping,
            modified=now,
        )
        return changed if settled is None else detailed(changed, settled, call)

    provider = await call.store.write(identity_providers.change, pool.id, ask.provider_name, edit)
    if provider is None:
        raise missing(ask.provider_name)
    stored_only.warn(pool.id, described(provider))
    return provider


async def remove(pool_id: str, name: str, call: Call) -> None:
    """Delete a provider. Clients go on naming it, and users stay linked. Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    if not await call.store.write(identity_providers.remove, pool.id, name):
        raise missing(name)


async def page(pool_id: str, said: str | None, limit: int, call: Call) -> tuple[list[Provider], str | None]:
    """A page of the pool's providers in the order of their names, and the token of the next."""
    pool = await pools.here(pool_id, call)
    rows = await call.store.read(identity_providers.page, pool.id, paging.after(said, call, pool.id), limit + 1)
    return paging.cut(rows, limit, lambda provider: provider.name, call, pool.id)


def described(provider: Provider) -> IdentityProviderType:
    """A provider as it is published, without what is secret."""
    return IdentityProviderType(
        user_pool_id=provider.pool,
        provider_name=provider.name,
        provider_type=provider.kind,
        provider_details=provider.details,
        attribute_mapping=provider.mapping,
        idp_identifiers=list(provider.identifiers),
        acr_mapping=provider.acr,
        creation_date=provider.created / 1000,
        last_modified_date=provider.modified / 1000,
    )


def details(provider: Provider, call: Call) -> Texts:
    """ProviderDetails whole: secrets in the clear, but for those that are never told again."""
    told = set(provider.sealed) - set(KINDS[provider.kind].hidden)
    secrets = {name: _opened(provider, name, call) for name in told}
    return dict(sorted({**provider.details, **secrets}.items()))


async def able_to_decrypt(provider: Provider, pool: Pool, call: Call) -> Provider:
    """The provider with a key of its own for what it will encrypt; the certificate stays over all updates."""
    made = await saml_keys.fresh(pool, call)
    place = places.identity_provider(provider.pool, provider.name, ENCRYPTION_CERTIFICATE)
    return replace(
        provider,
        encryption=call.desk.sealer.seal(made.private, place, provider.pool),
        details=provider.details | {ENCRYPTION_CERTIFICATE: certificates.text(made.certificate)},
    )


def detailed(provider: Provider, said: Texts, call: Call) -> Provider:
    """The provider with these details, the secret ones sealed (SE-05)."""
    secret = set(KINDS[provider.kind].secret) & said.keys()
    sealed = {name: _sealed(provider, name, said[name], call) for name in secret}
    made_here = {name: value for name, value in provider.details.items() if name == ENCRYPTION_CERTIFICATE}
    told = {name: value for name, value in said.items() if name not in secret}
    return replace(provider, details=told | made_here, sealed=sealed)


def _sealed(provider: Provider, detail: str, value: str, call: Call) -> bytes:
    place = places.identity_provider(provider.pool, provider.name, detail)
    return call.desk.sealer.seal(value.encode(), place, provider.pool)


def _opened(provider: Provider, detail: str, call: Call) -> str:
    place = places.identity_provider(provider.pool, provider.name, detail)
    return call.desk.sealer.open(provider.sealed[detail], place).decode()
