"""Passwords that another system hashed, to be checked until their owners have signed in once. None is ever made here.

Four algorithms, each in one text that names its own cost; forms and greatest costs are Cognito's:
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool.html
"""

import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

import bcrypt
from argon2.exceptions import Argon2Error
from argon2.low_level import Type, verify_secret
from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

BCRYPT_BYTES: Final = 72  # as many of a password's bytes go into a bcrypt hash; so it was where the hash was made
SALT: Final = (4, 64)  # bytes, least and most
DIGEST: Final = (16, 64)  # a shorter one would be guessed


class Unfit(Exception):
    """The text is no hash of the algorithm, or one whose check would cost too much; the sentence says which."""


class Hash(NamedTuple):
    """A hash taken apart. `cost` are the numbers in it by their names."""

    encoded: str
    cost: Mapping[str, int]
    salt: bytes = b""
    digest: bytes = b""


class Algorithm(NamedTuple):
    """The form, with a group for each number and for `salt` and `digest`; the greatest numbers; and how to check."""

    form: re.Pattern[str]
    most: Mapping[str, int]
    work: Callable[[Mapping[str, int]], int]  # to compare hashes of one algorithm by
    digits: str  # in which salt and digest are written; the first is zero
    decode: Callable[[str], bytes]
    check: Callable[[Hash, bytes], bool]


def check(algorithm: str, encoded: str) -> None:
    """Whether this may be kept as a password's hash. Raises Unfit."""
    _parsed(algorithm, encoded)


def matches(algorithm: str, encoded: str, password: bytes) -> bool:
    """Whether the password, as sent, is the one that was hashed. Up to 250 ms and 64 MiB, with the GIL released."""
    return ALGORITHMS[algorithm].check(_parsed(algorithm, encoded), password)


def work(algorithm: str, encoded: str) -> int:
    """How much a check costs, beside other hashes of the algorithm."""
    return ALGORITHMS[algorithm].work(_parsed(algorithm, encoded).cost)


def decoy(algorithm: str, encoded: str) -> str:
    """A hash that costs the same and that no password matches; nothing in it is of the one given. Raises Unfit."""
    found = _found(algorithm, encoded)
    made, at = "", 0
    for part in ("salt", "digest"):
        made += encoded[at : found.start(part)] + _random(found[part].rstrip("="), ALGORITHMS[algorithm].digits)
        at = found.end(part)
    return made


def _random(text: str, digits: str) -> str:
    """So many random digits; the last stands for zero bits, for it may have some to spare."""
    return "".join(secrets.choice(digits) for _ in text[1:]) + digits[0]


def _found(algorithm: str, encoded: str) -> re.Match[str]:
    found = ALGORITHMS[algorithm].form.fullmatch(encoded)
    if found is None:
        raise Unfit(_NO_HASH.format(algorithm))
    return found


def _parsed(algorithm: str, encoded: str) -> Hash:
    rules, found = ALGORITHMS[algorithm], _found(algorithm, encoded)
    cost = {name: int(found[name]) for name in rules.most}
    if any(number > rules.most[name] for name, number in cost.items()) or not rules.work(cost):
        most = ", ".join(f"{name} {number}" for name, number in rules.most.items())
        raise Unfit(f"The parameters of the password hash are out of bounds; at most they may be {most}.")
    try:
        salt, digest = rules.decode(found["salt"]), rules.decode(found["digest"])
    except ValueError:
        raise Unfit(_NO_HASH.format(algorithm)) from None
    if not (SALT[0] <= len(salt) <= SALT[1] and DIGEST[0] <= len(digest) <= DIGEST[1]):
        raise Unfit("The salt or the digest of the password hash is too short or too long.")
    return Hash(encoded, cost, salt, digest)


_NO_HASH: Final = "The password hash does not have the form of {}."
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def _base64(text: str) -> bytes:
    """Without padding, as hashes write it; a dot may stand for the plus sign. Raises ValueError where bits are left."""
    plain = text.rstrip("=").replace(".", "+")
    decoded = b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    if b64encode(decoded).decode().rstrip("=") != plain:
        raise ValueError("bits are left over")
    return decoded


def _bcrypt(hashed: Hash, password: bytes) -> bool:
    return bcrypt.checkpw(password[:BCRYPT_BYTES], hashed.encoded.encode())


def _scrypt(hashed: Hash, password: bytes) -> bool:
    cost = hashed.cost
    return _derives(Scrypt(hashed.salt, len(hashed.digest), cost["N"], cost["r"], cost["p"]), hashed, password)


def _argon2id(hashed: Hash, password: bytes) -> bool:
    try:
        return verify_secret(hashed.encoded.encode(), password, Type.ID)
    except Argon2Error:
        return False


def _pbkdf2(hashed: Hash, password: bytes) -> bool:
    rounds = hashed.cost["iterations"]
    return _derives(PBKDF2HMAC(SHA256(), len(hashed.digest), hashed.salt, rounds), hashed, password)


def _derives(function: Scrypt | PBKDF2HMAC, hashed: Hash, password: bytes) -> bool:
    try:
        function.verify(password, hashed.digest)
    except InvalidKey:
        return False
    return True


ALGORITHMS: Final[Mapping[str, Algorithm]] = {
    "BCRYPT": Algorithm(
        re.compile(r"\$2[abxy]\$(?P<cost>0[4-9]|[1-3][0-9])\$(?P<salt>[./A-Za-z0-9]{22})(?P<digest>[./A-Za-z0-9]{31})"),
        {"cost": 12},
        lambda cost: 1 << cost["cost"],
        "./" + _LETTERS,
        str.encode,  # bcrypt's own base64, which only the library reads
        _bcrypt,
    ),
    "SCRYPT": Algorithm(
        re.compile(
            r"(?P<N>[0-9]{1,9})\$(?P<r>[0-9]{1,4})\$(?P<p>[0-9]{1,4})\$(?P<salt>[0-9a-fA-F]+)\$(?P<digest>[0-9a-fA-F]+)"
        ),
        {"N": 65536, "r": 8, "p": 1},
        lambda cost: cost["N"] * cost["r"] * cost["p"] if cost["N"] > 1 and cost["N"].bit_count() == 1 else 0,
        "0123456789abcdef",
        bytes.fromhex,
        _scrypt,
    ),
    "ARGON2ID": Algorithm(
        re.compile(
            r"\$argon2id\$v=(?:16|19)\$m=(?P<m>[0-9]{1,9}),t=(?P<t>[0-9]{1,4}),p=(?P<p>[0-9]{1,4})"
            r"\$(?P<salt>[A-Za-z0-9+/]+)\$(?P<digest>[A-Za-z0-9+/]+)"
        ),
        {"m": 19456, "t": 2, "p": 1},
        lambda cost: cost["m"] * cost["t"] * cost["p"] if cost["m"] >= 8 else 0,
        _LETTERS,
        _base64,
        _argon2id,
    ),
    "PBKDF2_SHA256": Algorithm(
        re.compile(
            r"\$pbkdf2-sha256\$(?P<iterations>[0-9]{1,9})\$(?P<salt>[A-Za-z0-9+/.]+=*)\$(?P<digest>[A-Za-z0-9+/.]+=*)"
        ),
        {"iterations": 600_000},
        lambda cost: cost["iterations"],
        _LETTERS,
        _base64,
        _pbkdf2,
    ),
}
