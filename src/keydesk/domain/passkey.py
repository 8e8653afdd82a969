"""A user's passkey, and what a pool says of passkeys: whether they are allowed, for which domain, from which origins.

Surprise: without a relying party id the domain is that of the server's own address, and a loopback address counts as
`localhost`, because an IP address cannot be one.
"""

import ipaddress
import re
from typing import Final
from urllib.parse import urlsplit

import msgspec

from keydesk.domain.pool import Pool

WEB_AUTHN: Final = "WEB_AUTHN"
REQUIRED: Final = "required"
MULTI_FACTOR: Final = "MULTI_FACTOR_WITH_USER_VERIFICATION"
MOST: Final = 20  # passkeys of one user: Cognito's quota
LOCALHOST: Final = "localhost"
_ORIGIN: Final = re.compile(r"(https?)://([a-z0-9._-]{1,253})(?::[0-9]{1,5})?", re.ASCII)
_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN: Final = re.compile(rf"(?:{_LABEL}\.)*(?![0-9]+\Z){_LABEL}", re.ASCII | re.IGNORECASE)
# What providers call themselves, by the AAGUID that they publish.
PROVIDERS: Final = {
    "08987058-cadc-4b81-b6e1-30de50dcbe96": "Windows Hello",
    "0ea242b4-43c4-4a1b-8b17-dd6d0b6baec6": "Keeper",
    "50726f74-6f6e-5061-7373-50726f746f6e": "Proton Pass",
    "531126d6-e717-415c-9320-3d9aa6981239": "Dashlane",
    "53414d53-554e-4700-0000-000000000000": "Samsung Pass",
    "6028b017-b1d4-4c02-b4b3-afcdafc96bb2": "Windows Hello",
    "9ddd1817-af5a-4672-a2b9-3e3dd95000a9": "Windows Hello",
    "adce0002-35bc-c60a-648b-0b25f1f05503": "Chrome on Mac",
    "bada5566-a7aa-401f-bd96-45619a55120d": "1Password",
    "d548826e-79b4-db40-a3d8-11116f7e8349": "Bitwarden",
    "dd4ec289-e01d-41c9-bb89-70fa845d4bf2": "iCloud Keychain (Managed)",
    "ea9b8d66-4d01-1d21-3ce4-b6b48cb575d4": "Google Password Manager",
    "fbfc3007-154e-4ecc-8c0b-6e020557d7bd": "iCloud Keychain",
    "fdb141b2-5d84-443e-8a35-4698c205a502": "KeePassXC",
}
NAMELESS: Final = "Passkey"


class Passkey(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """A passkey as stored. Nothing of it is secret: the private key never leaves the user's authenticator."""

    id: bytes  # the credential id
    pool: str
    sub: str
    public_key: bytes  # COSE
    sign_count: int = 0  # of its last use; stays 0 with authenticators that do not count
    name: str
    transports: tuple[str, ...] = ()
    attachment: str = ""  # platform, cross-platform, or "" where the browser did not tell
    relying_party: str
    synced: bool = False  # kept elsewhere too (the flag "backed up")
    created: int = 0  # epoch milliseconds


def allowed(pool: Pool) -> bool:
    """Whether users of the pool may have and use passkeys."""
    return WEB_AUTHN in pool.first_factors


def verifies(pool: Pool) -> bool:
    """Whether authenticators must verify the user: always where a passkey stands for two factors."""
    said = pool.factors.web_authn
    return said is not None and (said.user_verification == REQUIRED or said.factor_configuration == MULTI_FACTOR)


def relying_party(pool: Pool, address: str) -> str:
    """The domain that the pool's passkeys are for; empty where there is none. `address` is the server's own, a URL."""
    said = pool.factors.web_authn
    if said is not None and said.relying_party_id:
        return said.relying_party_id.lower()
    if pool.settings.custom_domain:
        return pool.settings.custom_domain
    host = urlsplit(address).hostname or ""
    try:
        return LOCALHOST if ipaddress.ip_address(host).is_loopback else ""
    except ValueError:
        return host


def is_domain(said: str) -> bool:
    """Whether it can be a relying party id: a domain name, without scheme, port or dot behind, and no IP address."""
    return _DOMAIN.fullmatch(said) is not None


def welcomes(party: str, origin: str) -> bool:
    """Whether pages of an origin may use passkeys of the domain: it and its subdomains over https, on any port.

    Pages on localhost, which is this machine, may also come over http (Secure Contexts section 3.1).
    """
    found = _ORIGIN.fullmatch(origin)
    if found is None or not party:
        return False
    scheme, host = found.groups()
    secure = scheme == "https" or party == LOCALHOST
    return secure and (host == party or host.endswith("." + party))


def called(model: str) -> str:
    """What the user sees a passkey called, by the AAGUID of its authenticator."""
    return PROVIDERS.get(model, NAMELESS)
