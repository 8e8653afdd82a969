"""A pool's signing key: RSA with 2048 bits, held loaded, because reading it from text costs a hundred signatures."""

from typing import Self

from joserfc.jwk import RSAKey


class SigningKey:
    """One key pair. `kid` is the RFC 7638 thumbprint of its public half, so it needs no place of its own."""

    def __init__(self, rsa: RSAKey) -> None:
        self.rsa = rsa
        self.kid = rsa.thumbprint()

    @classmethod
    def generate(cls) -> Self:
        """A new pair; takes 30 to 300 ms with the GIL released, so not on the event loop."""
        return cls(RSAKey.generate_key(2048, private=True))

    @classmethod
    def from_der(cls, der: bytes) -> Self:
        """The pair that `to_der` wrote; raises ValueError for anything else. About 40 ms: keep what it gives."""
        return cls(RSAKey.import_key(der))

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
