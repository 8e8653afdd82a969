"""The device and the address of whoever signs in: as the connection shows them, or as their client tells them.

Cognito's client libraries collect what a device says of itself into `EncodedData`: base64 of a JSON object with a
payload, and its HMAC-SHA256 under the client's id. That is no secret, so what is told there is a claim. What cannot be
read is taken as not said: a sign-in never fails for it.
"""

import base64
import hmac
from functools import lru_cache
from hashlib import sha256
from ipaddress import IPv4Address, ip_address, ip_network
from typing import Any, Final

import msgspec

from keydesk.domain.client import Client
from keydesk.domain.user_agent import UNKNOWN, device_type
from keydesk.shapes.types import ContextDataType, UserContextDataType

NAMELESS: Final = "Other, Other"  # what Cognito calls a device that says nothing
_LONGEST: Final = 128  # characters that are kept of anything a client says
_PREFIX: Final = {4: 24, 6: 64}  # bits in which two addresses of one network agree


class UserContext(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Empty where nobody says. `device` tells one device of a user from another."""

    address: str = ""
    device: str = ""
    device_name: str = NAMELESS
    timezone: str = ""
    told: bool = False  # whether the client said anything that could be read

    @property
    def network(self) -> str:
        """The /24 or /64 that the address is in."""
        return _network(self.address) if self.address else ""


class _Encoded(msgspec.Struct):
    payload: str
    signature: str
    version: str


class _Payload(msgspec.Struct, rename="camel"):
    context_data: dict[str, Any] = {}


def of_visitor(said: UserContextDataType | None, client: Client, ip: str, agent: str) -> UserContext:
    """Of a public call. What it says of its address counts for a client that may say so, which has a secret."""
    device = _collected(said.encoded_data if said else None, client)
    trusted = client.settings.enable_propagate_additional_user_context_data and client.secrets
    address = _address(said.ip_address) if said and said.ip_address and trusted else ""
    return _context(address or _address(ip), device, agent, told=bool(device or address))


def of_admin(said: ContextDataType | None, client: Client) -> UserContext:
    """Of an administrator's call, which comes from a server of theirs: only what it says is the user's."""
    if said is None:
        return UserContext()
    headers = {(one.header_name or "").lower(): one.header_value or "" for one in said.http_headers}
    device = _collected(said.encoded_data, client)
    return _context(_address(said.ip_address), device, headers.get("user-agent", ""), told=True)


def _context(address: str, device: dict[str, str], agent: str, *, told: bool) -> UserContext:
    """A device without an id of its own is told from others by its system and browser alone."""
    name = device_type(device.get("UserAgent") or agent)
    name = device.get("DeviceName") or ("" if name == UNKNOWN else name)
    id = device.get("DeviceId")
    return UserContext(
        address=address,
        device=f"id:{id}" if id else name and f"kind:{name}",
        device_name=name or NAMELESS,
        timezone=device.get("ClientTimezone", ""),
        told=told,
    )


def _collected(encoded: str | None, client: Client) -> dict[str, str]:
    """What the library collected; nothing where it cannot be read, or is not signed for this client."""
    try:
        said = msgspec.json.decode(base64.b64decode(encoded or "", validate=True), type=_Encoded)
        signature = base64.b64decode(said.signature, validate=True)
        made = hmac.digest(client.id.encode(), (said.version + said.payload).encode(), sha256)
        if not hmac.compare_digest(signature, made):
            return {}
        found = msgspec.json.decode(said.payload, type=_Payload).context_data
    except ValueError:  # of base64, JSON or text
        return {}
    return {name: value[:_LONGEST] for name, value in found.items() if isinstance(value, str) and value.isprintable()}


@lru_cache(maxsize=10_000)
def _network(address: str) -> str:
    return str(ip_network(f"{address}/{_PREFIX[ip_address(address).version]}", strict=False))


def _address(said: str) -> str:
    """In its one form, an IPv4 address inside an IPv6 one as what it is; empty where it is none."""
    try:
        address = ip_address(said.strip())
    except ValueError:
        return ""
    mapped = None if isinstance(address, IPv4Address) else address.ipv4_mapped
    return str(mapped or address).partition("%")[0]


def within(address: str, ranges: list[str] | None) -> bool:
    """Whether the address is known, and in one of these ranges."""
    if not address or not ranges:
        return False
    known = ip_address(address)
    return any(known in ip_network(one, strict=False) for one in ranges)
