"""SetUserPoolMfaConfig: what is left out is off afterwards, and the rules between factors in the service's words."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.api.asking import described, missing, refused
from tests.api.authenticator import SMS
from tests.serving import Pool, Serving

NO_SMS = "SMS configuration and Auto verification for phone_number are required when MFA is required/optional"
NO_FACTOR = "Invalid MFA Configuration given. SMS MFA, Email MFA, or Software Token MFA must be enabled."
OFF_AND_ON = "Invalid MFA configuration given, can't turn off MFA and configure an MFA together."
TEXT = "Your code is {####}."
TOKEN = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
EMAIL = {"EmailMfaConfiguration": {"Message": TEXT, "Subject": "Your code"}}
BY_SMS = {"SmsMfaConfiguration": {"SmsAuthenticationMessage": TEXT, "SmsConfiguration": SMS}}
PASSKEYS = {
    "WebAuthnConfiguration": {
        "RelyingPartyId": "example.com",
        "UserVerification": "required",
        "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION",
    }
}
FIRST_FACTORS = {"Policies": {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}}


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def pool_id(cognito: Any) -> str:
    return str(cognito.create_user_pool(PoolName="test")["UserPool"]["Id"])


def told(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def shown(cognito: Any, pool_id: str) -> dict[str, Any]:
    return told(cognito.get_user_pool_mfa_config(UserPoolId=pool_id))


def put(cognito: Any, pool_id: str, mode: str | None = "ON", **said: Any) -> dict[str, Any]:
    mode_said = {"MfaConfiguration": mode} if mode else {}
    return told(cognito.set_user_pool_mfa_config(UserPoolId=pool_id, **mode_said, **said))


def test_everything_is_kept_and_shown(cognito: Any, pool_id: str) -> None:
    whole = {**BY_SMS, **TOKEN, **EMAIL, **PASSKEYS}
    assert put(cognito, pool_id, "OPTIONAL", **whole) == {"MfaConfiguration": "OPTIONAL", **whole}
    assert shown(cognito, pool_id) == {"MfaConfiguration": "OPTIONAL", **whole}
    pool = described(cognito, pool_id)
    assert (pool["MfaConfiguration"], pool["SmsConfiguration"]) == ("OPTIONAL", SMS)
    assert pool["SmsAuthenticationMessage"] == TEXT


def test_what_has_no_effect_is_told_to_the_log(
    cognito: Any, pool_id: str, warned: Callable[[], list[dict[str, Any]]]
) -> None:
    put(cognito, pool_id, "OPTIONAL", **TOKEN)
    assert warned() == []
    put(cognito, pool_id, "OPTIONAL", **BY_SMS)
    assert [(line["pool"], line["member"]) for line in warned()] == [(pool_id, "SmsConfiguration")]


def test_what_is_left_out_is_off_afterwards(cognito: Any, pool_id: str) -> None:
    put(cognito, pool_id, "OPTIONAL", **BY_SMS, **TOKEN, **EMAIL, **PASSKEYS)
    assert put(cognito, pool_id, "ON", **TOKEN) == {"MfaConfiguration": "ON", **TOKEN}
    assert shown(cognito, pool_id) == {"MfaConfiguration": "ON", **TOKEN}
    assert described(cognito, pool_id)["SmsConfiguration"] == SMS  # it sends other messages, too
    assert put(cognito, pool_id, "ON", SmsMfaConfiguration={}) == {
        "MfaConfiguration": "ON",
        "SmsMfaConfiguration": {"SmsConfiguration": SMS},
    }


@pytest.mark.parametrize("mode", ["OFF", None])
def test_turned_off(cognito: Any, pool_id: str, mode: str | None) -> None:
    put(cognito, pool_id, "ON", **TOKEN, **EMAIL)
    assert put(cognito, pool_id, mode) == {"MfaConfiguration": "OFF"}
    assert shown(cognito, pool_id) == {"MfaConfiguration": "OFF"}
    assert described(cognito, pool_id)["MfaConfiguration"] == "OFF"


def test_passkeys_are_set_without_second_factors(cognito: Any, pool_id: str) -> None:
    assert put(cognito, pool_id, "OFF", **PASSKEYS) == {"MfaConfiguration": "OFF", **PASSKEYS}


REFUSED = {
    "no factor": ("ON", {}, NO_FACTOR),
    "no factor, though chosen": ("OPTIONAL", {"SoftwareTokenMfaConfiguration": {"Enabled": False}}, NO_FACTOR),
    "passkeys are none": ("ON", PASSKEYS, NO_FACTOR),
    "off with an app": ("OFF", TOKEN, OFF_AND_ON),
    "off with SMS": ("OFF", BY_SMS, OFF_AND_ON),
    "off with mail": ("OFF", EMAIL, OFF_AND_ON),
    "SMS that cannot be sent": ("ON", {"SmsMfaConfiguration": {}}, NO_SMS),
    "a subject of two lines": (
        "ON",
        {"EmailMfaConfiguration": {"Subject": "Code\r\nBcc: mallory@example.com"}},
        "The subject of an email message must be one line.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be(cognito: Any, pool_id: str, case: str) -> None:
    mode, said, sentence = REFUSED[case]
    asked = {"UserPoolId": pool_id, "MfaConfiguration": mode, **said}
    assert refused(cognito.set_user_pool_mfa_config, **asked) == ("InvalidParameterException", sentence)
    assert shown(cognito, pool_id) == {"MfaConfiguration": "OFF"}


@pytest.mark.parametrize(
    "said",
    [
        {"SmsMfaConfiguration": {"SmsAuthenticationMessage": "no place for it"}},
        {"EmailMfaConfiguration": {"Message": "no place for it"}},
        {"WebAuthnConfiguration": {"UserVerification": "perhaps"}},
        {"WebAuthnConfiguration": {"RelyingPartyId": "a" * 128}},
    ],
)
def test_the_form_is_the_models(cognito: Any, pool_id: str, said: dict[str, Any]) -> None:
    asked = {"UserPoolId": pool_id, "MfaConfiguration": "ON", **TOKEN, **said}
    assert refused(cognito.set_user_pool_mfa_config, **asked)[0] == "InvalidParameterException"


def test_a_pool_that_is_not_there(cognito: Any) -> None:
    nowhere = "us-east-1_Nowhere00"
    assert refused(cognito.set_user_pool_mfa_config, UserPoolId=nowhere) == missing(nowhere)
    assert refused(cognito.get_user_pool_mfa_config, UserPoolId=nowhere) == missing(nowhere)


def test_the_lite_tier_has_no_mail_and_no_passkeys_as_factors(cognito: Any) -> None:
    lite = cognito.create_user_pool(PoolName="lite", UserPoolTier="LITE")["UserPool"]["Id"]
    asked = {"UserPoolId": lite, "MfaConfiguration": "ON", **TOKEN}
    for more in (EMAIL, PASSKEYS):
        code, _ = refused(cognito.set_user_pool_mfa_config, **asked, **more)
        assert code == "FeatureUnavailableInTierException"
    put(cognito, lite, "ON", **TOKEN)
    full = cognito.create_user_pool(PoolName="full")["UserPool"]["Id"]
    put(cognito, full, "ON", **EMAIL)
    down = {"UserPoolId": full, "UserPoolTier": "LITE", "MfaConfiguration": "ON"}
    assert refused(cognito.update_user_pool, **down)[0] == "FeatureUnavailableInTierException"


def test_update_user_pool_leaves_the_factors(cognito: Any, pool_id: str) -> None:
    put(cognito, pool_id, "ON", **TOKEN, **EMAIL, **PASSKEYS)
    cognito.update_user_pool(UserPoolId=pool_id, MfaConfiguration="OPTIONAL")
    assert shown(cognito, pool_id) == {"MfaConfiguration": "OPTIONAL", **TOKEN, **EMAIL, **PASSKEYS}


def test_update_user_pool_needs_sms_where_there_is_no_other_factor(cognito: Any, pool_id: str) -> None:
    put(cognito, pool_id, "ON", **BY_SMS)
    asked = {"UserPoolId": pool_id, "MfaConfiguration": "ON"}
    assert refused(cognito.update_user_pool, **asked) == ("InvalidParameterException", NO_SMS)
    cognito.update_user_pool(**asked, SmsConfiguration=SMS)


def test_passkeys_that_sign_in_must_count_for_two_where_two_are_required(cognito: Any) -> None:
    pool = cognito.create_user_pool(PoolName="test", **FIRST_FACTORS)["UserPool"]["Id"]
    asked = {"UserPoolId": pool, "MfaConfiguration": "ON", **TOKEN}
    assert refused(cognito.set_user_pool_mfa_config, **asked) == (
        "InvalidParameterException",
        "Cannot set WebAuthn factor configuration to SINGLE_FACTOR if MFA is required and WebAuthn is an allowed"
        " first auth factor",
    )
    put(cognito, pool, "OPTIONAL", **TOKEN)
    put(cognito, pool, "ON", **TOKEN, **PASSKEYS)
    other = cognito.create_user_pool(PoolName="test")["UserPool"]["Id"]
    put(cognito, other, "ON", **TOKEN)
    change = {"UserPoolId": other, "MfaConfiguration": "ON", **FIRST_FACTORS}
    assert refused(cognito.update_user_pool, **change) == (
        "InvalidParameterException",
        "WEB_AUTHN cannot be used as an auth factor when MFA is enabled if not configured for MFA.",
    )


def test_text_messages_for_other_purposes_are_no_second_factor(server: Serving) -> None:
    """A pool that sends SMS, but allows apps only, asks nobody for a code by SMS."""
    pool = Pool(server, SmsConfiguration=SMS)
    pool.user(phone_number="+15550100")
    put(pool.api, pool.id, "ON", **TOKEN)
    assert pool.sign_in()["ChallengeName"] == "MFA_SETUP"
    put(pool.api, pool.id, "ON", **TOKEN, SmsMfaConfiguration={})
    assert pool.sign_in()["ChallengeName"] == "SMS_MFA"
