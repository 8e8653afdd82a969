"""A stored password: one credential of two kinds behind one door. What comes out must be sealed before it is kept.

An SRP verifier serves every way of signing in but can be guessed fast; argon2id is slow to guess but cannot do SRP.
A hash that another system made is taken as it is, and is of neither kind.
"""

import hmac
import secrets
from base64 import b64encode
from enum import Enum

import msgspec
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from keydesk.crypto import foreign, srp


class Kind(Enum):
    """How a password is kept; the pool's clients decide which."""

    SRP = "srp"
    ARGON2ID = "argon2id"


class SrpVerifier(msgspec.Struct, frozen=True, array_like=True, tag="srp"):
    """Salt and v = g^x mod N, of `srp.SALT_SIZE` and `srp.SIZE` bytes."""

    salt: bytes
    verifier: bytes


class Argon2idHash(msgspec.Struct, frozen=True, array_like=True, tag="argon2id"):
    """The usual text form, which names its own parameters and salt."""

    encoded: str


class ForeignHash(msgspec.Struct, frozen=True, array_like=True, tag="foreign"):
    """One of `foreign.ALGORITHMS`, and a hash in its form."""

    algorithm: str
    encoded: str


Credential = SrpVerifier | Argon2idHash | ForeignHash

# SE-01 of the security requirements: at least 19 MiB, two passes, one lane.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19456, parallelism=1)
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Credential).decode


def make(kind: Kind, password: str, username: str, pool_name: str) -> bytes:
    """The credential for a password: any Unicode, taken as sent, neither folded nor cut.

    `username` is the user's lasting name and `pool_name` the part of the pool's id behind the underscore; a verifier
    is bound to both. Costs about 0.08 ms (SRP) or 18 ms and 19 MiB with the GIL released (argon2id).
    """
    if kind is Kind.ARGON2ID:
        return _encode(Argon2idHash(_HASHER.hash(_as_sent(password))))
    salt = srp.new_salt()
    return _encode(SrpVerifier(salt, srp.verifier(salt, pool_name, username, password)))


def adopt(algorithm: str, encoded: str) -> bytes:
    """The credential for a hash that another system made. Raises `foreign.Unfit`."""
    foreign.check(algorithm, encoded)
    return _encode(ForeignHash(algorithm, encoded))


def matches(credential: bytes, password: str, username: str, pool_name: str) -> bool:
    """Whether this is the password, in constant time for its kind. Costs what `make` costs, or what was adopted costs.

    Raises `msgspec.DecodeError` when the credential is not one: it was sealed, so that is our fault.
    """
    stored = _decode(credential)
    if isinstance(stored, SrpVerifier):
        return hmac.compare_digest(stored.verifier, srp.verifier(stored.salt, pool_name, username, password))
    if isinstance(stored, ForeignHash):
        return foreign.matches(stored.algorithm, stored.encoded, _as_sent(password))
    try:
        return _HASHER.verify(stored.encoded, _as_sent(password))
    except VerifyMismatchError:
        return False


def kind(credential: bytes) -> Kind | None:
    """Which kind a stored credential is of; None for a hash of another system's."""
    stored = _decode(credential)
    if isinstance(stored, ForeignHash):
        return None
    return Kind.SRP if isinstance(stored, SrpVerifier) else Kind.ARGON2ID


def foreign_algorithm(credential: bytes) -> str:
    """The algorithm of a hash of another system's, else ""."""
    stored = _decode(credential)
    return stored.algorithm if isinstance(stored, ForeignHash) else ""


def srp_verifier(credential: bytes) -> SrpVerifier | None:
    """The salt and verifier of a credential of that kind."""
    stored = _decode(credential)
    return stored if isinstance(stored, SrpVerifier) else None


def nobody(kind: Kind) -> bytes:
    """A credential that no password matches, so that a missing user costs what a wrong password costs. Free to make."""
    if kind is Kind.ARGON2ID:
        salt, digest = (b64encode(secrets.token_bytes(n)).decode().rstrip("=") for n in (16, 32))
        cost = f"m={_HASHER.memory_cost},t={_HASHER.time_cost},p={_HASHER.parallelism}"
        return _encode(Argon2idHash(f"$argon2id$v=19${cost}${salt}${digest}"))
    return _encode(SrpVerifier(srp.new_salt(), srp.random_verifier()))


def _as_sent(password: str) -> bytes:
    return password.encode("utf-8", "surrogatepass")
