"""A pool and its key come together, or neither does."""

import pytest
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.errors import InvalidParameter
from keydesk.store import new_pool, pools, signing_keys
from keydesk.store.signing_keys import SigningKeyRow
from keydesk.store.store import Store

KEY = SigningKeyRow(kid="one", pool="eu-west-1_Pool00001", private=b"sealed", public=b"{}", created=1)


def test_a_pool_comes_with_its_key(store: Store) -> None:
    written(store, new_pool.add, samples.pool(), KEY)
    assert read(store, pools.named, KEY.pool) == samples.pool()
    assert read(store, signing_keys.of_pool, KEY.pool) == [KEY]


def test_a_taken_id_adds_no_key(store: Store) -> None:
    written(store, new_pool.add, samples.pool(), KEY)
    with pytest.raises(InvalidParameter):
        written(store, new_pool.add, samples.pool(), KEY._replace(kid="two"))
    assert read(store, signing_keys.of_pool, KEY.pool) == [KEY]


def test_without_a_key_there_is_no_pool(store: Store) -> None:
    written(store, new_pool.add, samples.pool(), KEY)
    with pytest.raises(Exception, match="signing_keys"):
        written(store, new_pool.add, samples.pool("eu-west-1_Pool00002"), KEY._replace(pool="eu-west-1_Pool00002"))
    assert read(store, pools.named, "eu-west-1_Pool00002") is None
