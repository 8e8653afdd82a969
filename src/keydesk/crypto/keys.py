"""A pool's signing key: RSA with 2048 bits."""

from typing import Self

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_private_key
from joserfc.jwk import RSAKey
from joserfc.util import json_b64encode

_PADDING, _HASH = PKCS1v15(), SHA256()  # RS256 (RFC 7518 section 3.3)


class SigningKey:
    """One key pair. `kid` is the RFC 7638 thumbprint of its public half, so it needs no place of its own."""

    def __init__(self, rsa: RSAKey) -> None:
        self.rsa = rsa
        self.kid = rsa.thumbprint()
        self.head = json_b64encode({"kid": self.kid, "alg": "RS256"})  # of every token that it signs
        self._private = rsa.private_key

    def sign(self, said: bytes) -> bytes:
        """The signature of RS256; about 0.2 ms."""
        if self._private is None:
            raise AssertionError("the public half alone signs nothing")
        return self._private.sign(said, _PADDING, _HASH)

    @classmethod
    def generate(cls) -> Self:
        """A new pair; takes 30 to 300 ms with the GIL released, so not on the event loop."""
        return cls(RSAKey.generate_key(2048, private=True))

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """The pair that `to_der` wrote; raises ValueError for another form.

        Its numbers are not tried for primes again, which costs as much as a hundred signatures: give it only what was
        sealed by us.
        """
        key = load_der_private_key(der, None, unsafe_skip_rsa_key_validation=True)
        if not isinstance(key, RSAPrivateKey):
            raise ValueError("another kind of key")
        return cls(RSAKey(key, key))

    def to_der(self) -> bytes:
        """Both halves, unencrypted PKCS #8: to be sealed at once."""
        return self.rsa.as_der(private=True)

    def public(self) -> dict[str, str]:
        """The public half as a member of a JWKS (RFC 7517 section 4), in the order Cognito publishes it."""
        numbers = self.rsa.as_dict(private=False)
        return {
            "alg": "RS256",
            "e": str(numbers["e"]),
            "kid": self.kid,
            "kty": "RSA",
            "n": str(numbers["n"]),
            "use": "sig",
        }
