"""Signing in with a password: what must be said, who is let in, and what the others are told."""

import base64
import hmac
from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving

WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NOBODY = ("UserNotFoundException", "User does not exist.")
ADMIN = ("ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH")
OPEN = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


@pytest.fixture
def pool(server: Serving) -> Pool:
    made = Pool(server)
    made.user("ada", email="ada@example.com", email_verified="true")
    return made


def ask(pool: Pool, flow: str, client: str = "", **said: str) -> Any:
    """InitiateAuth, or AdminInitiateAuth for the flows of administrators."""
    parameters = {"AuthFlow": flow, "ClientId": client or pool.client, "AuthParameters": said}
    if flow.startswith("ADMIN"):
        return pool.api.admin_initiate_auth(UserPoolId=pool.id, **parameters)
    return pool.api.initiate_auth(**parameters)


def admin(pool: Pool, flow: str, **said: Any) -> Any:
    right: dict[str, Any] = {
        "UserPoolId": pool.id,
        "ClientId": pool.client,
        "AuthFlow": flow,
        "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD},
    }
    return pool.api.admin_initiate_auth(**right | said)


def hashed(pool: Pool, client: str, name: str) -> str:
    described = pool.api.describe_user_pool_client(UserPoolId=pool.id, ClientId=client)["UserPoolClient"]
    made = hmac.digest(described["ClientSecret"].encode(), (name + client).encode(), "sha256")
    return base64.b64encode(made).decode()


def test_t065_t066_the_answer_holds_the_tokens_and_nothing_else(pool: Pool) -> None:
    """T-064 to T-066: all three in AuthenticationResult; nothing of triggers."""
    answer = pool.sign_in()
    del answer["ResponseMetadata"]
    tokens = answer.pop("AuthenticationResult")
    assert answer == {"ChallengeParameters": {}}
    assert tokens.keys() == {"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"}
    assert (tokens["TokenType"], tokens["ExpiresIn"]) == ("Bearer", 3600)


@pytest.mark.parametrize("flow", ADMIN)
def test_administrators_sign_users_in_by_each_of_their_flows(pool: Pool, flow: str) -> None:
    made = admin(pool, flow)["AuthenticationResult"]
    assert pool.api.get_user(AccessToken=made["AccessToken"])["Username"] == "ada"
    refused = pool.refused(admin, pool, flow, AuthParameters={"USERNAME": "ada", "PASSWORD": "Wrong-horse-9"})
    assert refused == WRONG


@pytest.mark.parametrize("flow", ["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"])
@pytest.mark.parametrize("lacking", ["USERNAME", "PASSWORD"])
@pytest.mark.parametrize("said", [None, ""])
def test_what_must_be_said(pool: Pool, flow: str, lacking: str, said: str | None) -> None:
    """T-050."""
    parameters = {"USERNAME": "ada", "PASSWORD": PASSWORD} | ({} if said is None else {lacking: said})
    if said is None:
        del parameters[lacking]
    refused = pool.refused(ask, pool, flow, **parameters)
    assert refused == ("InvalidParameterException", f"Missing required parameter {lacking}")


CLOSED = {
    "USER_PASSWORD_AUTH": "USER_PASSWORD_AUTH flow not enabled for this client",
    "ADMIN_USER_PASSWORD_AUTH": "Auth flow not enabled for this client",
    "ADMIN_NO_SRP_AUTH": "Auth flow not enabled for this client",
    "REFRESH_TOKEN_AUTH": "Auth flow not enabled for this client",
}


@pytest.mark.parametrize("flow", CLOSED)
def test_a_flow_that_the_client_does_not_allow(pool: Pool, flow: str) -> None:
    allowed = {"ADMIN_NO_SRP_AUTH": "ADMIN_USER_PASSWORD_AUTH"}.get(flow, flow)
    others = [one for one in OPEN if one != f"ALLOW_{allowed}"]
    refresh = pool.tokens()["RefreshToken"]
    settings = {"UserPoolId": pool.id, "ClientId": pool.client, "ExplicitAuthFlows": others}
    pool.api.update_user_pool_client(**settings)
    refused = pool.refused(ask, pool, flow, USERNAME="ada", PASSWORD=PASSWORD, REFRESH_TOKEN=refresh)
    assert refused == ("InvalidParameterException", CLOSED[flow])


def test_a_closed_flow_tells_nothing_of_the_password(pool: Pool) -> None:
    client = pool.new_client(ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"])
    said = [
        pool.refused(ask, pool, "USER_PASSWORD_AUTH", client, USERNAME=name, PASSWORD=password)
        for name, password in (("ada", PASSWORD), ("ada", "Wrong-horse-9"), ("nobody", PASSWORD))
    ]
    assert said == [("InvalidParameterException", CLOSED["USER_PASSWORD_AUTH"])] * 3


@pytest.mark.parametrize("flow", ["ADMIN_USER_PASSWORD_AUTH", "ADMIN_NO_SRP_AUTH"])
def test_the_flows_of_administrators_are_not_public(pool: Pool, flow: str) -> None:
    said = {"AuthFlow": flow, "ClientId": pool.client, "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD}}
    refused = pool.refused(pool.api.initiate_auth, **said)
    assert refused == ("InvalidParameterException", "Initiate Auth method not supported.")


def test_the_flow_of_applications_is_not_the_administrators(pool: Pool) -> None:
    said = {"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD}}
    refused = pool.refused(pool.api.admin_initiate_auth, UserPoolId=pool.id, ClientId=pool.client, **said)
    assert refused == ("InvalidParameterException", "Initiate Auth method not supported.")


@pytest.mark.parametrize("flow", ["CUSTOM_AUTH", "USER_AUTH"])
def test_a_flow_that_the_client_does_not_allow_says_so(pool: Pool, flow: str) -> None:
    refused = pool.refused(ask, pool, flow, USERNAME="ada", SRP_A="AB" * 64)
    assert refused == ("InvalidParameterException", f"{flow} is not enabled for the client.")


def test_t051_an_unknown_client_or_pool_is_refused(pool: Pool) -> None:
    """T-051; the client must be the pool's."""
    other = Pool(pool.server)
    missing = "ResourceNotFoundException"
    for client in ("a" * 26, other.client):
        refused = pool.refused(admin, pool, ADMIN[0], ClientId=client)
        assert refused == (missing, f"User pool client {client} does not exist.")
    assert pool.refused(admin, pool, ADMIN[0], UserPoolId="us-east-1_AAAAAAAAA")[0] == missing
    assert pool.refused(ask, pool, "USER_PASSWORD_AUTH", "b" * 26, USERNAME="ada", PASSWORD=PASSWORD)[0] == missing
    assert pool.refused(ask, other, "USER_PASSWORD_AUTH", USERNAME="ada", PASSWORD=PASSWORD) == NOBODY
    pool.api.delete_user_pool_client(UserPoolId=pool.id, ClientId=pool.client)
    assert pool.refused(pool.sign_in)[0] == missing


@pytest.mark.parametrize("flow", ["USER_PASSWORD_AUTH", "ADMIN_USER_PASSWORD_AUTH"])
def test_a_client_with_a_secret_wants_its_hash(pool: Pool, flow: str) -> None:
    """OA-06: of what was typed or of the lasting name; nobody learns by it whether a user exists."""
    client = pool.new_client(GenerateSecret=True)
    right = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    assert ask(pool, flow, client, **right, SECRET_HASH=hashed(pool, client, "ada"))["AuthenticationResult"]
    absent = ("NotAuthorizedException", f"Client {client} is configured with secret but SECRET_HASH was not received")
    assert pool.refused(ask, pool, flow, client, **right) == absent
    wrong = ("NotAuthorizedException", f"Unable to verify secret hash for client {client}")
    other = pool.new_client(GenerateSecret=True)
    forged = [hashed(pool, client, "eve"), hashed(pool, other, "ada"), "x", "é", hashed(pool, client, "ada")[:-1]]
    for said in forged:
        assert pool.refused(ask, pool, flow, client, **right, SECRET_HASH=said) == wrong, said
    for name in ("ada", "nobody"):
        said = {"USERNAME": name, "PASSWORD": PASSWORD, "SECRET_HASH": "x"}
        assert pool.refused(ask, pool, flow, client, **said) == wrong


def test_a_client_without_a_secret_takes_no_hash(pool: Pool) -> None:
    said = {"USERNAME": "ada", "PASSWORD": PASSWORD, "SECRET_HASH": "x"}
    refused = pool.refused(ask, pool, "USER_PASSWORD_AUTH", **said)
    sentence = f"App client {pool.client} is not configured for secret but secret hash was received"
    assert refused == ("InvalidParameterException", sentence)
