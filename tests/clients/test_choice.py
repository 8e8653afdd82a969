"""`USER_AUTH` as Amplify uses it: codes in place of passwords, the choice, and sign-up without a password."""

from typing import Any

import pytest
from tests.api.authenticator import SMS
from tests.clients.scenario import Scenario
from tests.serving import Pool, Serving

EMAIL, PHONE = "ada@example.com", "+12065550100"
DONE = {"isSignedIn": True, "nextStep": {"signInStep": "DONE"}}
WRONG = {"name": "NotAuthorizedException", "message": "Incorrect username or password."}
MAIL = {"deliveryMedium": "EMAIL", "destination": "a***@e***"}
TEXT = {"deliveryMedium": "SMS", "destination": "+*******0100"}


def pool(server: Serving, *factors: str) -> Pool:
    """A pool in which these are first factors, for a client that leaves the choice to the user."""
    return Pool(
        server,
        client={"ExplicitAuthFlows": ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]},
        AutoVerifiedAttributes=["email"],
        SmsConfiguration=SMS,
        Policies={"SignInPolicy": {"AllowedFirstAuthFactors": list(factors)}},
    )


def step(name: str, **more: Any) -> dict[str, Any]:
    return {"isSignedIn": False, "nextStep": {"signInStep": name} | more}


@pytest.fixture
def found(server: Serving, scenario: Scenario) -> Any:
    ours = pool(server, "PASSWORD", "EMAIL_OTP", "SMS_OTP")
    ours.user(email=EMAIL, email_verified="true", phone_number=PHONE, phone_number_verified="true")
    return scenario("amplify/choice.mjs", ours, email=EMAIL, phone=PHONE)


def test_choice(found: Any) -> None:
    assert {way["user"] for way in found.values()} == {"ada"}
    assert all(way["done"] == DONE for way in found.values())
    asked = {
        "EMAIL_OTP": step("CONFIRM_SIGN_IN_WITH_EMAIL_CODE", codeDeliveryDetails=MAIL),
        "SMS_OTP": step("CONFIRM_SIGN_IN_WITH_SMS_CODE", codeDeliveryDetails=TEXT),
    }
    for name in ("EMAIL_OTP", "SMS_OTP"):
        assert found[name]["asked"] == asked[name]
        assert found[name]["wrong"]["name"] == "CodeMismatchException"
    for name in ("PASSWORD", "PASSWORD_SRP"):
        assert found[name]["wrong"] == WRONG
        assert found[f"{name} chosen"]["asked"] == step("CONFIRM_SIGN_IN_WITH_PASSWORD")
    assert found["EMAIL_OTP chosen"]["asked"] == asked["EMAIL_OTP"]
    for way in (way for name, way in found.items() if name.endswith("chosen")):
        assert way["offered"]["nextStep"]["signInStep"] == "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION"
        offered = way["offered"]["nextStep"]["availableChallenges"]
        assert sorted(offered) == ["EMAIL_OTP", "PASSWORD", "PASSWORD_SRP", "SMS_OTP"]


def test_without_a_password(server: Serving, scenario: Scenario) -> None:
    found = scenario("amplify/without_password.mjs", pool(server, "PASSWORD", "EMAIL_OTP"), email=EMAIL)
    assert found["made"]["nextStep"]["signUpStep"] == "CONFIRM_SIGN_UP"
    assert found["confirmed"] == {"isSignUpComplete": True, "nextStep": {"signUpStep": "COMPLETE_AUTO_SIGN_IN"}}
    assert found["entered"] == DONE
    assert (found["attributes"]["email"], found["attributes"]["email_verified"]) == (EMAIL, "true")
    assert found["asked"] == step("CONFIRM_SIGN_IN_WITH_EMAIL_CODE", codeDeliveryDetails=MAIL)
    assert found["again"] == DONE
