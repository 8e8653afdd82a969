"""A pool's certificates: real ones, as any library reads them."""

import base64
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_der_private_key

from keydesk.crypto import certificates

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def test_a_certificate_is_of_its_key_for_ten_years_and_in_the_name() -> None:
    made = certificates.generate("us-east-1_abcdefghi", int(NOW.timestamp() * 1000))
    read = x509.load_der_x509_certificate(base64.b64decode(certificates.text(made.certificate), validate=True))
    key = load_der_private_key(made.private, None)
    assert isinstance(key, RSAPrivateKey)
    assert (key.key_size, read.public_key()) == (2048, key.public_key())
    read.verify_directly_issued_by(read)
    assert read.subject.rfc4514_string() == read.issuer.rfc4514_string() == "CN=us-east-1_abcdefghi"
    assert read.not_valid_before_utc <= NOW <= read.not_valid_before_utc + timedelta(days=1)
    assert timedelta(days=3652) <= read.not_valid_after_utc - NOW <= timedelta(days=3653)
    assert certificates.generate("us-east-1_abcdefghi", 0).certificate != made.certificate
