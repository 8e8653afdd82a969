"""SRP-6a as Cognito's clients speak it: the 3072-bit group, SHA-256, numbers hashed in their shortest signed form.

Two things surprise: the identity is pool name and user name run together, and a salt is a number, so its leading
zero bytes would be lost on the way to the client.
"""

import secrets
from functools import cache
from hashlib import sha256

from gmpy2 import mpz  # type: ignore[import-untyped]

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
SALT_SIZE = 16


def new_salt() -> bytes:
    """Sixteen random bytes, the first never zero: some clients read the salt back shorter otherwise."""
    return bytes([1 + secrets.randbelow(255)]) + secrets.token_bytes(SALT_SIZE - 1)


def verifier(salt: bytes, pool_name: str, username: str, password: str) -> bytes:
    """v = g^x mod N in `SIZE` bytes; about 0.08 ms, so cheap to guess: never keep it unsealed.

    `pool_name` is the part of the pool's id behind the underscore.
    """
    return int(_power_of_g(_secret_exponent(salt, pool_name, username, password))).to_bytes(SIZE, "big")


def random_verifier() -> bytes:
    """A verifier that belongs to no known password."""
    return (1 + secrets.randbelow(int(N) - 1)).to_bytes(SIZE, "big")


def signed(number: bytes) -> bytes:
    """The big-endian bytes of a number with no leading zeros, save one where the highest bit would read as a sign."""
    shortest = number.lstrip(b"\0")
    return b"\0" + shortest if not shortest or shortest[0] & 0x80 else shortest


def _secret_exponent(salt: bytes, pool_name: str, username: str, password: str) -> bytes:
    """x = H(salt | H(pool name, user name, ":", password)), RFC 5054 section 2.4 with Cognito's identity."""
    # `surrogatepass` keeps the encoding one-to-one for any string, so two passwords are never taken for one.
    said = f"{pool_name}{username}:{password}".encode("utf-8", "surrogatepass")
    return sha256(signed(salt) + sha256(said).digest()).digest()


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
