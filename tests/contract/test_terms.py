"""Terms documents: one of each name a client, listed in pages, gone with the client."""

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.errors import ResourceNotFound, TermsExists
from keydesk.shapes.types import TermsType
from keydesk.store import clients, pools, terms
from keydesk.store.store import Store

POOL = "eu-west-1_Pool00001"


def document(id: str, name: str = "terms-of-use", client: str = "client1") -> TermsType:
    return TermsType(
        terms_id=id,
        user_pool_id=POOL,
        client_id=client,
        terms_name=name,
        terms_source="LINK",
        enforcement="NONE",
        links={"cognito:default": "https://example.com"},
        creation_date=1.001,
        last_modified_date=1.001,
    )


def test_documents_of_a_client(store: Store) -> None:
    with pytest.raises(ResourceNotFound):
        written(store, terms.add, document("a"))
    written(store, pools.add, samples.pool())
    written(store, clients.add, samples.client())
    one, two, elsewhere = document("a"), document("b", "privacy-policy"), document("c", client="client2")
    for each in (one, two, elsewhere):
        written(store, terms.add, each)
    with pytest.raises(TermsExists):
        written(store, terms.add, document("d"))
    with pytest.raises(TermsExists):
        written(store, terms.change, replace(two, terms_name="terms-of-use"))
    changed = replace(two, links={"cognito:french": "https://example.com/fr"})
    assert written(store, terms.change, changed)
    assert not written(store, terms.change, document("d", "privacy-policy", "client3"))
    assert read(store, terms.named, POOL, "b") == changed
    assert read(store, terms.named, "eu-west-1_Pool00002", "b") is None
    assert read(store, terms.of_client, POOL, "client1", "terms-of-use") == one
    assert read(store, terms.of_client, POOL, "client2", "privacy-policy") is None
    assert read(store, terms.page, POOL, "", 2) == [one, changed]
    assert read(store, terms.page, POOL, "b", 2) == [elsewhere]
    assert written(store, clients.remove, POOL, "client1")
    assert read(store, terms.of_pool, POOL) == [elsewhere]
    assert written(store, terms.remove, POOL, "c")
    assert not written(store, terms.remove, POOL, "c")
