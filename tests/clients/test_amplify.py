"""`aws-amplify` 6, unmodified, with Keydesk's address as `userPoolEndpoint`."""

from typing import Any

import pytest
from tests.clients.scenario import Scenario
from tests.serving import Pool, Serving

EMAIL = "ada@example.com"
NEXT = "Another-horse-9"
FLOWS = ["ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
WRONG = {"name": "NotAuthorizedException", "message": "Incorrect username or password."}
DONE = {"isSignedIn": True, "nextStep": {"signInStep": "DONE"}}
SENT = {"deliveryMedium": "EMAIL", "destination": "a***@e***", "attributeName": "email"}


def pool(server: Serving, **settings: Any) -> Pool:
    """A pool with a client such as Amplify makes: no secret, and nobody learns who exists."""
    client = {"ExplicitAuthFlows": FLOWS, "PreventUserExistenceErrors": "ENABLED"}
    return Pool(server, client=client, AutoVerifiedAttributes=["email"], **settings)


@pytest.mark.parametrize("automatic", [False, True])
def test_sign_up(server: Serving, scenario: Scenario, automatic: bool) -> None:
    """By hand, and with `autoSignIn`."""
    ours = pool(server)
    found = scenario("amplify/sign_up.mjs", ours, email=EMAIL, automatic=automatic)
    assert found["made"]["isSignUpComplete"] is False
    assert found["made"]["nextStep"] == {"signUpStep": "CONFIRM_SIGN_UP", "codeDeliveryDetails": SENT}
    if not automatic:
        assert found["early"] == {"isSignedIn": False, "nextStep": {"signInStep": "CONFIRM_SIGN_UP"}}
    assert found["resent"] == SENT
    assert found["wrong"]["name"] == "CodeMismatchException"
    step = "COMPLETE_AUTO_SIGN_IN" if automatic else "DONE"
    assert found["confirmed"] == {"isSignUpComplete": True, "nextStep": {"signUpStep": step}}
    assert found["entered"] == DONE
    assert found["user"]["userId"] == found["id"]["sub"] == found["made"]["userId"]
    assert (found["id"]["email"], found["id"]["email_verified"]) == (EMAIL, True)


@pytest.mark.parametrize("flow", ["", "USER_SRP_AUTH", "USER_PASSWORD_AUTH"])
def test_sign_in(server: Serving, scenario: Scenario, flow: str) -> None:
    ours = pool(server)
    sub = ours.user(email=EMAIL)
    found = scenario("amplify/sign_in.mjs", ours, flow=flow)
    assert (found["wrong"], found["unknown"]) == (WRONG, WRONG)
    assert found["entered"] == DONE
    used = flow or "USER_SRP_AUTH"
    details = {"loginId": "ada", "authFlowType": used}
    assert found["user"] == {"username": "ada", "userId": sub, "signInDetails": details}
    assert found["sub"] == found["access"]["sub"] == sub
    assert (found["access"]["client_id"], found["id"]["aud"], found["id"]["email"]) == (ours.client, ours.client, EMAIL)
    assert found["twice"]["name"] == "UserAlreadyAuthenticatedException"
    assert found["refreshed"]["jti"] != found["access"]["jti"]
    assert found["refreshed"]["origin_jti"] == found["access"]["origin_jti"]
    assert found["out"] is None


def test_new_password(server: Serving, scenario: Scenario) -> None:
    ours = pool(server, Schema=[{"Name": "given_name", "Required": True, "Mutable": True}])
    ours.api.admin_create_user(UserPoolId=ours.id, Username="ada", TemporaryPassword=NEXT, MessageAction="SUPPRESS")
    found = scenario("amplify/new_password.mjs", ours, temporary=NEXT)
    step = {"signInStep": "CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED", "missingAttributes": ["given_name"]}
    assert found["asked"] == {"isSignedIn": False, "nextStep": step}
    assert found["weak"]["name"] == "InvalidPasswordException"
    assert (found["done"], found["attributes"]["given_name"]) == (DONE, "Ada")
    assert (found["old"], found["again"]) == (WRONG, DONE)


def test_account(server: Serving, scenario: Scenario) -> None:
    ours = pool(server)
    sub = ours.user(email="first@example.com", email_verified="true")
    found = scenario("amplify/account.mjs", ours, email=EMAIL, next=NEXT)
    assert found["before"] == {"sub": sub, "email": "first@example.com", "email_verified": "true"}
    assert found["updated"]["nickname"] == {"isUpdated": True, "nextStep": {"updateAttributeStep": "DONE"}}
    step = {"updateAttributeStep": "CONFIRM_ATTRIBUTE_WITH_CODE", "codeDeliveryDetails": SENT}
    assert found["updated"]["email"] == {"isUpdated": False, "nextStep": step}
    assert found["changed"] == {"sub": sub, "email": EMAIL, "email_verified": "false", "nickname": "countess"}
    assert found["sent"] == SENT
    assert found["wrong"]["name"] == "CodeMismatchException"
    assert found["after"] == {"sub": sub, "email": EMAIL, "email_verified": "true"}
    assert found["mistaken"] == WRONG
    assert (found["old"], found["again"]) == (WRONG, DONE)


def test_recovery(server: Serving, scenario: Scenario) -> None:
    ours = pool(server)
    ours.user(email=EMAIL, email_verified="true")
    found = scenario("amplify/recovery.mjs", ours, email=EMAIL, next=NEXT)
    step = {"resetPasswordStep": "CONFIRM_RESET_PASSWORD_WITH_CODE", "codeDeliveryDetails": SENT}
    assert found["asked"] == {"isPasswordReset": False, "nextStep": step}
    assert found["wrong"]["name"] == "CodeMismatchException"
    assert (found["old"], found["again"]) == (WRONG, DONE)


def test_sign_out(server: Serving, scenario: Scenario) -> None:
    ours = pool(server)
    ours.user()
    found = scenario("amplify/sign_out.mjs", ours)
    assert (found["here"], found["refreshed"]) == (None, None)
    assert found["access"] == {"name": "NotAuthorizedException", "message": "Access Token has been revoked"}
    assert (found["again"], found["deleted"]) == (DONE, WRONG)
    assert ours.api.list_users(UserPoolId=ours.id)["Users"] == []


def test_rotation(server: Serving, scenario: Scenario) -> None:
    """A refresh token that is used twice ends the session for both who hold it (TK-10)."""
    rotates = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    ours = Pool(server, client={"ExplicitAuthFlows": FLOWS[:1], "RefreshTokenRotation": rotates})
    ours.user()
    found = scenario("amplify/rotation.mjs", ours)
    assert found["different"] == 3
    assert found["thief"] == {
        "name": "RefreshTokenReuseException",
        "message": "Refresh token reuse detected",
    }
    assert found["owner"]["name"] == "NotAuthorizedException"
