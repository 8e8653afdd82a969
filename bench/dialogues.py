"""Sign-ins of more than one call, as a client goes through them. What the client computes counts for nothing."""

import base64
import hashlib
import hmac
from datetime import UTC, datetime
from typing import Any, Final

import gmpy2

from bench.load import Line, Talk
from keydesk.crypto.srp import N, signed

G: Final = 2
PRIVATE: Final = int.from_bytes(b"\x7f" * 32)  # one a for all: the server cannot tell
PUBLIC: Final = int(gmpy2.powmod(G, PRIVATE, N))
# For all three functions of CUSTOM_AUTH: one question, one answer.
RIDDLE: Final = """def handler(event, context):
    source, response = event["triggerSource"], event["response"]
    if source.startswith("Define"):
        response["issueTokens"] = bool(event["request"]["session"])
        response["challengeName"] = "CUSTOM_CHALLENGE"
    elif source.startswith("Create"):
        response["publicChallengeParameters"] = {"riddle": "six by nine"}
        response["privateChallengeParameters"] = {"answer": "42"}
    else:
        response["answerCorrect"] = event["request"]["challengeAnswer"] == "42"
    return event
"""


def by_srp(client: str, pool: str, password: str) -> Talk:
    """USER_SRP_AUTH in both its calls."""

    async def talk(line: Line, _: int) -> None:
        asked = await line.ask("InitiateAuth", _begin("USER_SRP_AUTH", client, SRP_A=f"{PUBLIC:x}"))
        said = _proof(asked["ChallengeParameters"], pool.partition("_")[2], password)
        body = {"ClientId": client, "ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": said}
        await line.ask("RespondToAuthChallenge", body | {"Session": asked["Session"]})

    return talk


def by_riddle(client: str) -> Talk:
    """CUSTOM_AUTH without SRP: four calls of functions behind two of ours."""

    async def talk(line: Line, _: int) -> None:
        asked = await line.ask("InitiateAuth", _begin("CUSTOM_AUTH", client))
        said = {"USERNAME": "ada", "ANSWER": "42"}
        body = {"ClientId": client, "ChallengeName": "CUSTOM_CHALLENGE", "ChallengeResponses": said}
        await line.ask("RespondToAuthChallenge", body | {"Session": asked["Session"]})

    return talk


def _begin(flow: str, client: str, **said: str) -> dict[str, Any]:
    return {"AuthFlow": flow, "ClientId": client, "AuthParameters": {"USERNAME": "ada", **said}}


def _proof(asked: dict[str, str], pool: str, password: str) -> dict[str, str]:
    """ChallengeResponses for PASSWORD_VERIFIER (RFC 5054, with Cognito's identity and key)."""
    name, salt, public = asked["USER_ID_FOR_SRP"], bytes.fromhex(asked["SALT"]), int(asked["SRP_B"], 16)
    k, u = _number(_digits(int(N)), _digits(G)), _number(_digits(PUBLIC), _digits(public))
    x = _number(signed(salt), hashlib.sha256(f"{pool}{name}:{password}".encode()).digest())
    shared = int(gmpy2.powmod(public - k * int(gmpy2.powmod(G, x, N)), PRIVATE + u * x, N))
    key = hmac.digest(hmac.digest(_digits(u), _digits(shared), "sha256"), b"Caldera Derived Key\x01", "sha256")[:16]
    now = datetime.now(UTC)
    moment = f"{now:%a %b} {now.day} {now:%H:%M:%S} UTC {now:%Y}"
    message = f"{pool}{name}".encode() + base64.b64decode(asked["SECRET_BLOCK"]) + moment.encode()
    return {
        "USERNAME": name,
        "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"],
        "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(hmac.digest(key, message, "sha256")).decode(),
        "TIMESTAMP": moment,
    }


def _digits(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _number(*parts: bytes) -> int:
    return int.from_bytes(hashlib.sha256(b"".join(parts)).digest(), "big")
