"""Where a server listens, and who can reach it there."""

import socket
from pathlib import Path

import pytest
from starlette.responses import Response

from keydesk.cli.listen import bound, is_loopback, server
from keydesk.settings import SettingFault, Settings, load


def settings(folder: Path, host: str, port: str = "0") -> Settings:
    return load({}, file=folder / "none.toml", host=host, port=port)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_only_this_machine_reaches_loopback(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize(
    "host", ["", "0.0.0.0", "::", "192.0.2.1", "10.0.0.1", "localhost.example.com", "example.com", "127.0.0.1 "]
)
def test_what_others_may_reach_is_no_loopback(host: str) -> None:
    """A name counts as reachable: nobody knows what it will resolve to."""
    assert not is_loopback(host)


@pytest.mark.parametrize(("host", "shown"), [("127.0.0.1", "127.0.0.1"), ("localhost", "localhost"), ("::1", "[::1]")])
def test_the_address_is_where_one_connects(tmp_path: Path, host: str, shown: str) -> None:
    """From the moment it is told, on the port that was free."""
    if host == "::1" and not socket.has_ipv6:
        pytest.skip("no IPv6 on this machine")
    listener, address = bound(settings(tmp_path, host))
    with listener:
        port = listener.getsockname()[1]
        assert address == f"http://{shown}:{port}"
        socket.create_connection((host if host == "::1" else "127.0.0.1", port), timeout=10).close()


def test_a_port_in_use_is_refused(tmp_path: Path) -> None:
    listener, address = bound(settings(tmp_path, "127.0.0.1"))
    with listener, pytest.raises(SettingFault, match=r"cannot listen on .* port [0-9]+: Address already in use"):
        bound(settings(tmp_path, "127.0.0.1", address.rpartition(":")[2]))


def test_whoever_keeps_an_idle_connection_for_a_minute_is_the_one_who_closes_it() -> None:
    """As AWS's balancers do: a request that comes just as the server closes would be lost."""
    assert server(Response()).config.timeout_keep_alive > 60


@pytest.mark.parametrize("host", ["192.0.2.1", "nowhere.invalid"])
def test_an_address_that_is_not_this_machines_is_refused(tmp_path: Path, host: str) -> None:
    with pytest.raises(SettingFault, match=f"cannot listen on {host} port 0"):
        bound(settings(tmp_path, host))
