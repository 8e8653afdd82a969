"""Classic styles: one a client, the client's own before that of all, and none of a client that is gone."""

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.classic_style import ALL, ClassicStyle
from keydesk.errors import ResourceNotFound
from keydesk.store import clients, pools, ui_customizations
from keydesk.store.store import Store

POOL = "eu-west-1_Pool00001"


def style(client: str, css: str) -> ClassicStyle:
    return ClassicStyle(pool=POOL, client=client, version="1", css=css, image=b"\x89PNG", created=1, modified=1)


def test_styles_of_a_pool(store: Store) -> None:
    with pytest.raises(ResourceNotFound):
        written(store, ui_customizations.keep, style(ALL, "a"))
    written(store, pools.add, samples.pool())
    written(store, clients.add, samples.client())
    assert read(store, ui_customizations.in_force, POOL, "client1") is None
    for one in (style(ALL, "a"), style(ALL, "b")):
        written(store, ui_customizations.keep, one)
    assert read(store, ui_customizations.in_force, POOL, "client1") == style(ALL, "b")
    own = replace(style("client1", "c"), image=None)
    written(store, ui_customizations.keep, own)
    assert read(store, ui_customizations.in_force, POOL, "client1") == own
    assert read(store, ui_customizations.in_force, POOL, "client2") == style(ALL, "b")
    assert read(store, ui_customizations.of_pool, POOL) == [style(ALL, "b"), own]
    assert written(store, clients.remove, POOL, "client1")
    assert read(store, ui_customizations.named, POOL, "client1") is None
    for _ in range(2):
        written(store, ui_customizations.remove, POOL, ALL)
    assert read(store, ui_customizations.of_pool, POOL) == []
