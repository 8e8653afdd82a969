"""What names the server may be called by in a page's own requests."""

import pytest

from keydesk.wire.host import is_own, is_strangers

ADDRESS = "http://desk.example:9229"


@pytest.mark.parametrize("said", ["localhost", "LOCALHOST:1", "127.0.0.1:9229", "[::1]:9229", "desk.example"])
def test_a_name_of_its_own(said: str) -> None:
    assert is_own(said, ADDRESS)
    assert not is_strangers(said, ADDRESS)


@pytest.mark.parametrize("said", ["keydesk:9229", "host.docker.internal:9229", "a.localhost", "desk.test", "", "[::1"])
def test_a_name_that_nobody_can_own_is_no_strangers(said: str) -> None:
    assert not is_own(said, ADDRESS)
    assert not is_strangers(said, ADDRESS)


@pytest.mark.parametrize("said", ["evil.example:9229", "localhost.evil.example", "127.0.0.1.evil.io", "x@evil.example"])
def test_any_other_may_be_a_strangers(said: str) -> None:
    assert not is_own(said, ADDRESS)
    assert is_strangers(said, ADDRESS)
