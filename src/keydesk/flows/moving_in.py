"""A live pool's configuration becomes a pool here, under the same ids. Run again, it takes over what is newer there.

A change is the later one's: what was changed here after the live pool's own last change stays as it is.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Final

from msgspec.structs import replace

from keydesk.domain import hosted_domain, takeover
from keydesk.domain.client import Client
from keydesk.domain.group import Group
from keydesk.domain.pool import Factors, Pool
from keydesk.domain.provider import ENCRYPTION_CERTIFICATE, KINDS, SAML, Provider
from keydesk.errors import Refusal
from keydesk.flows import clients, credentials, pool_rules, pools, providers
from keydesk.flows.call import Call
from keydesk.flows.idle_triggers import BY_CHOICE, BY_PASSWORD
from keydesk.flows.moving_users import pages
from keydesk.runtime.live_api import LiveApi
from keydesk.shapes.types import (
    GetUserPoolMfaConfigResponse,
    GroupType,
    IdentityProviderType,
    ResourceServerType,
    UserPoolClientType,
    UserPoolType,
)
from keydesk.store import clients as kept_clients
from keydesk.store import domains, identity_providers, resource_servers
from keydesk.store import groups as kept_groups
from keydesk.store import pools as kept_pools
from keydesk.store.arrivals import Became

OWN_TAGS: Final = "keydesk:"  # of tags that are this server's


@dataclass(slots=True)
class Moved:
    """What became of the things of each kind, and what a person has to know."""

    counts: dict[str, Counter[Became]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    groups: list[str] = field(default_factory=list)  # the names of all

    def add(self, kind: str, became: Became) -> None:
        self.counts.setdefault(kind, Counter())[became] += 1


async def move(api: LiveApi, call: Call, *, take_over: bool) -> tuple[Pool, Moved]:
    """The pool and all that is around its users. With `take_over` it asks the live pool from now on.

    Raises LiveFault.
    """
    moved = Moved()
    pool = await _pool(api, call, moved, take_over=take_over)
    for server in await asyncio.to_thread(api.resource_servers):
        moved.add("resource servers", await _resource_server(server, pool, call))
    async for provider in pages(api.providers()):
        moved.add("identity providers", await _provider(provider, pool, call, moved))
    async for client in pages(api.clients()):
        moved.add("clients", await _client(client, pool, call, moved))
    if takeover.TAG in (pool.settings.user_pool_tags or {}):
        moved.notes += await _silent(pool, call)
    for group in await asyncio.to_thread(api.groups):
        moved.add("groups", await _group(group, pool, call))
        moved.groups.append(group.group_name or "")
    for name in filter(None, (pool.settings.domain, pool.settings.custom_domain)):
        moved.add("domains", await _domain(name, api, pool, call, moved))
    return pool, moved


async def _pool(api: LiveApi, call: Call, moved: Moved, *, take_over: bool) -> Pool:
    live = _arrived(await asyncio.to_thread(api.pool), await asyncio.to_thread(api.factors), take_over=take_over)
    here = await call.store.read(kept_pools.named, live.id)
    for trigger, arn in pool_rules.triggers(live.settings.lambda_config).items():
        moved.notes.append(f"trigger {trigger}: its function {arn} is to be deployed here, or reached elsewhere")
    if here is None:
        await pools.add(live, call)
        moved.add("pools", Became.NEW)
        return live
    tags = here.settings.user_pool_tags or {}
    own = {name: value for name, value in tags.items() if name.startswith(OWN_TAGS)}
    own |= {takeover.TAG: own.get(takeover.TAG, "{}")} if take_over else {}
    newer = live if live.modified > here.modified else here
    settings = replace(newer.settings, user_pool_tags=(newer.settings.user_pool_tags or {}) | own)
    now = replace(here, name=newer.name, settings=settings, factors=newer.factors, modified=newer.modified)
    if now == here:
        moved.add("pools", Became.SAME)
        return here
    moved.add("pools", Became.CHANGED)
    return await call.store.write(kept_pools.change, now)


def _arrived(said: UserPoolType, factors: GetUserPoolMfaConfigResponse, *, take_over: bool) -> Pool:
    id = said.id or ""
    tags = (said.user_pool_tags or {}) | ({takeover.TAG: "{}"} if take_over else {})
    token = factors.software_token_mfa_configuration
    return Pool(
        id=id,
        region=id.partition("_")[0],
        account=(said.arn or "").split(":")[4],
        name=said.name or "",
        settings=replace(_without(said, "id", "name", "arn", "estimated_number_of_users"), user_pool_tags=tags),
        factors=Factors(
            sms=None if said.mfa_configuration == "OFF" else factors.sms_mfa_configuration is not None,
            software_token=token is not None and bool(token.enabled),
            email=factors.email_mfa_configuration,
            web_authn=factors.web_authn_configuration,
        ),
        created=_milliseconds(said.creation_date),
        modified=_milliseconds(said.last_modified_date),
    )


async def _client(said: UserPoolClientType, pool: Pool, call: Call, moved: Moved) -> Became:
    """The client with its id and its secret, so that whoever uses it goes on unchanged."""
    id = said.client_id or ""
    here = await call.store.read(kept_clients.named, id)
    if here is not None and here.pool != pool.id:
        moved.notes.append(f"client {id}: a client of the pool {here.pool} has this id")
        return Became.TAKEN
    live = Client(
        id=id,
        pool=pool.id,
        name=said.client_name or "",
        settings=_without(said, "user_pool_id", "client_id", "client_name", "client_secret"),
        created=_milliseconds(said.creation_date),
        modified=_milliseconds(said.last_modified_date),
    )
    if said.client_secret:
        live.secrets = (clients.secret(live, said.client_secret, live.created, call),)
    if here is None:
        await call.store.write(kept_clients.add, live)
        return Became.NEW
    if live.modified <= here.modified:
        return Became.SAME
    secrets = here.secrets if said.client_secret in credentials.client_secrets(here, call) else live.secrets
    now = replace(here, name=live.name, settings=live.settings, secrets=secrets, modified=live.modified)
    await call.store.write(kept_clients.change, now)
    return Became.CHANGED


async def _silent(pool: Pool, call: Call) -> list[str]:
    """The clients by which nobody is taken over."""
    here = await call.store.read(kept_clients.of_pool, pool.id)
    mute = [one.id for one in here if not (BY_PASSWORD | BY_CHOICE) & one.flows]
    return [f"client {id}: it takes no passwords here, so nobody is taken over by it" for id in mute]


async def _group(said: GroupType, pool: Pool, call: Call) -> Became:
    live = Group(
        pool=pool.id,
        name=said.group_name or "",
        description=said.description,
        role=said.role_arn,
        precedence=said.precedence,
        created=_milliseconds(said.creation_date),
        modified=_milliseconds(said.last_modified_date),
    )
    here = await call.store.read(kept_groups.named, pool.id, live.name)
    if here is None:
        await call.store.write(kept_groups.add, live)
        return Became.NEW
    if live.modified <= here.modified:
        return Became.SAME
    await call.store.write(kept_groups.change, replace(live, created=here.created))
    return Became.CHANGED


async def _resource_server(live: ResourceServerType, pool: Pool, call: Call) -> Became:
    """They have no dates: what the live pool says counts."""
    here = await call.store.read(resource_servers.named, pool.id, live.identifier or "")
    if here is None:
        await call.store.write(resource_servers.add, pool.id, live)
        return Became.NEW
    if here == live:
        return Became.SAME
    await call.store.write(resource_servers.change, pool.id, live)
    return Became.CHANGED


async def _provider(said: IdentityProviderType, pool: Pool, call: Call, moved: Moved) -> Became:
    name, kind = said.provider_name or "", said.provider_type or ""
    bare = Provider(
        pool=pool.id,
        name=name,
        kind=kind,
        details={},
        mapping=said.attribute_mapping or {},
        identifiers=tuple(said.idp_identifiers or ()),
        acr=said.acr_mapping,
        created=_milliseconds(said.creation_date),
        modified=_milliseconds(said.last_modified_date),
    )
    details = {key: value for key, value in (said.provider_details or {}).items() if key != ENCRYPTION_CERTIFICATE}
    live = providers.detailed(bare, details, call)
    here = await call.store.read(identity_providers.named, pool.id, name)
    for lacking in sorted(set(KINDS[kind].secret) - details.keys()):
        moved.notes.append(f"identity provider {name}: its {lacking} is not told; set it here")
    if here is None:
        if kind == SAML:
            live = await providers.able_to_decrypt(live, pool, call)
            moved.notes.append(f"identity provider {name}: has a new certificate for what it encrypts")
        await call.store.write(identity_providers.add, live)
        return Became.NEW
    if live.modified <= here.modified:
        return Became.SAME

    def edit(before: Provider) -> Provider:
        changed = replace(before, mapping=live.mapping, identifiers=live.identifiers, acr=live.acr)
        return replace(providers.detailed(changed, details, call), modified=live.modified)

    await call.store.write(identity_providers.change, pool.id, name, edit)
    return Became.CHANGED


async def _domain(name: str, api: LiveApi, pool: Pool, call: Call, moved: Moved) -> Became:
    """Its name is led here by whoever has it: a custom domain's DNS. A prefix is Amazon's, and stays there."""
    host = hosted_domain.host(name, pool.region)
    if await call.store.read(domains.named, host) is not None:
        return Became.SAME
    domain = replace(await asyncio.to_thread(api.domain, name), s3_bucket=None, cloud_front_distribution=None)
    try:
        await call.store.write(domains.add, await pools.here(pool.id, call), host, domain)
    except Refusal as refusal:
        moved.notes.append(f"domain {name}: {refusal.sentence}")
        return Became.TAKEN
    return Became.NEW


def _without(said: Any, *members: str) -> Any:
    """Settings as they are kept: dates and ids are kept beside them."""
    gone: dict[str, None] = dict.fromkeys((*members, "creation_date", "last_modified_date"))
    return replace(said, **gone)


def _milliseconds(said: float | None) -> int:
    return round((said or 0) * 1000)
