"""Fixtures that any room's tests may use: an empty database's URL, and an open store, each on both databases."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from tests import postgres
from tests.key_pairs import Pairs
from tests.meeting import Meeting
from tests.serving import Serving, serving

from keydesk import app
from keydesk.flows import pools
from keydesk.store.store import Store

# A slow machine is no failure; on CI the same examples come every time.
hypothesis.settings.register_profile("keydesk", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("keydesk")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What no database has a part in is tried on one of them."""
    beside = {one for one in items if one.get_closest_marker("one_database") and one.get_closest_marker("postgres")}
    if beside:
        config.hook.pytest_deselected(items=list(beside))
        items[:] = [item for item in items if item not in beside]


BOTH = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


def _url(kind: str, folder: Path, *, schema: bool) -> str:
    return f"sqlite:///{folder}/keydesk.db" if kind == "sqlite" else postgres.required_database(schema=schema)


@pytest.fixture(params=BOTH)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """An empty database: no file yet, or no tables."""
    url = _url(request.param, tmp_path, schema=False)
    yield url
    if request.param == "postgresql":
        postgres.drop_database(url)


@pytest.fixture
def postgresql_url() -> Iterator[str]:
    """An empty PostgreSQL database, for what is PostgreSQL's alone."""
    url = postgres.required_database(schema=False)
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with today's schema, to copy."""
    path = tmp_path_factory.mktemp("schema") / "keydesk.db"
    Store.open(path).close()
    return path


@pytest.fixture(params=BOTH)
def store_url(request: pytest.FixtureRequest, tmp_path: Path, sqlite_file: Path) -> Iterator[str]:
    """A database with today's schema and nothing in it."""
    url = _url(request.param, tmp_path, schema=True)
    if request.param == "sqlite":
        shutil.copy(sqlite_file, tmp_path / "keydesk.db")
    yield url
    if request.param == "postgresql":
        postgres.drop_database(url)


@pytest.fixture
def store(store_url: str) -> Iterator[Store]:
    """An open store with nothing in it."""
    opened = Store.open(store_url)
    yield opened
    opened.close()


@pytest.fixture(scope="session", autouse=True)
def _quick_key_pairs() -> Iterator[None]:
    """For new pools of servers in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pools, "SigningKey", Pairs)
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_sweep() -> Iterator[None]:
    """Servers of this process sweep when they begin, and not again while a test counts what they ask."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app, "SWEEP_SECONDS", 86_400)
        yield


@pytest.fixture(scope="session", params=BOTH)
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    """A running server on each database, for all tests of the process: make your own pool, leave its clock alone."""
    data = tmp_path_factory.mktemp("server")
    url = "" if request.param == "sqlite" else postgres.required_database(schema=True)
    with serving(data, database_url=url) as running:
        running.clock.shared = True
        yield running
    if url:
        postgres.drop_database(url)


@pytest.fixture
def meeting() -> Iterator[Meeting]:
    """Where handlers and the test meet."""
    with Meeting() as opened:
        yield opened


@pytest.fixture(params=BOTH)
def own_server(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Serving]:
    """A running server on each database for one test, which may move its clock."""
    url = "" if request.param == "sqlite" else postgres.required_database(schema=True)
    with serving(tmp_path, database_url=url) as running:
        yield running
    if url:
        postgres.drop_database(url)
