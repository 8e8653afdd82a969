"""Fixtures for the JavaScript clients: their packages installed, and a way to run a scenario against a real server."""

import os

import pytest
from tests.clients.node_packages import NoPackages, installed
from tests.clients.scenario import Scenario

from keydesk.runtime.node import NoNode


@pytest.fixture(scope="session")
def packages() -> None:
    """The clients are installed. Skips loudly where they cannot be; on CI they must."""
    try:
        installed()
    except (NoPackages, NoNode) as why:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no JavaScript clients: {why}")


@pytest.fixture
def scenario(packages: None) -> Scenario:
    """Runs a scenario of this folder with Node.js."""
    return Scenario()
