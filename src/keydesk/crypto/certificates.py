"""Certificates of a pool's own RSA keys, for SAML: nobody else signs them, and their name is the pool's id."""

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

LIFE: Final = timedelta(days=3652)  # ten years, as the live service issues them
_SKEW: Final = timedelta(hours=1)  # clocks elsewhere may be behind


class Certified(NamedTuple):
    """A key, as unencrypted PKCS #8 to be sealed at once, and its certificate (X.509), both DER."""

    private: bytes
    certificate: bytes


def generate(name: str, now: int) -> Certified:
    """A new key and its certificate. `now` in epoch milliseconds. Takes as long as a signing key: not on the loop."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    called = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    since = datetime.fromtimestamp(now / 1000, UTC)
    made = (
        x509.CertificateBuilder(called, called, key.public_key(), x509.random_serial_number())
        .not_valid_before(since - _SKEW)
        .not_valid_after(since + LIFE)
        .sign(key, SHA256())
    )
    private = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return Certified(private, made.public_bytes(Encoding.DER))


def text(certificate: bytes) -> str:
    """As it is told: base64 on one line, without the armour of PEM."""
    return b64encode(certificate).decode()
