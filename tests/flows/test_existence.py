"""A client that hides who exists is told the same, for the same work: EN-01, EN-02."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving
from tests.srp_client import Client

Ask = Callable[[Pool, str], Any]


def signs_in(pool: Pool, name: str) -> Any:
    return pool.sign_in(name, "Wrong-horse-9")


def forgets(pool: Pool, name: str) -> Any:
    return pool.api.forgot_password(ClientId=pool.client, Username=name)


def confirms_forgetting(pool: Pool, name: str) -> Any:
    return pool.api.confirm_forgot_password(
        ClientId=pool.client, Username=name, ConfirmationCode="000000", Password=PASSWORD
    )


def confirms(pool: Pool, name: str) -> Any:
    return pool.api.confirm_sign_up(ClientId=pool.client, Username=name, ConfirmationCode="000000")


def wants_a_code(pool: Pool, name: str) -> Any:
    return pool.api.resend_confirmation_code(ClientId=pool.client, Username=name)


def chooses(pool: Pool, name: str, **said: str) -> Any:
    return pool.api.initiate_auth(
        ClientId=pool.client, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": name.upper(), **said}
    )


def chooses_a_password(pool: Pool, name: str) -> Any:
    return chooses(pool, name, PREFERRED_CHALLENGE="PASSWORD", PASSWORD="Wrong-horse-9")


def responds(pool: Pool, asked: Any, **said: str) -> Any:
    """Under the name that was told, as clients do."""
    said["USERNAME"] = asked["ChallengeParameters"]["USER_ID_FOR_SRP"]
    more = {"ChallengeName": asked["ChallengeName"], "Session": asked["Session"], "ChallengeResponses": said}
    return pool.api.respond_to_auth_challenge(ClientId=pool.client, **more)


def says_a_code(pool: Pool, name: str) -> Any:
    asked = chooses(pool, name, PREFERRED_CHALLENGE="EMAIL_OTP")
    return responds(pool, asked, EMAIL_OTP_CODE="00000000")


def proves_by_srp(pool: Pool, name: str) -> Any:
    client = Client(pool.id, "Wrong-horse-9")
    asked = chooses(pool, name, PREFERRED_CHALLENGE="PASSWORD_SRP", SRP_A=f"{client.public:x}")
    told = asked["ChallengeParameters"]
    return responds(pool, asked, **client.answer(told, pool.server.clock() / 1000))


def answer(pool: Pool, ask: Ask, name: str) -> tuple[str, ...]:
    try:
        return ("answered", *sorted(ask(pool, name)["CodeDeliveryDetails"]))
    except pool.api.exceptions.ClientError as fault:
        return fault.response["Error"]["Code"], fault.response["Error"]["Message"]


@pytest.mark.parametrize("forgot", [False, True], ids=["no code waits", "a code waits"])
@pytest.mark.parametrize("ask", [signs_in, forgets, confirms_forgetting, confirms, wants_a_code])
@pytest.mark.parametrize("name", ["confirmed", "unconfirmed"])
def test_the_same_answer_for_the_same_work(
    server: Serving, statements: list[str], ask: Ask, name: str, forgot: bool
) -> None:
    pool = Pool(
        server,
        client={"PreventUserExistenceErrors": "ENABLED"},
        AutoVerifiedAttributes=["email"],
    )
    pool.user("confirmed", email="confirmed@example.com", email_verified="true")
    pool.sign_up("unconfirmed", attributes={"email": "unconfirmed@example.com"})
    if forgot:
        forgets(pool, name)
    for one in ("warm", name, "nobody"):
        answer(pool, ask, one)  # what is made at the first call of a connection is made
    told, work = {}, {}
    for one in (name, "nobody"):
        statements.clear()
        told[one], work[one] = answer(pool, ask, one), len(statements)
    assert told[name] == told["nobody"]
    assert abs(work[name] - work["nobody"]) <= 1, statements


@pytest.mark.parametrize("ask", [chooses_a_password, says_a_code, proves_by_srp])
def test_a_choice_is_the_same_for_the_same_work(server: Serving, statements: list[str], ask: Ask) -> None:
    pool = Pool(
        server,
        client={"PreventUserExistenceErrors": "ENABLED", "ExplicitAuthFlows": ["ALLOW_USER_AUTH"]},
        UsernameConfiguration={"CaseSensitive": False},
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}},
    )
    pool.user("ada", email="ada@example.com", email_verified="true")
    told, work = {}, {}
    for one in ("ada", "nobody", "ada", "nobody"):  # what is made at the first call of a connection is made
        statements.clear()
        told[one], work[one] = answer(pool, ask, one), len(statements)
    assert told["ada"] == told["nobody"]
    assert work["ada"] == work["nobody"], statements
