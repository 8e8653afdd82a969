"""A waiting challenge: whom it waits for, and what its answer may write."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving

TEMPORARY = "Temporary-9"
Meanwhile = Callable[[Pool], Any]


@pytest.fixture
def pool(server: Serving) -> Pool:
    return Pool(server, AutoVerifiedAttributes=["email"])


def invited(pool: Pool, **attributes: str) -> str:
    """A user with a temporary password who has signed in with it; gives the Session that waits."""
    pool.api.admin_create_user(
        UserPoolId=pool.id,
        Username="ada",
        TemporaryPassword=TEMPORARY,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": name, "Value": value} for name, value in attributes.items()],
    )
    return str(pool.sign_in("ada", TEMPORARY)["Session"])


def answered(pool: Pool, session: str, **more: str) -> Any:
    return pool.api.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=session,
        ChallengeResponses={"USERNAME": "ada", "NEW_PASSWORD": PASSWORD, **more},
    )


def of_ada(pool: Pool) -> dict[str, str]:
    user = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")
    return {one["Name"]: one["Value"] for one in user["UserAttributes"]} | {"status": user["UserStatus"]}


def disabled(pool: Pool) -> None:
    pool.api.admin_disable_user(UserPoolId=pool.id, Username="ada")


def disabled_and_enabled(pool: Pool) -> None:
    disabled(pool)
    pool.api.admin_enable_user(UserPoolId=pool.id, Username="ada")


def signed_out(pool: Pool) -> None:
    pool.api.admin_user_global_sign_out(UserPoolId=pool.id, Username="ada")


def given_a_password(pool: Pool) -> None:
    pool.api.admin_set_user_password(UserPoolId=pool.id, Username="ada", Password="Administrators-9", Permanent=True)


def invited_again(pool: Pool) -> None:
    pool.api.admin_create_user(
        UserPoolId=pool.id, Username="ada", TemporaryPassword="Another-temp-9", MessageAction="RESEND"
    )


def deleted(pool: Pool) -> None:
    pool.api.admin_delete_user(UserPoolId=pool.id, Username="ada")


def replaced_by_a_namesake(pool: Pool) -> None:
    deleted(pool)
    pool.user("ada")


@pytest.mark.parametrize(
    "meanwhile",
    [disabled, disabled_and_enabled, signed_out, given_a_password, invited_again, deleted, replaced_by_a_namesake],
)
def test_an_answer_counts_only_while_nothing_has_changed_of_the_user(pool: Pool, meanwhile: Meanwhile) -> None:
    """SR-07, TK-05: no tokens, and no new password."""
    session = invited(pool, email="ada@example.com")
    meanwhile(pool)
    assert pool.refused(answered, pool, session) == ("NotAuthorizedException", "Invalid session for the user.")


def test_an_address_given_with_the_new_password_is_unproved(pool: Pool) -> None:
    """CO-06: who could bring along a proved address could have codes for somebody else's sent there."""
    answered(pool, invited(pool), **{"userAttributes.email": "victim@example.com"})
    assert (of_ada(pool)["email"], of_ada(pool)["email_verified"]) == ("victim@example.com", "false")


@pytest.mark.parametrize("value", ["other@example.com", "ada@example.com", ""])
def test_an_address_that_is_there_cannot_be_said_with_the_new_password(pool: Pool, value: str) -> None:
    """CO-07: the codes of a second factor may go there, and a temporary password is one factor."""
    session = invited(pool, email="ada@example.com", email_verified="true")
    refusal = pool.refused(answered, pool, session, **{"userAttributes.email": value})
    assert refusal == ("NotAuthorizedException", "Cannot modify an already provided email")
    assert of_ada(pool) | {"email": "ada@example.com", "email_verified": "true"} == of_ada(pool)
    assert of_ada(pool)["status"] == "FORCE_CHANGE_PASSWORD"


@pytest.mark.parametrize(
    ("name", "refusal"),
    [
        ("email_verified", ("InvalidParameterException", "Cannot modify the non-mutable attribute email_verified")),
        ("sub", ("InvalidParameterException", "Cannot modify the non-mutable attribute sub")),
        (
            "custom:unknown",
            ("InvalidParameterException", "user.custom:unknown: Attribute does not exist in the schema.\n"),
        ),
        ("dev:custom:level", ("NotAuthorizedException", "A client attempted to write unauthorized attribute")),
    ],
)
def test_what_a_client_may_not_write_is_refused_with_the_new_password(
    pool: Pool, name: str, refusal: tuple[str, str]
) -> None:
    """RQ-12."""
    session = invited(pool, email="ada@example.com")
    assert pool.refused(answered, pool, session, **{f"userAttributes.{name}": "true"}) == refusal
    assert of_ada(pool)["status"] == "FORCE_CHANGE_PASSWORD"


def test_a_required_attribute_is_given_once_though_it_cannot_be_changed(server: Serving) -> None:
    schema = [{"Name": "family_name", "AttributeDataType": "String", "Required": True, "Mutable": False}]
    pool = Pool(server, Schema=schema)
    answered(pool, invited(pool), **{"userAttributes.family_name": "Lovelace"})
    assert of_ada(pool)["family_name"] == "Lovelace"


def test_an_administrator_starts_sign_ins_in_the_region_of_the_pool_only(server: Serving, pool: Pool) -> None:
    pool.user("ada")
    elsewhere = server.client(region="eu-west-1")
    refusal = pool.refused(
        elsewhere.admin_initiate_auth,
        UserPoolId=pool.id,
        ClientId=pool.client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": PASSWORD},
    )
    assert refusal[0] == "ResourceNotFoundException"
    refresh = {"REFRESH_TOKEN": pool.tokens()["RefreshToken"]}
    refusal = pool.refused(
        elsewhere.admin_initiate_auth,
        UserPoolId=pool.id,
        ClientId=pool.client,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters=refresh,
    )
    assert refusal[0] == "ResourceNotFoundException"
