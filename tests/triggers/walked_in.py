"""Every sign-in of section 6.2, walked as in tests/triggers/walked.py."""

import json

import pyotp
from tests.api.test_second_factor import with_factors
from tests.device_client import Device
from tests.passkey_authenticator import Authenticator
from tests.serving import PASSWORD
from tests.srp_client import Client
from tests.triggers.walked import NEW, NUMBER, Walk, sign_up


def by_password(walk: Walk) -> None:
    walk.ada()
    walk.begin(PASSWORD=PASSWORD)


def by_password_through_an_administrator(walk: Walk) -> None:
    walk.ada()
    walk.begin("ADMIN_USER_PASSWORD_AUTH", "AdminInitiateAuth", PASSWORD=PASSWORD)


def with_a_wrong_password(walk: Walk) -> None:
    walk.ada()
    walk.begin(PASSWORD="Wrong-horse-9")


def of_nobody(walk: Walk) -> None:
    walk.begin(PASSWORD=PASSWORD)


def of_somebody_from_elsewhere(walk: Walk) -> None:
    walk.begin(USERNAME="moved", PASSWORD=PASSWORD)
    walk.begin(USERNAME="moved", PASSWORD=PASSWORD)


def of_somebody_from_elsewhere_by_choice(walk: Walk) -> None:
    walk.begin("USER_AUTH", USERNAME="moved", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)


def of_somebody_from_elsewhere_by_srp(walk: Walk) -> None:
    walk.begin("USER_SRP_AUTH", USERNAME="moved", SRP_A=f"{Client(walk.pool.id, PASSWORD).public:x}")


def of_a_disabled_user(walk: Walk) -> None:
    walk.ada()
    walk.plain("AdminDisableUser", Username="ada")
    walk.begin(PASSWORD=PASSWORD)


def by_srp(walk: Walk, password: str = PASSWORD, flow: str = "USER_SRP_AUTH", **said: str) -> object:
    walk.ada()
    client = Client(walk.pool.id, password)
    asked = walk.begin(flow, SRP_A=f"{client.public:x}", **said)
    return walk.answer(asked, **walk.proof(asked, client))


def by_srp_with_a_wrong_password(walk: Walk) -> None:
    by_srp(walk, "Wrong-horse-9")


def with_sms(walk: Walk) -> None:
    walk.ada()
    walk.prefer("SMSMfaSettings")
    asked = walk.begin(PASSWORD=PASSWORD)
    walk.answer(asked, SMS_MFA_CODE=walk.code(NUMBER))


def with_mail(walk: Walk) -> None:
    walk.ada()
    walk.prefer("EmailMfaSettings")
    asked = walk.begin(PASSWORD=PASSWORD)
    walk.answer(asked, EMAIL_OTP_CODE=walk.code())


def with_a_wrong_code(walk: Walk) -> None:
    walk.ada()
    walk.prefer("EmailMfaSettings")
    asked = walk.begin(PASSWORD=PASSWORD)
    walk.answer(asked, EMAIL_OTP_CODE="wrong")


def with_app(walk: Walk) -> None:
    walk.ada()
    with_factors(walk.pool)
    app = set_up(walk)
    walk.prefer("SoftwareTokenMfaSettings")
    asked = walk.begin(PASSWORD=PASSWORD)
    walk.answer(asked, SOFTWARE_TOKEN_MFA_CODE=app.at(walk.server.clock() // 1000))


def set_up(walk: Walk) -> pyotp.TOTP:
    """An app that has shown its code of half a minute ago, so that the next one is not a replay."""
    token = walk.token()
    app = pyotp.TOTP(walk.plain("AssociateSoftwareToken", AccessToken=token)["SecretCode"])
    with walk.server.clock.still():
        before = app.at(walk.server.clock() // 1000, counter_offset=-1)
        walk.plain("VerifySoftwareToken", AccessToken=token, UserCode=before)
    return app


def with_a_choice_of_factors(walk: Walk) -> None:
    walk.ada()
    with_factors(walk.pool)
    on = {"Enabled": True}
    walk.plain("AdminSetUserMFAPreference", Username="ada", SMSMfaSettings=on, EmailMfaSettings=on)
    asked = walk.answer(walk.begin(PASSWORD=PASSWORD), ANSWER="EMAIL_OTP")
    walk.answer(asked, EMAIL_OTP_CODE=walk.code())


def with_a_factor_to_set_up(walk: Walk) -> None:
    walk.ada()
    with_factors(walk.pool, "ON", "app")
    asked = walk.begin(PASSWORD=PASSWORD)
    offered = walk("AssociateSoftwareToken", Session=asked["Session"])
    code = pyotp.TOTP(offered["SecretCode"]).at(walk.server.clock() // 1000)
    verified = walk("VerifySoftwareToken", Session=offered["Session"], UserCode=code)
    walk.answer(verified, "MFA_SETUP")


def with_a_temporary_password(walk: Walk) -> None:
    walk.ada()
    walk.plain("AdminSetUserPassword", Username="ada", Password=PASSWORD, Permanent=False)
    walk.answer(walk.begin(PASSWORD=PASSWORD), NEW_PASSWORD=NEW)


def with_a_temporary_password_by_srp(walk: Walk) -> None:
    walk.ada()
    walk.plain("AdminSetUserPassword", Username="ada", Password=PASSWORD, Permanent=False)
    client = Client(walk.pool.id, PASSWORD)
    asked = walk.begin("USER_SRP_AUTH", SRP_A=f"{client.public:x}")
    walk.answer(walk.answer(asked, **walk.proof(asked, client)), NEW_PASSWORD=NEW)


def by_riddle(walk: Walk) -> None:
    walk.ada()
    walk.answer(walk.begin("CUSTOM_AUTH"), ANSWER="42")


def by_srp_and_riddle(walk: Walk) -> None:
    walk.answer(by_srp(walk, PASSWORD, "CUSTOM_AUTH", CHALLENGE_NAME="SRP_A"), ANSWER="42")


def by_srp_code_and_riddle(walk: Walk) -> None:
    walk.ada()
    walk.prefer("EmailMfaSettings")
    client = Client(walk.pool.id, PASSWORD)
    asked = walk.begin("CUSTOM_AUTH", CHALLENGE_NAME="SRP_A", SRP_A=f"{client.public:x}")
    asked = walk.answer(asked, **walk.proof(asked, client))
    walk.answer(walk.answer(asked, EMAIL_OTP_CODE=walk.code()), ANSWER="42")


def by_a_wrong_riddle_twice(walk: Walk) -> None:
    walk.ada()
    walk.answer(walk.answer(walk.begin("CUSTOM_AUTH"), ANSWER="54"), ANSWER="55")


def refresh(walk: Walk) -> None:
    walk.ada()
    walk("InitiateAuth", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={"REFRESH_TOKEN": refresh_token(walk)})


def refresh_token(walk: Walk) -> str:
    return str(walk.pool.tokens()["RefreshToken"])


def tokens_from_refresh_token(walk: Walk) -> None:
    walk.ada()
    walk("GetTokensFromRefreshToken", RefreshToken=refresh_token(walk))


def by_choice_of_a_password(walk: Walk) -> None:
    walk.ada()
    walk.answer(walk.begin("USER_AUTH"), ANSWER="PASSWORD", PASSWORD=PASSWORD)


def by_choice_with_a_password(walk: Walk) -> None:
    walk.ada()
    walk.begin("USER_AUTH", PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD)


def by_choice_with_srp(walk: Walk) -> None:
    by_srp(walk, PASSWORD, "USER_AUTH", PREFERRED_CHALLENGE="PASSWORD_SRP")


def by_choice_with_mail(walk: Walk) -> None:
    walk.ada()
    walk.answer(walk.begin("USER_AUTH", PREFERRED_CHALLENGE="EMAIL_OTP"), EMAIL_OTP_CODE=walk.code())


def by_choice_with_sms(walk: Walk) -> None:
    walk.ada()
    walk.answer(walk.begin("USER_AUTH", PREFERRED_CHALLENGE="SMS_OTP"), SMS_OTP_CODE=walk.code(NUMBER))


def by_choice_with_passkey(walk: Walk) -> None:
    walk.ada()
    key, token = Authenticator(), walk.token()
    options = walk.plain("StartWebAuthnRegistration", AccessToken=token)["CredentialCreationOptions"]
    walk.plain("CompleteWebAuthnRegistration", AccessToken=token, Credential=key.register(options))
    asked = walk.begin("USER_AUTH", PREFERRED_CHALLENGE="WEB_AUTHN")
    signed = key.sign(json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]))
    walk.answer(asked, CREDENTIAL=json.dumps(signed))


def straight_after_the_sign_up(walk: Walk) -> None:
    session = sign_up(walk)["Session"]
    code = walk.code(f"eve.{walk.mail}")
    session = walk("ConfirmSignUp", Username="eve", ConfirmationCode=code, Session=session)["Session"]
    walk("InitiateAuth", AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "eve"}, Session=session)


def by_device(walk: Walk) -> None:
    walk.ada()
    tokens = walk.pool.tokens()
    device = Device(tokens["NewDeviceMetadata"])
    device.confirm(walk.pool, tokens["AccessToken"])
    asked = walk.begin(PASSWORD=PASSWORD, DEVICE_KEY=device.key)
    client = device.exchange()
    asked = walk.answer(asked, DEVICE_KEY=device.key, SRP_A=f"{client.public:x}")
    asked["ChallengeParameters"]["USER_ID_FOR_SRP"] = device.key
    walk.answer(asked, **walk.proof(asked, client) | {"USERNAME": "ada", "DEVICE_KEY": device.key})


def a_clients_own_token(walk: Walk) -> None:
    about = walk.plain("DescribeUserPoolClient", ClientId=walk.pool.client)["UserPoolClient"]
    walk("GetClientToken", ClientId=walk.pool.client, Secret=about["ClientSecret"])
