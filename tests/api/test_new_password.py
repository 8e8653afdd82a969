"""NEW_PASSWORD_REQUIRED: a temporary password is replaced, once, by the one it was given to, in time."""

import base64
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.serving import PASSWORD, Pool, Serving, claims

TEMPORARY, NEW = "Temporary-9", "Another-horse-8"
USED = ("NotAuthorizedException", "Invalid session for the user, session can only be used once.")
NO_SESSION = ("NotAuthorizedException", "Invalid session for the user, session is expired.")
NAME_REQUIRED = [{"Name": "given_name", "AttributeDataType": "String", "Required": True, "Mutable": True}]


@pytest.fixture
def pool(server: Serving) -> Pool:
    return Pool(server)


def invite(pool: Pool, name: str = "ada", **attributes: str) -> None:
    pool.api.admin_create_user(
        UserPoolId=pool.id,
        Username=name,
        TemporaryPassword=TEMPORARY,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": key, "Value": value} for key, value in attributes.items()],
    )


def session_of(pool: Pool, name: str = "ada") -> str:
    return str(pool.sign_in(name, TEMPORARY)["Session"])


def answer(pool: Pool, session: str, client: str = "", **said: str) -> Any:
    return pool.api.respond_to_auth_challenge(
        ClientId=client or pool.client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=session,
        ChallengeResponses={"USERNAME": "ada", "NEW_PASSWORD": NEW} | said,
    )


def status(pool: Pool, name: str = "ada") -> str:
    return str(pool.api.admin_get_user(UserPoolId=pool.id, Username=name)["UserStatus"])


def test_the_challenge_from_end_to_end(server: Serving) -> None:
    pool = Pool(server, Schema=NAME_REQUIRED)
    invite(pool, email="ada@example.com", email_verified="true", given_name="Ada")
    asked = pool.sign_in("ada", TEMPORARY)
    assert "AuthenticationResult" not in asked
    assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    parameters = asked["ChallengeParameters"]
    assert parameters["USER_ID_FOR_SRP"] == "ada"
    assert json.loads(parameters["requiredAttributes"]) == []
    told = json.loads(parameters["userAttributes"])
    assert (told["email"], told["given_name"]) == ("ada@example.com", "Ada")
    made = answer(pool, asked["Session"])
    tokens = made["AuthenticationResult"]
    assert "Session" not in made
    assert tokens.keys() == {"AccessToken", "IdToken", "RefreshToken", "ExpiresIn", "TokenType"}
    assert status(pool) == "CONFIRMED"
    assert pool.api.get_user(AccessToken=tokens["AccessToken"])["Username"] == "ada"
    assert pool.tokens("ada", NEW)
    assert pool.refused(pool.sign_in, "ada", TEMPORARY)[0] == "NotAuthorizedException"


def test_an_administrator_answers_for_the_user(pool: Pool) -> None:
    invite(pool)
    said: dict[str, Any] = {"UserPoolId": pool.id, "ClientId": pool.client}
    asked = pool.api.admin_initiate_auth(
        **said, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "ada", "PASSWORD": TEMPORARY}
    )
    said |= {"ChallengeName": asked["ChallengeName"], "Session": asked["Session"]}
    responses = {"USERNAME": "ada", "NEW_PASSWORD": NEW}
    other = said | {"UserPoolId": Pool(pool.server).id}
    refused = pool.refused(pool.api.admin_respond_to_auth_challenge, **other, ChallengeResponses=responses)
    assert refused[0] in ("ResourceNotFoundException", "NotAuthorizedException")
    said["Session"] = session_of(pool)
    made = pool.api.admin_respond_to_auth_challenge(**said, ChallengeResponses=responses)
    assert claims(made["AuthenticationResult"]["AccessToken"])["username"] == "ada"


def test_required_attributes_that_are_missing_must_be_given(server: Serving) -> None:
    pool = Pool(server, Schema=NAME_REQUIRED)
    invite(pool)
    asked = pool.sign_in("ada", TEMPORARY)
    assert json.loads(asked["ChallengeParameters"]["requiredAttributes"]) == ["userAttributes.given_name"]
    refused = pool.refused(answer, pool, asked["Session"])
    assert refused == ("InvalidParameterException", "Invalid attributes given, given_name is missing")
    assert status(pool) == "FORCE_CHANGE_PASSWORD"
    made = answer(pool, session_of(pool), **{"userAttributes.given_name": "Ada"})["AuthenticationResult"]
    assert claims(made["IdToken"])["given_name"] == "Ada"


@pytest.mark.parametrize("new", ["short", "nodigits-Here", "no-upper-9", "NO-LOWER-9", "NoSymbols9"])
def test_the_policy_holds_for_the_new_password(pool: Pool, new: str) -> None:
    """AU-11."""
    invite(pool)
    assert pool.refused(answer, pool, session_of(pool), NEW_PASSWORD=new)[0] == "InvalidPasswordException"
    assert status(pool) == "FORCE_CHANGE_PASSWORD"
    assert answer(pool, session_of(pool))["AuthenticationResult"]


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"NEW_PASSWORD": ""}, "Missing required parameter NEW_PASSWORD"),
        ({"USERNAME": ""}, "Missing required parameter USERNAME"),
    ],
)
def test_what_must_be_said(pool: Pool, said: dict[str, str], sentence: str) -> None:
    invite(pool)
    assert pool.refused(answer, pool, session_of(pool), **said) == ("InvalidParameterException", sentence)


def test_a_session_is_good_for_one_answer(pool: Pool) -> None:
    """SR-07. What is no answer, such as a password against the policy, is in test_new_password_again.py."""
    invite(pool)
    first, second = session_of(pool), session_of(pool)
    assert first != second
    assert answer(pool, second)["AuthenticationResult"]
    assert pool.refused(answer, pool, second) == USED


def test_a_session_is_of_one_user_and_one_client(pool: Pool) -> None:
    """SR-07, SR-08: not another client's, not another user's, no other string."""
    invite(pool)
    invite(pool, "eve")
    other = pool.new_client()
    assert pool.refused(answer, pool, session_of(pool), other) == NO_SESSION
    pool.api.delete_user_pool_client(UserPoolId=pool.id, ClientId=other)
    gone = ("ResourceNotFoundException", f"User pool client {other} does not exist.")
    assert pool.refused(answer, pool, session_of(pool), other) == gone
    wrong = ("NotAuthorizedException", "Invalid session for the user.")
    assert pool.refused(answer, pool, session_of(pool), USERNAME="eve") == wrong
    assert pool.refused(answer, pool, session_of(pool, "eve")) == wrong
    session = session_of(pool)
    for forged in (session[:-1] + ("A" if session[-1] != "A" else "B"), session + "A", "A" * 128, session.swapcase()):
        assert pool.refused(answer, pool, forged) == NO_SESSION
    assert {status(pool), status(pool, "eve")} == {"FORCE_CHANGE_PASSWORD"}
    assert answer(pool, session)["AuthenticationResult"], "guesses at it take nothing away"


def test_a_challenge_that_nobody_asked(pool: Pool) -> None:
    """The client's word for the challenge changes nothing."""
    invite(pool)
    said: dict[str, Any] = {"ClientId": pool.client}
    said["ChallengeResponses"] = {"USERNAME": "ada", "NEW_PASSWORD": NEW, "SMS_MFA_CODE": "123456", "ANSWER": "x"}
    for challenge in ("SMS_MFA", "CUSTOM_CHALLENGE", "MFA_SETUP", "SELECT_CHALLENGE", "ADMIN_NO_SRP_AUTH"):
        said["Session"] = session_of(pool)
        refused = pool.refused(pool.api.respond_to_auth_challenge, ChallengeName=challenge, **said)
        assert refused == ("NotAuthorizedException", "Invalid session for the user.")
    del said["Session"]
    refused = pool.refused(pool.api.respond_to_auth_challenge, ChallengeName="NEW_PASSWORD_REQUIRED", **said)
    assert refused == ("InvalidParameterException", "Missing required parameter Session")


@pytest.mark.parametrize("shared", [True, False])
def test_racing_answers_have_one_winner(pool: Pool, shared: bool) -> None:
    """SR-07, AU-13: to one session, and to a session each."""
    invite(pool)
    sessions = [session_of(pool)] * 6 if shared else [session_of(pool) for _ in range(6)]

    def race(number: int) -> str | tuple[str, str]:
        try:
            answer(pool, sessions[number], NEW_PASSWORD=f"{NEW}-{number}")
        except ClientError as refusal:
            return refusal.response["Error"]["Code"], refusal.response["Error"]["Message"]
        return f"{NEW}-{number}"

    with ThreadPoolExecutor(6) as many:
        told = list(many.map(race, range(6)))
    [winner] = [one for one in told if isinstance(one, str)]
    lost = USED if shared else ("NotAuthorizedException", "Invalid session for the user.")
    assert [one for one in told if one != winner] == [lost] * 5
    assert pool.tokens("ada", winner)


def test_two_sessions_of_one_user_have_one_winner(pool: Pool) -> None:
    """AU-13: who signed in with the temporary password, too, cannot replace the lasting one by it."""
    invite(pool)
    first, second = session_of(pool), session_of(pool)
    assert answer(pool, first)["AuthenticationResult"]
    refused = pool.refused(answer, pool, second, NEW_PASSWORD="Stolen-horse-7")
    assert refused == ("NotAuthorizedException", "Invalid session for the user.")
    assert pool.tokens("ada", NEW)


@pytest.mark.parametrize("minutes", [None, 15])
def test_a_session_waits_as_long_as_the_client_says(own_server: Serving, minutes: int | None) -> None:
    """SR-07: three minutes where it says nothing."""
    pool = Pool(own_server, client={"AuthSessionValidity": minutes} if minutes else None)
    invite(pool)
    own_server.clock.stop()
    seconds = (minutes or 3) * 60
    session = session_of(pool)
    own_server.clock.forward(seconds=seconds)
    assert pool.refused(answer, pool, session) == NO_SESSION
    session = session_of(pool)
    own_server.clock.forward(seconds=seconds - 0.001)
    assert answer(pool, session)["AuthenticationResult"]
    assert pool.refused(answer, pool, session) == USED
    own_server.clock.forward(seconds=0.001)
    assert pool.refused(answer, pool, session) == NO_SESSION, "what was used is late as well in the end"


def test_a_temporary_password_expires(own_server: Serving) -> None:
    """AU-13: after the policy's days, seven where it says nothing."""
    own_server.clock.stop()
    pool = Pool(own_server)
    invite(pool)
    own_server.clock.forward(seconds=7 * 86400)
    assert session_of(pool)
    own_server.clock.forward(seconds=0.001)
    expired = ("NotAuthorizedException", "Temporary password has expired and must be reset by an administrator.")
    assert pool.refused(pool.sign_in, "ada", TEMPORARY) == expired
    assert pool.refused(pool.sign_in, "ada", PASSWORD)[1] == "Incorrect username or password."


def test_the_answer_holds_the_clients_secret(pool: Pool) -> None:
    """OA-06."""
    invite(pool)
    pool.client = pool.new_client(GenerateSecret=True)
    described = pool.api.describe_user_pool_client(UserPoolId=pool.id, ClientId=pool.client)["UserPoolClient"]
    digest = hmac.digest(described["ClientSecret"].encode(), ("ada" + pool.client).encode(), "sha256")
    hashed = base64.b64encode(digest).decode()

    def session() -> str:
        said = {"USERNAME": "ada", "PASSWORD": TEMPORARY, "SECRET_HASH": hashed}
        asked = pool.api.initiate_auth(ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
        return str(asked["Session"])

    assert pool.refused(answer, pool, session())[0] == "NotAuthorizedException"
    assert pool.refused(answer, pool, session(), SECRET_HASH="x")[0] == "NotAuthorizedException"
    assert status(pool) == "FORCE_CHANGE_PASSWORD"
    assert answer(pool, session(), SECRET_HASH=hashed)["AuthenticationResult"]
