"""Sign-ins of more than one call, as a client goes through them. What the client computes counts for nothing."""

import base64
from datetime import UTC, datetime
from typing import Any, Final

from bench.load import Line, Talk
from keydesk.crypto import srp

MINE: Final = srp.ask()  # one a for all: the server cannot tell
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
        asked = await line.ask("InitiateAuth", _begin("USER_SRP_AUTH", client, SRP_A=MINE.public.hex()))
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
    name, salt = asked["USER_ID_FOR_SRP"], bytes.fromhex(asked["SALT"])
    exponent = srp.secret_exponent(salt, pool, name, password)
    key = srp.client_key(MINE, int(asked["SRP_B"], 16).to_bytes(srp.SIZE), exponent)
    now = datetime.now(UTC)
    moment = f"{now:%a %b} {now.day} {now:%H:%M:%S} UTC {now:%Y}"
    proof = srp.proof(key, pool, name, base64.b64decode(asked["SECRET_BLOCK"]), moment)
    return {
        "USERNAME": name,
        "PASSWORD_CLAIM_SECRET_BLOCK": asked["SECRET_BLOCK"],
        "PASSWORD_CLAIM_SIGNATURE": base64.b64encode(proof).decode(),
        "TIMESTAMP": moment,
    }
