"""Both clients sign in with a second factor: an authenticator app, a code by SMS, and a code by e-mail."""

from typing import Any

from tests.api.authenticator import SMS, with_factors
from tests.clients.scenario import Scenario
from tests.serving import Pool, Serving

EMAIL, PHONE = "ada@example.com", "+12065550100"
TEMPORARY = "Temporary-horse-9"
APP = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
TEXT = {"SmsMfaConfiguration": {"SmsConfiguration": SMS}}
MAIL = {"EmailMfaConfiguration": {}}
DONE = {"isSignedIn": True, "nextStep": {"signInStep": "DONE"}}
REACHED = {"email": EMAIL, "email_verified": "true", "phone_number": PHONE, "phone_number_verified": "true"}


def pool(server: Serving, mode: str, **factors: Any) -> Pool:
    """A pool with these second factors, and a user who can be reached."""
    # codes by e-mail need a mail account of one's own
    account = {"EmailSendingAccount": "DEVELOPER", "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/x.example"}
    made = Pool(server, EmailConfiguration=account, SmsConfiguration=SMS)
    made.user(**REACHED)
    return with_factors(made, mode, **factors)


def step(name: str, **more: Any) -> dict[str, Any]:
    return {"isSignedIn": False, "nextStep": {"signInStep": name} | more}


def test_an_app_with_identity(server: Serving, scenario: Scenario) -> None:
    found = scenario("identity/totp.mjs", pool(server, "OPTIONAL", **APP))
    assert found["offered"] == "associateSecretCode"
    assert found["unverified"]["name"] == "EnableSoftwareTokenMFAException"
    assert (found["verified"], found["preferred"]) == ("SUCCESS", "SUCCESS")
    assert (found["asked"]["event"], found["asked"]["seen"][0]) == ("totpRequired", "SOFTWARE_TOKEN_MFA")
    assert found["used"] == {
        "name": "ExpiredCodeException",
        "message": "Your software token has already been used once.",
    }
    assert (found["done"], found["access"]["username"]) == ("onSuccess", "ada")


def test_a_required_app_with_identity(server: Serving, scenario: Scenario) -> None:
    ours = pool(server, "ON", **APP)
    ours.api.admin_set_user_password(UserPoolId=ours.id, Username="ada", Password=TEMPORARY, Permanent=False)
    found = scenario("identity/mfa_setup.mjs", ours, temporary=TEMPORARY)
    assert found["temporary"] == "newPasswordRequired"
    assert found["asked"] == "mfaSetup"
    assert found["wrong"]["name"] == "EnableSoftwareTokenMFAException"
    assert (found["done"], found["next"], found["last"]) == ("onSuccess", "totpRequired", "onSuccess")


def test_a_text_message_with_identity(server: Serving, scenario: Scenario) -> None:
    found = scenario("identity/sms.mjs", pool(server, "OPTIONAL", **APP, **TEXT), phone=PHONE)
    name, parameters = found["asked"]["seen"]
    assert (found["asked"]["event"], name) == ("mfaRequired", "SMS_MFA")
    assert parameters["CODE_DELIVERY_DELIVERY_MEDIUM"] == "SMS"
    assert found["wrong"]["name"] == "CodeMismatchException"
    assert (found["done"], found["choice"]["event"]) == ("onSuccess", "selectMFAType")
    assert found["choice"]["seen"][1]["MFAS_CAN_CHOOSE"] == '["SMS_MFA", "SOFTWARE_TOKEN_MFA"]'
    assert (found["chosen"], found["last"]) == ("totpRequired", "onSuccess")


def test_an_app_with_amplify(server: Serving, scenario: Scenario) -> None:
    found = scenario("amplify/totp.mjs", pool(server, "OPTIONAL", **APP))
    assert found["uri"].startswith("otpauth://totp/Keydesk:")
    assert found["unverified"]["name"] == "EnableSoftwareTokenMFAException"
    assert found["preference"] == {"preferred": "TOTP", "enabled": ["TOTP"]}
    assert found["asked"] == step("CONFIRM_SIGN_IN_WITH_TOTP_CODE")
    assert found["used"] == {
        "name": "ExpiredCodeException",
        "message": "Your software token has already been used once.",
    }
    assert found["done"] == DONE


def test_a_required_app_with_amplify(server: Serving, scenario: Scenario) -> None:
    ours = pool(server, "ON", **APP)
    ours.api.admin_set_user_password(UserPoolId=ours.id, Username="ada", Password=TEMPORARY, Permanent=False)
    found = scenario("amplify/mfa_setup.mjs", ours, temporary=TEMPORARY)
    assert found["temporary"] == step("CONFIRM_SIGN_IN_WITH_NEW_PASSWORD_REQUIRED", missingAttributes=[])
    assert found["asked"] == "CONTINUE_SIGN_IN_WITH_TOTP_SETUP"
    assert found["wrong"]["name"] == "EnableSoftwareTokenMFAException"
    assert found["done"] == DONE
    assert (found["next"], found["last"]) == (step("CONFIRM_SIGN_IN_WITH_TOTP_CODE"), DONE)


def test_codes_with_amplify(server: Serving, scenario: Scenario) -> None:
    found = scenario("amplify/codes.mjs", pool(server, "OPTIONAL", **TEXT, **MAIL), phone=PHONE, email=EMAIL)
    assert found["preference"] == {"preferred": "SMS", "enabled": ["SMS", "EMAIL"]}
    sms = {"deliveryMedium": "SMS", "destination": "+*******0100"}
    assert found["bySms"] == step("CONFIRM_SIGN_IN_WITH_SMS_CODE", codeDeliveryDetails=sms)
    assert (found["wrong"]["name"], found["first"]) == ("CodeMismatchException", DONE)
    assert found["choice"] == step("CONTINUE_SIGN_IN_WITH_MFA_SELECTION", allowedMFATypes=["SMS", "EMAIL"])
    mail = {"deliveryMedium": "EMAIL", "destination": "a***@e***"}
    assert found["byMail"] == step("CONFIRM_SIGN_IN_WITH_EMAIL_CODE", codeDeliveryDetails=mail)
    assert found["second"] == DONE


def test_a_required_address_with_amplify(server: Serving, scenario: Scenario) -> None:
    ours = pool(server, "ON", **APP, **MAIL)
    ours.user("bob")
    found = scenario("amplify/mail_setup.mjs", ours, name="bob", email="bob@example.com")
    assert found["choice"] == step("CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION", allowedMFATypes=["TOTP", "EMAIL"])
    assert found["wanted"] == step("CONTINUE_SIGN_IN_WITH_EMAIL_SETUP")
    assert found["sent"]["nextStep"]["signInStep"] == "CONFIRM_SIGN_IN_WITH_EMAIL_CODE"
    assert (found["wrong"]["name"], found["done"]) == ("CodeMismatchException", DONE)
