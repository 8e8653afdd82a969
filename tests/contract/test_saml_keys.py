"""A pool's key for SAML: of several that are made at once one is kept, and all are told that one."""

import asyncio

import pytest
from tests.contract import samples
from tests.contract.samples import read, together, written

from keydesk.errors import ResourceNotFound
from keydesk.store import pools, saml_keys
from keydesk.store.saml_keys import SamlKeyRow
from keydesk.store.store import Store

POOL = "eu-west-1_Pool00001"


def row(number: int) -> SamlKeyRow:
    return SamlKeyRow(POOL, b"sealed %d" % number, b"certificate %d" % number, number)


def test_one_key_is_kept(store: Store) -> None:
    with pytest.raises(ResourceNotFound):
        written(store, saml_keys.claim, row(0))
    written(store, pools.add, samples.pool())
    assert read(store, saml_keys.certificate, POOL) is None

    async def all() -> list[bytes | BaseException]:
        return await together(*(store.write(saml_keys.claim, row(number)) for number in range(4)))

    told = asyncio.run(all())
    kept = read(store, saml_keys.certificate, POOL)
    assert kept is not None
    assert told == [kept] * 4
    written(store, pools.remove, POOL)
    assert read(store, saml_keys.certificate, POOL) is None
