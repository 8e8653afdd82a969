"""Signing keys for the pools of tests. Each is a real one and no two are the same, but their primes serve many times:
to look for two new ones costs as much as the rest of a test.
"""

from collections.abc import Iterator
from math import lcm
from threading import Lock

from cryptography.hazmat.primitives.asymmetric.rsa import (
    RSAPrivateNumbers,
    RSAPublicNumbers,
    generate_private_key,
    rsa_crt_iqmp,
)
from joserfc.jwk import RSAKey

from keydesk.crypto.keys import SigningKey

E = 65537


class Pairs(SigningKey):
    """`generate` combines each new prime with all before it."""

    _taking = Lock()

    @classmethod
    def generate(cls) -> SigningKey:
        with cls._taking:
            return next(_PAIRS)


def _pairs() -> Iterator[SigningKey]:
    primes: list[int] = []
    while True:
        found = generate_private_key(E, 2048).private_numbers()
        for new in (found.p, found.q):
            yield from (_pair(new, old) for old in primes)
            primes.append(new)


def _pair(p: int, q: int) -> SigningKey:
    d = pow(E, -1, lcm(p - 1, q - 1))
    numbers = RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), rsa_crt_iqmp(p, q), RSAPublicNumbers(E, p * q))
    key = numbers.private_key(unsafe_skip_rsa_key_validation=True)
    return SigningKey(RSAKey(key, key))


_PAIRS = _pairs()
