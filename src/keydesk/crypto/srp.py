"""SRP-6a as Cognito's clients speak it: the 3072-bit group, SHA-256, numbers hashed in their shortest signed form.

Two things surprise: the identity is pool name and user name run together, and a salt is a number, so its leading
zero bytes would be lost on the way to the client.
"""

import hmac
import re
import secrets
from functools import cache
from hashlib import sha256
from typing import NamedTuple

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from gmpy2 import context, get_context, mpz, powmod  # type: ignore[import-untyped]

# RFC 3526 section 4 (group 15), which is also the 3072-bit group of RFC 5054 with another generator.
N = mpz(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD"
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED"
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F"
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B"
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510"
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7"
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C"
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
    16,
)
G = 2
SIZE = 384  # bytes of a number modulo N
K = int.from_bytes(sha256(b"\0" + int(N).to_bytes(384, "big") + bytes([G])).digest(), "big")
_HEX = re.compile(r"[0-9a-fA-F]{1,768}", re.ASCII)
SALT_SIZE = 16


class Offer(NamedTuple):
    """One side's half of an exchange: a secret exponent, never told, and a public number, B = kv + g^b or A = g^a."""

    secret: bytes
    public: bytes


class Refused(Exception):
    """The client's public number is none that an honest client sends."""


def new_salt() -> bytes:
    """Sixteen random bytes, the first never zero: some clients read the salt back shorter otherwise."""
    return bytes([1 + secrets.randbelow(255)]) + secrets.token_bytes(SALT_SIZE - 1)


def verifier(salt: bytes, pool_name: str, username: str, password: str) -> bytes:
    """v = g^x mod N in `SIZE` bytes; about 0.08 ms, so cheap to guess: never keep it unsealed.

    `pool_name` is the part of the pool's id behind the underscore.
    """
    return int(_power_of_g(secret_exponent(salt, pool_name, username, password))).to_bytes(SIZE, "big")


def random_verifier() -> bytes:
    """A verifier that belongs to no known password."""
    return (1 + secrets.randbelow(int(N) - 1)).to_bytes(SIZE, "big")


def offer(verifier: bytes) -> Offer:
    """A fresh b of 256 bits and its B (RFC 5054 section 2.5.3); about 0.1 ms."""
    secret = secrets.token_bytes(32)
    public = (K * _number(verifier) + _power_of_g(secret)) % N
    return Offer(secret, int(public).to_bytes(SIZE, "big"))


def public_number(text: str) -> bytes:
    """A, as the client says it in hexadecimal digits. Raises `Refused` for another form, one too large, or 0 mod N.

    RFC 5054 section 2.5.4: with A mod N = 0 anybody would know the key, so it is refused before it is used.
    """
    if not _HEX.fullmatch(text):
        raise Refused
    number = mpz(text, 16)
    if number >= N or number == 0:
        raise Refused
    return int(number).to_bytes(SIZE, "big")


def key(verifier: bytes, offered: Offer, client: bytes) -> bytes:
    """The 16 bytes that only who knows the password comes to, too: HKDF (RFC 5869) of S = (A v^u)^b mod N.

    About 2 ms with the GIL released. Raises `Refused` where u is 0.
    """
    u = sha256(signed(client) + signed(offered.public)).digest()
    if not any(u):
        raise Refused
    with context(get_context(), allow_release_gil=True):
        base = _number(client) * powmod(_number(verifier), int.from_bytes(u, "big"), N) % N
        shared = powmod(base, int.from_bytes(offered.secret, "big"), N)
    return _derived(u, shared)


def ask() -> Offer:
    """The client's half: a fresh a of 256 bits and its A = g^a (RFC 5054 section 2.5.4)."""
    secret = secrets.token_bytes(32)
    return Offer(secret, int(_power_of_g(secret)).to_bytes(SIZE, "big"))


def client_key(asked: Offer, server: bytes, exponent: bytes) -> bytes:
    """As `key`, on the client's side: of S = (B - k g^x)^(a + u x), with x from `exponent`. Raises `Refused`."""
    u = sha256(signed(asked.public) + signed(server)).digest()
    if not any(u) or not _number(server) % N:
        raise Refused
    with context(get_context(), allow_release_gil=True):
        power = int.from_bytes(asked.secret, "big") + int.from_bytes(u, "big") * int.from_bytes(exponent, "big")
        shared = powmod(_number(server) - K * _power_of_g(exponent), power, N)
    return _derived(u, shared)


def proof(key: bytes, pool_name: str, username: str, block: bytes, moment: str) -> bytes:
    """What the client signs with the key: pool, user, the server's secret block, and the time as it says it."""
    return hmac.digest(key, f"{pool_name}{username}".encode() + block + moment.encode(), "sha256")


def signed(number: bytes) -> bytes:
    """The big-endian bytes of a number with no leading zeros, save one where the highest bit would read as a sign."""
    shortest = number.lstrip(b"\0")
    return b"\0" + shortest if not shortest or shortest[0] & 0x80 else shortest


def secret_exponent(salt: bytes, pool_name: str, username: str, password: str) -> bytes:
    """x = H(salt | H(pool name, user name, ":", password)), RFC 5054 section 2.4 with Cognito's identity."""
    # `surrogatepass` keeps the encoding one-to-one for any string, so two passwords are never taken for one.
    said = f"{pool_name}{username}:{password}".encode("utf-8", "surrogatepass")
    return sha256(signed(salt) + sha256(said).digest()).digest()


def _derived(u: bytes, shared: mpz) -> bytes:
    hkdf = HKDF(algorithm=SHA256(), length=16, salt=signed(u), info=b"Caldera Derived Key")
    return hkdf.derive(signed(int(shared).to_bytes(SIZE, "big")))


def _number(big_endian: bytes) -> mpz:
    return mpz(int.from_bytes(big_endian, "big"))


def _power_of_g(exponent: bytes) -> mpz:
    """g^exponent mod N from the table: one multiplication for each byte instead of eight squarings.

    The GIL is kept: gmpy2 could release it for each small product, but then a busy neighbour thread makes each of
    the thirty-two wait for its turn, milliseconds each.
    """
    power = mpz(1)
    for row, digit in zip(_table(), reversed(exponent), strict=True):
        power = power * row[digit] % N
    return power


@cache
def _table() -> list[list[mpz]]:
    """row[i][d] = g^(d * 256^i) mod N for exponents of 256 bits; 3 MB, built at the first use in about 20 ms."""
    rows = []
    base = mpz(G)
    for _ in range(32):
        row = [mpz(1)]
        for _ in range(255):
            row.append(row[-1] * base % N)
        rows.append(row)
        base = row[-1] * base % N
    return rows
