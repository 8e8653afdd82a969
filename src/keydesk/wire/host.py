"""Whose name the server is called by: a stranger's may be made to lead here, and their pages have our origin then."""

import ipaddress
from typing import Final
from urllib.parse import urlsplit

CLOTHES: Final = "::ffff:"  # an IPv4 address in IPv6's, as a socket for both tells it (RFC 4291, section 2.5.5.2)
NOBODYS: Final = (".localhost", ".internal", ".test")  # no stranger can own a name below these (RFC 6761, ICANN 2024)


def as_ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """The address that is said in place of a name; None for a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def plain_ip(ip: str) -> str:
    """An IPv4 address as such, so that networks of IPv4 hold it, those of trusted proxies among them."""
    bare = ip.removeprefix(CLOTHES)
    return bare if "." in bare else ip


def is_own(said: str, address: str) -> bool:
    """Whether the `Host` header says localhost, an IP address, or the host of our own `address`."""
    host = _name(said)
    return host in ("localhost", _name(urlsplit(address).netloc)) or as_ip(host) is not None


def is_strangers(said: str, address: str) -> bool:
    """Whether somebody on the Internet may own the name in the `Host` header, and so lead a browser here (DNS
    rebinding). Names of containers have no dot or end as `host.docker.internal` does."""
    host = _name(said)
    return not is_own(said, address) and "." in host and not host.endswith(NOBODYS)


def _name(said: str) -> str:
    try:
        return urlsplit(f"//{said}").hostname or ""
    except ValueError:  # half an IPv6 address
        return ""
