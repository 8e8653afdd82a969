"""Managed login styles: one a client, changed while it is held, gone with the client."""

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.errors import ManagedLoginBrandingExists, ResourceNotFound
from keydesk.shapes.types import AssetType, ManagedLoginBrandingType
from keydesk.store import brandings, clients, pools
from keydesk.store.store import Store

POOL = "eu-west-1_Pool00001"


def style(id: str) -> ManagedLoginBrandingType:
    image = AssetType(category="FORM_LOGO", color_mode="LIGHT", extension="PNG", bytes_=b"\x89PNG")
    return ManagedLoginBrandingType(
        managed_login_branding_id=id,
        user_pool_id=POOL,
        use_cognito_provided_values=False,
        settings={"a": {"b": [1.5]}},
        assets=[image],
        creation_date=1.001,
        last_modified_date=1.001,
    )


def test_styles_of_a_pool(store: Store) -> None:
    with pytest.raises(ResourceNotFound):
        written(store, brandings.add, "client1", style("a"))
    written(store, pools.add, samples.pool())
    written(store, clients.add, samples.client())
    written(store, brandings.add, "client1", style("a"))
    with pytest.raises(ManagedLoginBrandingExists):
        written(store, brandings.add, "client1", style("b"))
    written(store, brandings.add, "client2", style("b"))
    assert read(store, brandings.named, POOL, "a") == read(store, brandings.of_client, POOL, "client1") == style("a")
    assert read(store, brandings.named, "eu-west-1_Pool00002", "a") is None
    assert read(store, brandings.of_client, POOL, "client3") is None

    def emptied(was: ManagedLoginBrandingType) -> ManagedLoginBrandingType:
        return replace(was, settings={}, last_modified_date=2.002)

    changed = replace(style("a"), settings={}, last_modified_date=2.002)
    assert written(store, brandings.change, POOL, "a", emptied) == changed
    assert written(store, brandings.change, POOL, "c", emptied) is None
    assert read(store, brandings.of_pool, POOL) == {"client1": changed, "client2": style("b")}
    assert written(store, clients.remove, POOL, "client1")
    assert read(store, brandings.of_pool, POOL) == {"client2": style("b")}
    assert written(store, brandings.remove, POOL, "b")
    assert not written(store, brandings.remove, POOL, "b")
