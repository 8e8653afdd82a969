"""What is made of device and address, whatever a client says of them."""

import base64
import json
from typing import Any

import pytest
from tests.api.watched import CHROME, collected

from keydesk.domain.client import Client, Secret
from keydesk.domain.user_context import NAMELESS, UserContext, of_admin, of_visitor, within
from keydesk.shapes.types import ContextDataType, HttpHeader, UserContextDataType, UserPoolClientType

BARE = Client(id="c1", pool="p", name="n", settings=UserPoolClientType())
TRUSTED = Client(
    id="c1",
    pool="p",
    name="n",
    settings=UserPoolClientType(enable_propagate_additional_user_context_data=True),
    secrets=(Secret("s", b"", 0),),
)


def encoded(**said: Any) -> UserContextDataType:
    return UserContextDataType(encoded_data=collected("c1", **said))


def test_a_connection_shows_address_and_agent() -> None:
    seen = of_visitor(None, BARE, "192.0.2.7", CHROME)
    assert seen == UserContext(address="192.0.2.7", device="kind:Windows, Chrome", device_name="Windows, Chrome")
    assert of_visitor(None, BARE, "", "") == UserContext()
    assert of_visitor(None, BARE, "::ffff:192.0.2.7", "").address == "192.0.2.7"
    assert seen.network == "192.0.2.0/24"
    assert UserContext(address="2001:db8::7").network == "2001:db8::/64"
    assert UserContext().network == ""


def test_only_a_client_with_a_secret_that_may_say_so_names_the_address() -> None:
    said = UserContextDataType(ip_address="198.51.100.7")
    assert of_visitor(said, BARE, "192.0.2.7", "").address == "192.0.2.7"
    assert of_visitor(said, TRUSTED, "192.0.2.7", "").address == "198.51.100.7"
    assert of_visitor(UserContextDataType(ip_address="nowhere"), TRUSTED, "192.0.2.7", "").address == "192.0.2.7"


def test_what_a_library_collected_is_read() -> None:
    said = encoded(DeviceId="d", UserAgent=CHROME, ClientTimezone="-07:00", DevicePlatform="Win32", ScreenHeight=900)
    seen = of_visitor(said, BARE, "", "curl/8.0")
    assert seen == UserContext(device="id:d", device_name="Windows, Chrome", timezone="-07:00", told=True)
    phone = of_visitor(encoded(DeviceName="iPhone", DeviceId="d" * 500), BARE, "", "")
    assert (phone.device_name, len(phone.device)) == ("iPhone", 3 + 128)


@pytest.mark.parametrize(
    "unread",
    [
        "",
        "no base64",
        base64.b64encode(b"no JSON").decode(),
        base64.b64encode(b'{"payload": 1, "signature": "", "version": ""}').decode(),
        base64.b64encode(json.dumps({"payload": "{}", "signature": "===", "version": "v"}).encode()).decode(),
        collected("another", DeviceId="d"),
        collected("c1", DeviceId="d\n"),
        collected("c1", DeviceId=["d"]),
    ],
)
def test_what_cannot_be_read_is_not_said(unread: str) -> None:
    seen = of_visitor(UserContextDataType(encoded_data=unread), BARE, "", CHROME)
    assert seen.device == "kind:Windows, Chrome"


def test_a_server_speaks_for_its_user_or_says_nothing() -> None:
    assert of_admin(None, BARE) == UserContext()
    headers = [HttpHeader(header_name="user-AGENT", header_value=CHROME), HttpHeader()]
    said = ContextDataType(ip_address=" 192.0.2.7 ", server_name="", server_path="", http_headers=headers)
    seen = of_admin(said, BARE)
    assert (seen.address, seen.device_name, seen.told) == ("192.0.2.7", "Windows, Chrome", True)
    bare = of_admin(ContextDataType(ip_address="?", server_name="", server_path="", http_headers=[]), BARE)
    assert (bare.address, bare.device, bare.device_name) == ("", "", NAMELESS)


def test_an_address_is_within_a_range() -> None:
    ranges = ["10.0.0.0/8", "2001:db8::/32"]
    assert within("10.1.2.3", ranges)
    assert within("2001:db8::7", ranges)
    assert not within("192.0.2.7", ranges)
    assert not within("", ranges)
    assert not within("10.1.2.3", None)
