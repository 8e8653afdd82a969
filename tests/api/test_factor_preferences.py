"""Which second factors users have switched on, which one they prefer, and what a sign-in then asks for."""

import json
from typing import Any

import pytest
from tests.api.authenticator import SMS, set_up, with_factors
from tests.serving import Pool, Serving

EVERYTHING = {
    "SmsMfaConfiguration": {"SmsConfiguration": SMS},
    "SoftwareTokenMfaConfiguration": {"Enabled": True},
    "EmailMfaConfiguration": {},
}
PHONE = "+15550100"
MAIL = "ada@example.com"
ON = {"Enabled": True}
OFF = {"Enabled": False}
BEST = {"Enabled": True, "PreferredMfa": True}
BY_SMS = [{"DeliveryMedium": "SMS", "AttributeName": "phone_number"}]


@pytest.fixture
def pool(server: Serving) -> Pool:
    made = with_factors(Pool(server), **EVERYTHING)
    made.user(email=MAIL, phone_number=PHONE)
    return made


@pytest.fixture
def token(pool: Pool) -> str:
    return str(pool.tokens()["AccessToken"])


def factors(pool: Pool, name: str = "ada") -> tuple[list[str], str | None]:
    """What an administrator reads, which is what the user reads."""
    shown = pool.api.admin_get_user(UserPoolId=pool.id, Username=name)
    listed = pool.api.admin_get_user_auth_factors(UserPoolId=pool.id, Username=name)
    for member in ("UserMFASettingList", "PreferredMfaSetting"):
        assert shown.get(member) == listed.get(member)
    return shown.get("UserMFASettingList", []), shown.get("PreferredMfaSetting")


def asked(pool: Pool) -> str:
    """The challenge of a sign-in, "" where there is none."""
    return str(pool.sign_in().get("ChallengeName", ""))


def prefer(pool: Pool, token: str, **said: Any) -> None:
    pool.api.set_user_mfa_preference(AccessToken=token, **said)


def as_admin(pool: Pool, **said: Any) -> None:
    pool.api.admin_set_user_mfa_preference(UserPoolId=pool.id, Username="ada", **said)


def test_nothing_is_on_to_begin_with(pool: Pool, token: str) -> None:
    assert factors(pool) == ([], None)
    shown = pool.api.get_user(AccessToken=token)
    assert not {"MFAOptions", "UserMFASettingList", "PreferredMfaSetting"} & shown.keys()


def test_each_factor_is_switched_on_and_asked_for(pool: Pool, token: str) -> None:
    prefer(pool, token, SMSMfaSettings=ON)
    assert (factors(pool), asked(pool)) == ((["SMS_MFA"], None), "SMS_MFA")
    prefer(pool, token, SMSMfaSettings=OFF, EmailMfaSettings=ON)
    assert (factors(pool), asked(pool)) == ((["EMAIL_OTP"], None), "EMAIL_OTP")
    set_up(pool, token)
    prefer(pool, token, EmailMfaSettings=OFF, SoftwareTokenMfaSettings=ON)
    assert (factors(pool), asked(pool)) == ((["SOFTWARE_TOKEN_MFA"], None), "SOFTWARE_TOKEN_MFA")
    prefer(pool, token, SoftwareTokenMfaSettings=OFF)
    assert (factors(pool), asked(pool)) == (([], None), "")


def test_of_several_the_preferred_one_is_asked_for(pool: Pool, token: str) -> None:
    set_up(pool, token)
    as_admin(pool, SMSMfaSettings=ON, EmailMfaSettings=ON, SoftwareTokenMfaSettings=ON)
    choice = pool.sign_in()
    assert choice["ChallengeName"] == "SELECT_MFA_TYPE"
    listed = json.loads(choice["ChallengeParameters"]["MFAS_CAN_CHOOSE"])
    assert listed == ["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
    as_admin(pool, EmailMfaSettings=BEST)
    assert asked(pool) == "EMAIL_OTP"
    prefer(pool, token, SMSMfaSettings=BEST)
    assert (factors(pool)[1], asked(pool)) == ("SMS_MFA", "SMS_MFA")


def test_what_is_not_said_stays(pool: Pool, token: str) -> None:
    as_admin(pool, SMSMfaSettings=BEST, EmailMfaSettings=ON)
    as_admin(pool)
    as_admin(pool, SMSMfaSettings=ON)
    assert factors(pool) == (["SMS_MFA", "EMAIL_OTP"], "SMS_MFA")
    as_admin(pool, SMSMfaSettings={"PreferredMfa": False})
    assert factors(pool) == (["SMS_MFA", "EMAIL_OTP"], None)
    as_admin(pool, EmailMfaSettings={"PreferredMfa": True})
    as_admin(pool, EmailMfaSettings=OFF)
    assert factors(pool) == (["SMS_MFA"], None)
    shown = pool.api.get_user(AccessToken=token)
    assert (shown["UserMFASettingList"], shown["MFAOptions"]) == (["SMS_MFA"], BY_SMS)


REFUSED = {
    "an app that was not set up": (
        {"SoftwareTokenMfaSettings": ON},
        "User has not set up software token mfa",
    ),
    "two that are preferred": (
        {"SMSMfaSettings": BEST, "EmailMfaSettings": BEST},
        "Only one MFA method can be preferred.",
    ),
    "preferred and switched off": (
        {"SMSMfaSettings": {"Enabled": False, "PreferredMfa": True}},
        "SMS_MFA cannot be preferred while it is not enabled.",
    ),
    "preferred and not switched on": (
        {"EmailMfaSettings": {"PreferredMfa": True}},
        "EMAIL_OTP cannot be preferred while it is not enabled.",
    ),
    "passkeys that are no second factor": (
        {"WebAuthnMfaSettings": ON},
        "Passkey MFA is not enabled for the user pool.",
    ),
}


TO_ADMINS = {"an app that was not set up": "User does not have delivery config set to turn on SOFTWARE_TOKEN_MFA"}


def test_an_app_that_was_not_proved_is_told_as_such(pool: Pool, token: str) -> None:
    pool.api.associate_software_token(AccessToken=token)
    code, sentence = pool.refused(prefer, pool, token, SoftwareTokenMfaSettings=ON)
    assert (code, sentence) == ("InvalidParameterException", "User has not verified software token mfa")


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be(pool: Pool, token: str, case: str) -> None:
    said, sentence = REFUSED[case]
    refusal = ("InvalidParameterException", sentence)
    assert (
        pool.refused(
            prefer,
            pool,
            token,
            SMSMfaSettings=said.get("SMSMfaSettings", ON),
            **{name: value for name, value in said.items() if name != "SMSMfaSettings"},
        )
        == refusal
    )
    assert pool.refused(as_admin, pool, **said) == ("InvalidParameterException", TO_ADMINS.get(case, sentence))
    assert factors(pool) == ([], None)  # nothing of it, not half


def test_a_factor_needs_something_to_reach_the_user_by(pool: Pool) -> None:
    pool.user("bare")
    for member, factor in (("SMSMfaSettings", "SMS_MFA"), ("EmailMfaSettings", "EMAIL_OTP")):
        told = pool.refused(pool.api.admin_set_user_mfa_preference, UserPoolId=pool.id, Username="bare", **{member: ON})
        assert told == ("InvalidParameterException", f"User does not have delivery config set to turn on {factor}")
        pool.api.admin_set_user_mfa_preference(UserPoolId=pool.id, Username="bare", **{member: OFF})


def test_a_factor_must_be_one_of_the_pools(pool: Pool, token: str) -> None:
    with_factors(pool)
    for member, factor in (("SMSMfaSettings", "SMS_MFA"), ("EmailMfaSettings", "EMAIL_OTP")):
        told = pool.refused(prefer, pool, token, **{member: ON})
        assert told == ("InvalidParameterException", f"{factor} is not enabled for the user pool.")


def test_a_factor_that_the_pool_gave_up_is_asked_for_no_more(pool: Pool, token: str) -> None:
    """But for an app: whoever has one is not suddenly let in by a password alone."""
    prefer(pool, token, SMSMfaSettings=BEST)
    with_factors(pool)
    assert asked(pool) == ""
    set_up(pool, token)
    prefer(pool, token, SoftwareTokenMfaSettings=ON)
    with_factors(pool, EmailMfaConfiguration={})
    assert asked(pool) == "SOFTWARE_TOKEN_MFA"
    pool.api.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration="OFF")
    assert asked(pool) == ""


def test_nobody_switches_off_what_the_pool_requires(pool: Pool, token: str) -> None:
    with_factors(pool, "ON", **EVERYTHING)
    prefer(pool, token, EmailMfaSettings=ON)
    assert asked(pool) == "EMAIL_OTP"
    prefer(pool, token, EmailMfaSettings=OFF)
    assert factors(pool) == ([], None)
    listed = json.loads(pool.sign_in()["ChallengeParameters"]["MFAS_CAN_CHOOSE"])
    assert listed == ["SMS_MFA", "EMAIL_OTP"]


def test_passkeys_count_where_another_factor_is_there(pool: Pool, token: str) -> None:
    strong = {"WebAuthnConfiguration": {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}}
    with_factors(pool, **EVERYTHING, **strong)
    told = pool.refused(prefer, pool, token, WebAuthnMfaSettings=ON)
    assert told == ("InvalidParameterException", "Passkey MFA needs another MFA method that is enabled.")
    prefer(pool, token, WebAuthnMfaSettings=ON, SMSMfaSettings=ON)
    assert factors(pool) == (["SMS_MFA"], None)  # the published list has second factors only
    prefer(pool, token, WebAuthnMfaSettings=OFF)


# --- the older form ---


def test_the_older_operations_know_sms_alone(pool: Pool, token: str) -> None:
    pool.api.set_user_settings(AccessToken=token, MFAOptions=BY_SMS)
    assert (factors(pool), asked(pool)) == ((["SMS_MFA"], None), "SMS_MFA")
    shown = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")
    assert shown["MFAOptions"] == BY_SMS
    assert pool.api.list_users(UserPoolId=pool.id)["Users"][0]["MFAOptions"] == BY_SMS
    pool.api.admin_set_user_settings(UserPoolId=pool.id, Username="ada", MFAOptions=[])
    assert factors(pool) == ([], None)
    pool.api.admin_set_user_settings(UserPoolId=pool.id, Username="ada", MFAOptions=BY_SMS)
    pool.api.set_user_settings(AccessToken=token, MFAOptions=[])
    assert factors(pool) == ([], None)
    for options in ([{"DeliveryMedium": "EMAIL", "AttributeName": "email"}], [{"DeliveryMedium": "SMS"}], [{}]):
        told = pool.refused(pool.api.set_user_settings, AccessToken=token, MFAOptions=options)
        assert told[0] == "InvalidParameterException"


# --- what a user can sign in with ---


def test_the_ways_in_are_those_of_pool_and_user(server: Serving) -> None:
    ways = ["PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"]
    pool = Pool(server, Policies={"SignInPolicy": {"AllowedFirstAuthFactors": ways}})
    pool.user(email=MAIL, email_verified="true", phone_number=PHONE)
    shown = pool.api.get_user_auth_factors(AccessToken=pool.tokens()["AccessToken"])
    assert (shown["Username"], shown["ConfiguredUserAuthFactors"]) == ("ada", ["PASSWORD", "EMAIL_OTP"])
    by_admin = pool.api.admin_get_user_auth_factors(UserPoolId=pool.id, Username="ada")
    assert by_admin["ConfiguredUserAuthFactors"] == ["PASSWORD", "EMAIL_OTP"]
    plain = Pool(server)
    plain.user(email=MAIL, email_verified="true")
    shown = plain.api.admin_get_user_auth_factors(UserPoolId=plain.id, Username="ada")
    assert shown["ConfiguredUserAuthFactors"] == ["PASSWORD"]


def test_who_may_ask(pool: Pool, token: str) -> None:
    nobody = {"UserPoolId": pool.id, "Username": "nobody"}
    for operation in (pool.api.admin_get_user_auth_factors, pool.api.admin_set_user_mfa_preference):
        assert pool.refused(operation, **nobody)[0] == "UserNotFoundException"
    assert pool.refused(pool.api.admin_set_user_settings, MFAOptions=[], **nobody)[0] == "UserNotFoundException"
    pool.api.global_sign_out(AccessToken=token)
    for public in (pool.api.get_user_auth_factors, pool.api.set_user_mfa_preference):
        assert pool.refused(public, AccessToken=token)[0] == "NotAuthorizedException"
    assert pool.refused(pool.api.set_user_settings, AccessToken=token, MFAOptions=[])[0] == "NotAuthorizedException"


# --- a forgotten password ---


def test_a_recovery_code_never_goes_where_the_second_factor_goes(server: Serving) -> None:
    """CO-07: one mailbox would be both factors."""
    pool = with_factors(Pool(server), **EVERYTHING)
    proved = {"email_verified": "true", "phone_number_verified": "true"}
    pool.user(email=MAIL, phone_number=PHONE, **proved)
    token = pool.tokens()["AccessToken"]

    def goes_by() -> str:
        sent = pool.api.forgot_password(ClientId=pool.client, Username="ada")
        return str(sent["CodeDeliveryDetails"]["DeliveryMedium"])

    assert goes_by() == "EMAIL"
    prefer(pool, token, EmailMfaSettings=ON)
    assert goes_by() == "SMS"
    prefer(pool, token, SMSMfaSettings=ON)
    assert pool.refused(goes_by) == (
        "InvalidParameterException",
        "Cannot reset password for the user as there is no registered/verified email or phone_number",
    )


def test_a_forgotten_password_switches_no_factor_off(server: Serving) -> None:
    """CO-07."""
    pool = with_factors(Pool(server))
    mail = f"ada@{pool.id[-9:].lower()}.example.com"
    pool.user(email=mail, email_verified="true")
    token = pool.tokens()["AccessToken"]
    set_up(pool, token)
    prefer(pool, token, SoftwareTokenMfaSettings=BEST)
    pool.api.forgot_password(ClientId=pool.client, Username="ada")
    said = {"Username": "ada", "Password": "Another-horse-9", "ConfirmationCode": pool.server.code(mail)}
    pool.api.confirm_forgot_password(ClientId=pool.client, **said)
    assert pool.sign_in(password="Another-horse-9")["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
