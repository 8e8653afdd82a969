from collections.abc import Iterator

import pytest
from tests.aws.calling import Bench

from keydesk.store.store import Store


@pytest.fixture
def bench(store: Store) -> Iterator[Bench]:
    """The faces over an empty store, on both databases."""
    opened = Bench(store)
    yield opened
    opened.close()
