"""Where nobody is spoken to, whatever a name says, and whose certificate is believed."""

import socket
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.away import EVENT, asked, certificate, unreached, within
from tests.site import Site, site

from keydesk.runtime.function import TimedOut
from keydesk.runtime.reach import is_public

pytestmark = pytest.mark.usefixtures("credentials")


def test_nobody_there() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # bound, and nobody listens
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
        assert unreached(sample=url) == "EndpointConnectionError"
        assert unreached(endpoint=url) == "EndpointConnectionError"


def test_private_addresses_are_refused(there: Site) -> None:
    assert unreached(sample=there.url, private=False) == "PrivateAddressRefused"
    assert unreached(endpoint=there.url, private=False) == "PrivateAddressRefused"
    assert there.connections == 0


def test_it_is_the_address_that_counts_and_not_the_name(there: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that meant a public address a moment ago, and now means this machine (WK-16)."""
    answers = ["8.8.8.8", "127.0.0.1", "127.0.0.1"]
    port = int(there.url.rpartition(":")[2])

    def known(*_: Any, **__: Any) -> Any:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (answers.pop(0), port))]

    monkeypatch.setattr(socket, "getaddrinfo", known)
    assert unreached(sample=f"http://functions.example.com:{port}", private=False) == "PlainHttpRefused"
    assert unreached(sample=f"http://functions.example.com:{port}", private=False) == "PrivateAddressRefused"
    assert unreached(sample=f"https://functions.example.com:{port}", private=False) == "PrivateAddressRefused"
    assert (answers, there.connections) == ([], 0)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_public(address: str) -> None:
    assert is_public(address)


OURS = """
    127.0.0.1 10.0.0.1 172.16.5.4 192.168.1.1 169.254.169.254 100.64.0.1 0.0.0.0 224.0.0.1 255.255.255.255
    ::1 :: fe80::1 fe80::1%eth0 fd00:ec2::254 ff02::1 ::ffff:127.0.0.1 ::ffff:169.254.169.254
    64:ff9b::7f00:1 2002:7f00:1:: 64:ff9b:1::7f00:1 ::127.0.0.1 ::ffff:0:7f00:1 fec0::1
"""


@pytest.mark.parametrize("address", OURS.split())
def test_not_public(address: str) -> None:
    assert not is_public(address)


def test_a_certificate_must_be_trusted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with site(certificate(tmp_path / "site.pem")) as there:
        assert unreached(sample=there.url) == "SSLError"
        assert there.bodies == []
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "site.pem"))
        assert within(asked(), sample=there.url).payload == EVENT
        there.does = there.dripping
        with pytest.raises(TimedOut):
            within(asked(0.5), sample=there.url)
