import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.aws.calling import Bench

from keydesk.store.store import Store


@pytest.fixture
def bench(store: Store) -> Iterator[Bench]:
    """The faces over an empty store, on both databases."""
    opened = Bench(store)
    yield opened
    opened.close()


@pytest.fixture
def quick(tmp_path: Path, sqlite_file: Path) -> Iterator[Bench]:
    """The same on SQLite alone: for what is refused before a database is asked."""
    shutil.copy(sqlite_file, tmp_path / "keydesk.db")
    store = Store.open(tmp_path / "keydesk.db")
    opened = Bench(store)
    yield opened
    opened.close()
    store.close()
