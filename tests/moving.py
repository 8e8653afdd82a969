"""A pool of a live Cognito, played by another Keydesk server, and the same pool here once it has moved in."""

import copy
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.cli.test_backups import keydesk
from tests.serving import Pool, Serving, serving

from keydesk.runtime import live_pool

PATIENCE = 60  # seconds
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "keydesk", "AWS_SECRET_ACCESS_KEY": "keydesk"}


def with_credentials(patch: pytest.MonkeyPatch) -> None:
    """As an operator has them in the environment; and patience for a slow machine."""
    for name, value in CREDENTIALS.items():
        patch.setenv(name, value)
    patch.setattr(live_pool, "WITHIN", PATIENCE)


def moved(pool: Pool, here: Serving, *more: str) -> str:
    """`keydesk cognito import`, beside the server; gives what it printed."""
    settings = here.house.desk.settings
    line = ("cognito", "import", pool.id, "--endpoint-url", pool.server.url, "--data", settings["data"], *more)
    return keydesk(*line, url=settings["database_url"])


def at(here: Serving, pool: Pool) -> Pool:
    """The pool of this id at another server."""
    twin = copy.copy(pool)
    twin.server, twin.api = here, here.client()
    return twin


@contextmanager
def asking(live: Serving, folder: Path, url: str) -> Iterator[Serving]:
    """A server that asks the live one, on the database of this URL."""
    with serving(folder, database_url=url, cognito_endpoint=live.url) as running:
        yield running
