"""Resource servers of a pool, and the scopes that they are good for."""

import pytest
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.errors import InvalidParameter, ResourceNotFound
from keydesk.shapes.types import ResourceServerScopeType, ResourceServerType
from keydesk.store import pools, resource_servers
from keydesk.store.store import Store

POOL = "eu-west-1_Pool00001"


def server(identifier: str, *scopes: str) -> ResourceServerType:
    said = [ResourceServerScopeType(scope_name=name, scope_description="x") for name in scopes]
    return ResourceServerType(user_pool_id=POOL, identifier=identifier, name="a server", scopes=said)


def test_a_server_is_added_changed_and_removed(store: Store) -> None:
    with pytest.raises(ResourceNotFound):
        written(store, resource_servers.add, POOL, server("one"))
    written(store, pools.add, samples.pool())
    written(store, resource_servers.add, POOL, server("one"))
    with pytest.raises(InvalidParameter):
        written(store, resource_servers.add, POOL, server("one"))
    assert written(store, resource_servers.change, POOL, server("one", "read", "write"))
    assert read(store, resource_servers.named, POOL, "one") == server("one", "read", "write")
    written(store, resource_servers.add, POOL, server("two", "read"))
    assert read(store, resource_servers.scopes, POOL) == {"one/read", "one/write", "two/read"}
    assert [one.identifier for one in read(store, resource_servers.page, POOL, "one", 5)] == ["two"]
    assert written(store, resource_servers.remove, POOL, "one")
    assert not written(store, resource_servers.remove, POOL, "one")
    assert not written(store, resource_servers.change, POOL, server("one"))
    written(store, pools.remove, POOL)
    assert read(store, resource_servers.scopes, POOL) == frozenset()
