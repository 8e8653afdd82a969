"""A client's half of SRP as Cognito speaks it, on Python's own numbers: independent of what the server uses."""

import base64
import hashlib
import hmac
import secrets
from datetime import UTC, datetime
from typing import Any

from keydesk.crypto.srp import N as GROUP

N, G = int(GROUP), 2


def digits(number: int) -> bytes:
    """Big-endian, with a zero byte before a highest bit."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")


class Client:
    """One exchange. `secret` is a."""

    def __init__(self, pool: str, password: str, secret: int | None = None) -> None:
        self.pool_name = pool.partition("_")[2]
        self.password = password
        self.a = secret or secrets.randbits(1024)
        self.public = pow(G, self.a, N)

    def key(self, username: str, salt: int, b: int) -> bytes:
        """The sixteen bytes shared with the server (RFC 5054, RFC 5869)."""
        k = number(digits(N), digits(G))
        u = number(digits(self.public), digits(b))
        x = number(digits(salt), hashlib.sha256(f"{self.pool_name}{username}:{self.password}".encode()).digest())
        shared = pow(b - k * pow(G, x, N), self.a + u * x, N)
        extracted = hmac.digest(digits(u), digits(shared), "sha256")
        return hmac.digest(extracted, b"Caldera Derived Key\x01", "sha256")[:16]

    def answer(self, asked: dict[str, str], now: float, **instead: str) -> dict[str, Any]:
        """ChallengeResponses for PASSWORD_VERIFIER; `instead` replaces members."""
        username = asked["USER_ID_FOR_SRP"]
        key = self.key(username, int(asked["SALT"], 16), int(asked["SRP_B"], 16))
        moment = f"{datetime.fromtimestamp(now, UTC):%a %b} {datetime.fromtimestamp(now, UTC).day} "
        moment += f"{datetime.fromtimestamp(now, UTC):%H:%M:%S} UTC {datetime.fromtimestamp(now, UTC):%Y}"
        moment = instead.get("TIMESTAMP", moment)
        block = base64.b64decode(asked["SECRET_BLOCK"])
        proof = hmac.digest(key, f"{self.pool_name}{username}".encode() + block + moment.encode(), "sha256")
        return {
            "USERNAME": username,
            "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"],
            "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(proof).decode(),
            "TIMESTAMP": moment,
        } | instead
