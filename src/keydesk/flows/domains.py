"""Domains of pools: made, changed, deleted. A pool has at most one prefix and one custom domain.

A custom domain is the relying party of the pool's passkeys where no other is set; the rest waits for the hosted pages.
"""

from datetime import UTC, datetime
from functools import partial
from typing import Final

from msgspec.structs import replace

from keydesk.domain import hosted_domain
from keydesk.domain.pool import Pool
from keydesk.errors import FeatureUnavailableInTier, InvalidParameter
from keydesk.flows import pools, stored_only
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    CreateUserPoolDomainRequest,
    DomainDescriptionType,
    RoutingType,
    UpdateUserPoolDomainRequest,
)
from keydesk.store import domains

CLASSIC, MANAGED = 1, 2  # which pages a domain shows
_KINDS: Final = ("prefix", "custom")
_NOWHERE: Final = "No such domain or user pool exists."


async def described(name: str, call: Call) -> DomainDescriptionType | None:
    """The domain, where it is one of a pool of the caller's region. Raises InvalidParameter for what is no name."""
    hosted_domain.check_form(name)
    found = await call.store.glance(domains.named, hosted_domain.host(name, call.region))
    return found if found is not None and (found.user_pool_id or "").startswith(f"{call.region}_") else None


async def create(ask: CreateUserPoolDomainRequest, call: Call) -> DomainDescriptionType:
    """A new domain, active at once. Raises ResourceNotFound, InvalidParameter, FeatureUnavailableInTier."""
    hosted_domain.check(ask.domain, ask.custom_domain_config)
    _check_routing(ask.routing)
    domain = DomainDescriptionType(
        user_pool_id=ask.user_pool_id,
        aws_account_id=call.desk.account,
        domain=ask.domain,
        version=datetime.fromtimestamp(call.now() / 1000, UTC).strftime("%Y%m%d%H%M%S"),
        status="ACTIVE",
        custom_domain_config=ask.custom_domain_config,
        managed_login_version=_version(ask.managed_login_version) or CLASSIC,
    )

    def edit(pool: Pool) -> Pool:
        _check_tier(domain, pool)
        if _named_by(pool, ask.domain):
            raise InvalidParameter("User pool already has a domain configured.")
        return _naming(pool, ask.domain, ask.domain)

    host = hosted_domain.host(ask.domain, call.region)
    await pools.rewrite(ask.user_pool_id, edit, call, partial(domains.add, host=host, domain=domain))
    stored_only.warn(ask.user_pool_id, domain)
    return domain


async def update(ask: UpdateUserPoolDomainRequest, call: Call) -> DomainDescriptionType:
    """Change which pages a domain shows, or its certificate; what is left out stays, but for the certificate.

    Raises as `create`, and InvalidParameter where a custom domain comes without certificate, or a prefix with one.
    """
    pool = await pools.here(ask.user_pool_id, call)
    domain = await _of_pool(ask.domain, pool, call)
    _check_routing(ask.routing)
    was, said = hosted_domain.is_custom(ask.domain), ask.custom_domain_config is not None
    if was != said:
        raise InvalidParameter(f"Cannot convert {_KINDS[was]} domain to {_KINDS[said]} domain.")
    if ask.custom_domain_config is not None:
        hosted_domain.check_certificate(ask.custom_domain_config.certificate_arn)
    changed = replace(
        domain,
        custom_domain_config=ask.custom_domain_config,
        managed_login_version=_version(ask.managed_login_version) or domain.managed_login_version,
    )
    _check_tier(changed, pool)
    if not await call.store.write(domains.change, hosted_domain.host(ask.domain, call.region), changed):
        raise InvalidParameter(_NOWHERE)
    stored_only.warn(ask.user_pool_id, changed)
    return changed


async def remove(pool_id: str, name: str, call: Call) -> None:
    """Delete a domain. Raises ResourceNotFound, and InvalidParameter where the pool has no such domain."""
    await _of_pool(name, await pools.here(pool_id, call), call)
    host = hosted_domain.host(name, call.region)
    await pools.rewrite(pool_id, lambda pool: _naming(pool, name, None), call, partial(domains.remove, host=host))


async def _of_pool(name: str, pool: Pool, call: Call) -> DomainDescriptionType:
    found = await described(name, call)
    if found is None or found.user_pool_id != pool.id:
        raise InvalidParameter(_NOWHERE)
    return found


def _named_by(pool: Pool, name: str) -> str | None:
    """The domain of this name's kind that the pool has."""
    return pool.settings.custom_domain if hosted_domain.is_custom(name) else pool.settings.domain


def _naming(pool: Pool, name: str, now: str | None) -> Pool:
    """The pool with `now` as its domain of the kind of `name`."""
    kind = "custom_domain" if hosted_domain.is_custom(name) else "domain"
    return replace(pool, settings=replace(pool.settings, **{kind: now}))


def _version(said: int | None) -> int | None:
    if said not in (None, CLASSIC, MANAGED):
        raise InvalidParameter("ManagedLoginVersion must be 1 or 2.")
    return said


def _check_tier(domain: DomainDescriptionType, pool: Pool) -> None:
    if domain.managed_login_version == MANAGED and pool.settings.user_pool_tier == "LITE":
        raise FeatureUnavailableInTier(
            "The following feature is not available for the LITE pricing tier configured: Managed Login Version 2"
        )


def _check_routing(said: RoutingType | None) -> None:
    if said is not None and said.failover is not None:
        raise InvalidParameter(
            f"There is no replica of the user pool in {said.failover.secondary_region} to fail over to."
        )
