"""Domains: each host once, and the pool that names it changed in the same write."""

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.pool import Pool
from keydesk.errors import ConcurrentModification, InvalidParameter
from keydesk.shapes.types import DomainDescriptionType
from keydesk.store import domains, pools
from keydesk.store.store import Store

HOST = "demo.auth.eu-west-1.amazoncognito.com"


def named(pool: Pool, name: str | None) -> Pool:
    return replace(pool, settings=replace(pool.settings, domain=name))


def test_a_domain_and_its_pool_change_together(store: Store) -> None:
    pool, other = samples.pool(), samples.pool("eu-west-1_Pool00002")
    for one in (pool, other):
        written(store, pools.add, one)
    domain = DomainDescriptionType(user_pool_id=pool.id, domain="demo", managed_login_version=1)
    written(store, domains.add, named(pool, "demo"), HOST, domain)
    with pytest.raises(InvalidParameter, match="already associated"):
        written(store, domains.add, named(other, "demo"), HOST, replace(domain, user_pool_id=other.id))
    assert [read(store, pools.named, one.id).settings.domain for one in (pool, other)] == ["demo", None]
    with pytest.raises(ConcurrentModification):  # the pool as it was before
        written(store, domains.add, named(pool, "more"), "more", replace(domain, domain="more"))
    assert read(store, domains.named, "more") is None

    changed = replace(domain, managed_login_version=2)
    assert written(store, domains.change, HOST, changed)
    assert not written(store, domains.change, HOST, replace(changed, user_pool_id=other.id))
    assert not written(store, domains.change, "more", changed)
    assert read(store, domains.named, HOST) == changed
    assert read(store, domains.of_pool, pool.id) == [changed]
    assert read(store, domains.of_pool, other.id) == []

    now = read(store, pools.named, pool.id)
    written(store, domains.remove, named(now, None), HOST)
    assert read(store, domains.named, HOST) is None
    assert read(store, pools.named, pool.id).settings.domain is None
