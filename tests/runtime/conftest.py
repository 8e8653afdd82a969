"""Gives every test of this room a room to run handlers in."""

import pytest
from tests.runtime.room import Room


@pytest.fixture
def room() -> Room:
    return Room()
