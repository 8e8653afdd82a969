"""Gives every test of this room a room to run handlers in, and a place elsewhere."""

from collections.abc import Iterator

import pytest
from tests.runtime.room import Room
from tests.site import Site, site


@pytest.fixture
def room() -> Room:
    return Room()


@pytest.fixture
def there() -> Iterator[Site]:
    with site() as opened:
        yield opened


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS credentials in the environment, as botocore finds them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
