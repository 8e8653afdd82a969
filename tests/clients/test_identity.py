"""`amazon-cognito-identity-js` 6, unmodified but for its endpoint."""

from typing import Any

import pytest
from tests.clients.scenario import Scenario
from tests.serving import PASSWORD, Pool, Serving

EMAIL = "ada@example.com"
NEXT = "Another-horse-9"
FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
WRONG = {"name": "NotAuthorizedException", "message": "Incorrect username or password."}


def pool(server: Serving, **settings: Any) -> Pool:
    """A pool whose client has no secret and tells who exists as little as a new client of the console does."""
    client = {"ExplicitAuthFlows": FLOWS, "PreventUserExistenceErrors": "ENABLED"}
    return Pool(server, client=client, AutoVerifiedAttributes=["email"], **settings)


def test_sign_up(server: Serving, scenario: Scenario) -> None:
    found = scenario("identity/sign_up.mjs", pool(server), email=EMAIL)
    assert found["confirmedAtOnce"] is False
    assert (found["delivery"]["AttributeName"], found["delivery"]["DeliveryMedium"]) == ("email", "EMAIL")
    assert found["resent"]["CodeDeliveryDetails"] == found["delivery"]
    assert found["unconfirmed"] == {"name": "UserNotConfirmedException", "message": "User is not confirmed."}
    assert found["wrong"]["name"] == "CodeMismatchException"
    assert found["confirmed"] == "SUCCESS"
    assert found["again"]["name"] == "UsernameExistsException"
    assert (found["id"]["sub"], found["id"]["email"]) == (found["sub"], EMAIL)
    assert found["id"]["email_verified"] is True


@pytest.mark.parametrize("flow", ["USER_SRP_AUTH", "USER_PASSWORD_AUTH"])
def test_sign_in(server: Serving, scenario: Scenario, flow: str) -> None:
    ours = pool(server)
    sub = ours.user(email=EMAIL)
    found = scenario("identity/sign_in.mjs", ours, flow=flow)
    assert (found["wrong"], found["unknown"]) == (WRONG, WRONG)
    assert (found["event"], found["valid"], found["kept"]) == ("onSuccess", True, True)
    assert (found["access"]["sub"], found["access"]["client_id"]) == (sub, ours.client)
    assert (found["id"]["aud"], found["id"]["cognito:username"], found["id"]["email"]) == (ours.client, "ada", EMAIL)
    assert found["refreshed"]["jti"] != found["access"]["jti"]
    assert found["refreshed"]["origin_jti"] == found["access"]["origin_jti"]


def test_new_password(server: Serving, scenario: Scenario) -> None:
    ours = pool(server, Schema=[{"Name": "given_name", "Required": True, "Mutable": True}])
    ours.api.admin_create_user(
        UserPoolId=ours.id,
        Username="ada",
        TemporaryPassword=NEXT,
        MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email", "Value": EMAIL}],
    )
    found = scenario("identity/new_password.mjs", ours, temporary=NEXT)
    assert found["event"] == "newPasswordRequired"
    assert (found["attributes"]["email"], found["required"]) == (EMAIL, ["given_name"])
    assert found["missing"]["name"] == "InvalidParameterException"
    assert found["weak"]["name"] == "InvalidPasswordException"
    assert (found["done"], found["id"]["given_name"]) == ("onSuccess", "Ada")
    assert (found["old"], found["again"]) == (WRONG, "onSuccess")


def test_account(server: Serving, scenario: Scenario) -> None:
    ours = pool(server)
    sub = ours.user(email="first@example.com", email_verified="true")
    found = scenario("identity/account.mjs", ours, email=EMAIL, next=NEXT)
    assert found["before"] == {"sub": sub, "email": "first@example.com", "email_verified": "true"}
    assert found["changed"] == {"sub": sub, "email": EMAIL, "email_verified": "false", "nickname": "countess"}
    assert found["asked"] == "inputVerificationCode"
    assert found["wrong"]["name"] == "CodeMismatchException"
    assert (found["name"], found["after"]) == ("ada", {"sub": sub, "email": EMAIL, "email_verified": "true"})
    assert found["mistaken"] == WRONG
    assert (found["old"], found["again"]) == (WRONG, "onSuccess")


def test_recovery(server: Serving, scenario: Scenario) -> None:
    ours = pool(server)
    ours.user(email=EMAIL, email_verified="true")
    found = scenario("identity/recovery.mjs", ours, email=EMAIL, next=NEXT)
    assert found["asked"]["event"] == "inputVerificationCode"
    assert found["asked"]["seen"][0]["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    assert found["wrong"]["name"] == "CodeMismatchException"
    assert (found["set"], found["old"], found["again"]) == ("onSuccess", WRONG, "onSuccess")


def test_sign_out(server: Serving, scenario: Scenario) -> None:
    ours = pool(server)
    ours.user()
    found = scenario("identity/sign_out.mjs", ours)
    assert found["access"] == {"name": "NotAuthorizedException", "message": "Access Token has been revoked"}
    assert found["everywhere"]["name"] == "NotAuthorizedException"
    assert found["only"]["name"] == "NotAuthorizedException"
    assert found["again"] == "onSuccess"


def test_delete_user(server: Serving, scenario: Scenario) -> None:
    ours = pool(server)
    ours.user(password=PASSWORD)
    found = scenario("identity/delete_user.mjs", ours)
    assert found["deleted"] == "SUCCESS"
    assert found["after"] == WRONG
    assert ours.api.list_users(UserPoolId=ours.id)["Users"] == []
