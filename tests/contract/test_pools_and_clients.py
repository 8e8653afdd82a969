"""Pools, clients, keys and facts: found by id, changed one after the other, gone with what they belong to."""

import asyncio

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.function import Deployed
from keydesk.errors import ConcurrentModification, InvalidParameter, ResourceNotFound
from keydesk.shapes.types import LambdaConfigType
from keydesk.store import clients, pools, sessions, signing_keys, users
from keydesk.store.signing_keys import SigningKeyRow
from keydesk.store.store import Store


def test_a_pool_is_found_as_it_was_added(store: Store) -> None:
    pool = samples.pool(alias_attributes=["email"])
    written(store, pools.add, pool)
    assert read(store, pools.named, pool.id) == pool
    assert read(store, pools.named, "eu-west-1_None") is None
    with pytest.raises(InvalidParameter):
        written(store, pools.add, pool)


def test_of_two_changes_to_one_pool_one_is_refused(store: Store) -> None:
    pool = samples.pool()
    written(store, pools.add, pool)

    async def main() -> list[object]:
        changes = (store.write(pools.change, replace(pool, name=f"{number}")) for number in range(8))
        return list(await samples.together(*changes))

    outcomes = asyncio.run(main())
    assert sum(isinstance(outcome, ConcurrentModification) for outcome in outcomes) == 7
    changed = next(outcome for outcome in outcomes if not isinstance(outcome, ConcurrentModification))
    assert read(store, pools.named, pool.id) == changed
    assert read(store, pools.named, pool.id) == replace(pool, name=changed.name, rev=2)


def test_pools_are_listed_by_region_in_pages(store: Store) -> None:
    ids = [f"eu-west-1_{letter}" for letter in "ABab"]
    written(store, samples.added, *(samples.pool(id) for id in reversed(ids)))
    written(store, pools.add, replace(samples.pool("us-east-1_A"), region="us-east-1"))
    first = read(store, pools.page, "eu-west-1", "", 3)
    assert [pool.id for pool in first] == ids[:3]
    assert [pool.id for pool in read(store, pools.page, "eu-west-1", ids[2], 3)] == ids[3:]


def test_a_pool_takes_everything_in_it_along(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.client(), samples.user())
    written(store, signing_keys.add, SigningKeyRow("kid", "eu-west-1_Pool00001", b"sealed", b"{}", 1))
    written(store, sessions.open, samples.session())
    assert written(store, pools.remove, "eu-west-1_Pool00001")
    assert not written(store, pools.remove, "eu-west-1_Pool00001")
    assert read(store, clients.named, "client1") is None
    assert read(store, users.by_key, samples.key()) is None
    assert read(store, sessions.by_id, samples.pool().id, "event1") is None
    assert read(store, signing_keys.pool_of, "kid") is None


def test_a_pool_comes_with_the_functions_that_its_triggers_name(store: Store) -> None:
    config = LambdaConfigType(pre_sign_up="arn:aws:lambda:eu-west-1:000000000000:function:gone", kms_key_id="arn:key")
    pool = samples.pool(lambda_config=config)
    written(store, pools.add, pool)
    functions: dict[str, Deployed] = {}
    assert read(store, pools.named, pool.id) == replace(pool, functions=functions)


def test_users_are_counted_exactly_in_small_pools_and_as_last_swept_in_large_ones(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(store, samples.added, samples.pool(), *(samples.user(number) for number in range(5)))
    assert read(store, pools.count_users, "eu-west-1_Pool00001") == 5
    monkeypatch.setattr(pools, "COUNTED", 3)
    assert read(store, pools.count_users, "eu-west-1_Pool00001") == 3
    written(store, pools.keep_counts, read(store, pools.count_all))
    assert read(store, pools.count_users, "eu-west-1_Pool00001") == 5


def test_clients_are_found_changed_listed_and_removed(store: Store) -> None:
    written(store, samples.added, samples.pool(), *(samples.client(f"client{number}") for number in (3, 1, 2)))
    assert read(store, clients.named, "client1") == samples.client("client1")
    changed = written(store, clients.change, replace(samples.client("client1"), name="new"))
    assert read(store, clients.named, "client1") == changed == replace(samples.client("client1"), name="new", rev=2)
    with pytest.raises(ConcurrentModification):
        written(store, clients.change, samples.client("client1"))
    ids = [client.id for client in read(store, clients.page, "eu-west-1_Pool00001", "client1", 1)]
    assert ids == ["client2"]
    assert [client.id for client in read(store, clients.of_pool, "eu-west-1_Pool00001")] == [
        "client1",
        "client2",
        "client3",
    ]
    assert written(store, clients.remove, samples.pool().id, "client1")
    assert not written(store, clients.remove, samples.pool().id, "client1")
    assert read(store, clients.named, "client1") is None


def test_a_client_needs_its_pool_and_an_id_of_its_own(store: Store) -> None:
    with pytest.raises(ResourceNotFound):
        written(store, clients.add, samples.client())
    written(store, samples.added, samples.pool(), samples.client())
    with pytest.raises(InvalidParameter):
        written(store, clients.add, samples.client())


def test_signing_keys_are_listed_oldest_first(store: Store) -> None:
    written(store, pools.add, samples.pool())
    rows = [
        SigningKeyRow(kid, "eu-west-1_Pool00001", b"\0" + kid.encode(), b"{}", at) for kid, at in (("z", 1), ("a", 2))
    ]
    for row in reversed(rows):
        written(store, signing_keys.add, row)
    assert read(store, signing_keys.of_pool, "eu-west-1_Pool00001") == rows
    assert read(store, signing_keys.public, "eu-west-1_Pool00001") == [b"{}", b"{}"]
    assert read(store, signing_keys.pool_of, "z") == "eu-west-1_Pool00001"
