"""Sign-in with texts that nobody types: each is refused with a modelled error, on both databases, and harms nothing."""

import json
from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving

HOSTILE = {
    "nul": "a\0b",
    "half of a pair": "a\ud800b",
    "line and escape": '\r\n{"x":1}\x1b[31m',
    "sql": "' OR 1=1; --",
    "long": "x" * 100_000,
    "right to left": "\u202eadа",
    "blank": " ",
    "not folded": "İSTANBUL\u0130",
}
hostile = pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)


@pytest.fixture
def pool(server: Serving) -> Pool:
    made = Pool(server, client={"PreventUserExistenceErrors": "ENABLED"}, AliasAttributes=["email", "phone_number"])
    made.user("ada")
    return made


def asked(pool: Pool, operation: str, **members: Any) -> tuple[str, str]:
    """The type and the sentence of a refusal; whatever else is answered fails the test."""
    target = f"AWSCognitoIdentityProviderService.{operation}"
    status, _, body = pool.server.raw(target, json.dumps(members).encode())
    said = json.loads(body)
    assert status == 400, (status, said)
    return str(said["__type"]), str(said["message"])


@hostile
@pytest.mark.parametrize("member", ["USERNAME", "PASSWORD", "SECRET_HASH"])
def test_as_a_parameter_of_a_sign_in(pool: Pool, member: str, text: str) -> None:
    said = {"USERNAME": "ada", "PASSWORD": PASSWORD} | {member: text}
    code, sentence = asked(
        pool, "InitiateAuth", ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said
    )
    assert code in ("NotAuthorizedException", "InvalidParameterException", "SerializationException")
    assert "Traceback" not in sentence
    assert pool.tokens()


@hostile
@pytest.mark.parametrize("member", ["Session", "USERNAME", "NEW_PASSWORD", "userAttributes.name", "userAttributes"])
def test_in_an_answer_to_a_challenge(pool: Pool, member: str, text: str) -> None:
    pool.api.admin_set_user_password(UserPoolId=pool.id, Username="ada", Password=PASSWORD, Permanent=False)
    session = pool.sign_in()["Session"]
    responses = {"USERNAME": "ada", "NEW_PASSWORD": "short"} | ({} if member == "Session" else {member: text})
    code, _ = asked(
        pool,
        "RespondToAuthChallenge",
        ClientId=pool.client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=text if member == "Session" else session,
        ChallengeResponses=responses,
    )
    assert code.endswith("Exception")
    assert pool.sign_in()["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


@hostile
def test_as_a_token(pool: Pool, text: str) -> None:
    refused = "NotAuthorizedException", "InvalidParameterException", "SerializationException"
    said = {"REFRESH_TOKEN": text}
    flow = {"ClientId": pool.client, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": said}
    assert asked(pool, "InitiateAuth", **flow)[0] in refused
    assert asked(pool, "GetTokensFromRefreshToken", ClientId=pool.client, RefreshToken=text)[0] in refused
    assert asked(pool, "GetUser", AccessToken=text)[0] in refused
    assert asked(pool, "GlobalSignOut", AccessToken=text)[0] in refused


@hostile
def test_as_a_client(pool: Pool, text: str) -> None:
    said = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    code, _ = asked(pool, "InitiateAuth", ClientId=text, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
    assert code in ("InvalidParameterException", "ResourceNotFoundException", "SerializationException")


@pytest.mark.parametrize("parameters", [[], "x", 7, {"USERNAME": 7}, {"USERNAME": {}}, {"USERNAME": None}, None])
def test_parameters_of_another_form(pool: Pool, parameters: Any) -> None:
    flow = {"ClientId": pool.client, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters}
    assert asked(pool, "InitiateAuth", **flow)[0] in ("InvalidParameterException", "SerializationException")
