"""The pytest plugin. pytest loads it wherever Keydesk is installed, so it imports nothing but pytest.

One server for each process of a run: with pytest-xdist each worker has its own, and none sees another's.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from keydesk.testing.keydesk import Keydesk
    from keydesk.testing.server import Running

USED: Final = pytest.StashKey["Keydesk"]()


@pytest.fixture(scope="session")
def keydesk_settings() -> dict[str, str | int]:
    """Settings of the server, as `{"semantics": "aws"}`. Override this fixture to change them."""
    return {}


@pytest.fixture(scope="session")
def keydesk_server(
    keydesk_settings: dict[str, str | int], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """The server of this process: on a free port, with an empty database in a temporary folder."""
    from keydesk.testing.server import running

    with running(tmp_path_factory.mktemp("keydesk"), keydesk_settings) as server:
        yield server


@pytest.fixture
def keydesk(request: pytest.FixtureRequest, keydesk_server: Running) -> Iterator[Keydesk]:
    """A Keydesk server with a clean pool for this test, and the clock at wall time."""
    from keydesk.testing.keydesk import Keydesk

    used = request.node.stash[USED] = Keydesk(keydesk_server)
    yield used
    failed = keydesk_server.in_test.failed
    keydesk_server.in_test.clear()
    keydesk_server.clock.reset()
    if failed:
        raise failed[0]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that fails shows what its pools' calls did."""
    report = yield
    used = item.stash.get(USED, None)
    if used is not None and report.when == "call" and report.failed:
        report.sections.append(("Keydesk traces", _told(used)))
    return report


def _told(used: Keydesk) -> str:
    from keydesk.cli.traces import line

    try:
        told = (f"{line(trace).plain}  {trace.sentence}" for pool in used.pools for trace in pool.traces())
        return "\n".join(told) or "none"
    except Exception as fault:  # the test's own failure is what counts
        return f"not to be had: {fault!r}"
