"""Second factors at sign-in: which is asked for, what a code is worth, set-up on the way, the pool's settings."""

import json
import secrets
from typing import Any

import pyotp
import pytest
from tests.api.test_overtaken import meddling
from tests.api.test_srp import answer as prove
from tests.api.test_srp import ask as ask_srp
from tests.serving import PASSWORD, Pool, Serving, claims
from tests.srp_client import Client
from tests.triggers.recorder import event_only, new_password_session, pool_of

from keydesk.domain.user import UserKey
from keydesk.store import people, pools, users

SMS = {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}}
WRONG_CODE = ("CodeMismatchException", "Invalid code or auth state for the user.")
WRONG_APP_CODE = ("CodeMismatchException", "Invalid code received for user")
EXCEEDED = ("NotAuthorizedException", "Password attempts exceeded")


def with_factors(pool: Pool, required: str = "OPTIONAL", *factors: str) -> None:
    """SetUserPoolMfaConfig with these second factors: sms, app, mail; all where none is named."""
    said: dict[str, Any] = {
        "sms": {"SmsMfaConfiguration": SMS | {"SmsAuthenticationMessage": "Your code: {####}"}},
        "app": {"SoftwareTokenMfaConfiguration": {"Enabled": True}},
        "mail": {"EmailMfaConfiguration": {"Message": "Your code: {####}", "Subject": "Your code"}},
    }
    config = {name: value for factor in factors or said for name, value in said[factor].items()}
    pool.api.set_user_pool_mfa_config(UserPoolId=pool.id, MfaConfiguration=required, **config)


def respond(pool: Pool, challenge: str, asked: Any, name: str = "ada", **said: str) -> dict[str, Any]:
    return dict(
        pool.api.respond_to_auth_challenge(
            ClientId=pool.client,
            ChallengeName=challenge,
            Session=asked["Session"],
            ChallengeResponses={"USERNAME": name, **said},
        )
    )


def with_app(pool: Pool, name: str = "ada") -> pyotp.TOTP:
    """An authenticator app, set up by the user and preferred."""
    token = pool.tokens(name)["AccessToken"]
    app = pyotp.TOTP(pool.api.associate_software_token(AccessToken=token)["SecretCode"])
    pool.api.verify_software_token(AccessToken=token, UserCode=now(pool, app))
    chosen = {"Enabled": True, "PreferredMfa": True}
    pool.api.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings=chosen)
    return app


def now(pool: Pool, app: pyotp.TOTP, steps: int = 0) -> str:
    return str(app.at(pool.server.clock() // 1000, counter_offset=steps))


def unlisted() -> str:
    """A number that no other test has."""
    return f"+1206{secrets.randbelow(10**10):010}"


@pytest.fixture
def pool(server: Serving) -> Pool:
    made = Pool(server)
    number = unlisted()
    made.user("ada", email=f"{number}@example.com", email_verified="true", phone_number=number)
    with_factors(made)
    return made


def prefer(pool: Pool, **settings: Any) -> None:
    pool.api.admin_set_user_mfa_preference(UserPoolId=pool.id, Username="ada", **settings)


def reached(pool: Pool, attribute: str) -> str:
    user = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")
    return next(one["Value"] for one in user["UserAttributes"] if one["Name"] == attribute)


def test_optional_asks_only_who_switched_one_on(pool: Pool) -> None:
    assert pool.sign_in()["AuthenticationResult"]
    prefer(pool, SMSMfaSettings={"Enabled": True})
    assert pool.sign_in()["ChallengeName"] == "SMS_MFA"
    prefer(pool, SMSMfaSettings={"Enabled": False})
    assert pool.sign_in()["AuthenticationResult"]


@pytest.mark.parametrize(
    ("setting", "factor", "attribute"),
    [("SMSMfaSettings", "SMS_MFA", "phone_number"), ("EmailMfaSettings", "EMAIL_OTP", "email")],
)
def test_a_code_by_sms_or_mail(pool: Pool, setting: str, factor: str, attribute: str) -> None:
    prefer(pool, **{setting: {"Enabled": True, "PreferredMfa": True}})
    asked = pool.sign_in()
    assert asked["ChallengeName"] == factor
    assert "AuthenticationResult" not in asked
    told, to = asked["ChallengeParameters"], reached(pool, attribute)
    assert told["CODE_DELIVERY_DELIVERY_MEDIUM"] == ("SMS" if factor == "SMS_MFA" else "EMAIL")
    assert to not in told["CODE_DELIVERY_DESTINATION"]
    code = pool.server.code(to)
    assert pool.server.outbox(to)[-1]["body"] == f"Your code: {code}"
    assert len(code) == 6
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    assert pool.refused(respond, pool, factor, asked, **{f"{factor}_CODE": wrong}) == WRONG_CODE
    missing = ("InvalidParameterException", f"Missing required parameter {factor}_CODE")
    assert pool.refused(respond, pool, factor, asked) == missing
    done = respond(pool, factor, asked, **{f"{factor}_CODE": code})
    assert claims(done["AuthenticationResult"]["IdToken"])[f"{attribute}_verified"] is True
    again = pool.refused(respond, pool, factor, asked, **{f"{factor}_CODE": code})
    assert again[0] == "NotAuthorizedException"


def test_an_authenticator_app(own_server: Serving) -> None:
    pool = Pool(own_server)
    pool.user("ada")
    with_factors(pool, "OPTIONAL", "app")
    app = with_app(pool)
    pool.server.clock.forward(seconds=30)
    asked = pool.sign_in()
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    code = now(pool, app)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    refused = pool.refused(respond, pool, "SOFTWARE_TOKEN_MFA", asked, SOFTWARE_TOKEN_MFA_CODE=wrong)
    assert refused == WRONG_APP_CODE
    done = respond(pool, "SOFTWARE_TOKEN_MFA", asked, SOFTWARE_TOKEN_MFA_CODE=code)
    assert done["AuthenticationResult"]
    asked = pool.sign_in()
    replayed = pool.refused(respond, pool, "SOFTWARE_TOKEN_MFA", asked, SOFTWARE_TOKEN_MFA_CODE=code)
    assert replayed == ("ExpiredCodeException", "Your software token has already been used once.")
    pool.server.clock.forward(seconds=30)
    done = respond(pool, "SOFTWARE_TOKEN_MFA", asked, SOFTWARE_TOKEN_MFA_CODE=now(pool, app))
    assert done["AuthenticationResult"]


def test_the_user_chooses_between_several(pool: Pool) -> None:
    prefer(pool, SMSMfaSettings={"Enabled": True}, EmailMfaSettings={"Enabled": True})
    asked = pool.sign_in()
    assert asked["ChallengeName"] == "SELECT_MFA_TYPE"
    assert json.loads(asked["ChallengeParameters"]["MFAS_CAN_CHOOSE"]) == ["SMS_MFA", "EMAIL_OTP"]
    refused = pool.refused(respond, pool, "SELECT_MFA_TYPE", asked, ANSWER="SOFTWARE_TOKEN_MFA")
    assert refused[0] == "InvalidParameterException"
    asked = respond(pool, "SELECT_MFA_TYPE", asked, ANSWER="EMAIL_OTP")
    assert asked["ChallengeName"] == "EMAIL_OTP"
    code = pool.server.code(reached(pool, "email"))
    assert respond(pool, "EMAIL_OTP", asked, EMAIL_OTP_CODE=code)["AuthenticationResult"]


def test_two_who_share_a_number_both_sign_in(server: Serving) -> None:
    """The alias stays with who proved it first."""
    pool = Pool(server, AliasAttributes=["phone_number"])
    number = unlisted()
    pool.user("bob", phone_number=number, phone_number_verified="true")
    pool.user("ada", phone_number=number)
    with_factors(pool, "ON", "sms")
    asked = pool.sign_in()
    assert respond(pool, "SMS_MFA", asked, SMS_MFA_CODE=server.code(number))["AuthenticationResult"]
    assert pool.sign_in(number)["ChallengeParameters"]["USER_ID_FOR_SRP"] == "bob"
    user = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")
    assert {"Name": "phone_number_verified", "Value": "true"} not in user["UserAttributes"]


@pytest.mark.parametrize("factor", ["SMS_MFA", "SOFTWARE_TOKEN_MFA"])
def test_tk08_who_is_disabled_while_a_code_is_judged_gets_no_session(
    pool: Pool, factor: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """TK-08: what the code itself changes of the user does not hide what somebody else has changed."""
    app = with_app(pool)
    prefer(pool, SMSMfaSettings={"Enabled": True, "PreferredMfa": factor == "SMS_MFA"})
    asked = pool.sign_in()
    sub = reached(pool, "sub")
    if asked["ChallengeName"] == "SELECT_MFA_TYPE":
        asked = respond(pool, "SELECT_MFA_TYPE", asked, ANSWER=factor)

    async def disable(store: Any, _: Any) -> None:
        user = await store.glance(users.by_key, UserKey(pool.id, sub))
        await store.write(people.disable, await store.glance(pools.named, pool.id), user.key, user.modified)

    code = pool.server.code(reached(pool, "phone_number")) if factor == "SMS_MFA" else now(pool, app, 1)
    assert meddling(pool.server, monkeypatch, users.failures, 1, disable) == []
    refused = pool.refused(respond, pool, factor, asked, **{f"{factor}_CODE": code})
    assert refused[0] == "NotAuthorizedException"


def test_by_srp_it_is_the_same(pool: Pool) -> None:
    prefer(pool, SMSMfaSettings={"Enabled": True})
    client = Client(pool.id, PASSWORD)
    asked = prove(pool, ask_srp(pool, "ada", client), client)
    assert asked["ChallengeName"] == "SMS_MFA"
    code = pool.server.code(reached(pool, "phone_number"))
    assert respond(pool, "SMS_MFA", asked, SMS_MFA_CODE=code)["AuthenticationResult"]


def test_au08_wrong_codes_lock_the_user(pool: Pool) -> None:
    """AU-08: five wrong codes, over any number of sessions; and the right code does not help while locked."""
    prefer(pool, SMSMfaSettings={"Enabled": True})
    with pool.server.clock.still():
        for _ in range(5):
            asked = pool.sign_in()
            code = pool.server.code(reached(pool, "phone_number"))
            wrong = f"{(int(code) + 1) % 1_000_000:06}"
            assert pool.refused(respond, pool, "SMS_MFA", asked, SMS_MFA_CODE=wrong) == WRONG_CODE
        assert pool.refused(respond, pool, "SMS_MFA", asked, SMS_MFA_CODE=code) == EXCEEDED
        assert pool.refused(pool.sign_in) == EXCEEDED


def test_co02_a_right_password_does_not_send_messages_without_end(pool: Pool) -> None:
    """CO-02."""
    prefer(pool, SMSMfaSettings={"Enabled": True})
    for _ in range(30):
        assert pool.sign_in()["ChallengeName"] == "SMS_MFA"
    refused = pool.refused(pool.sign_in)
    assert refused == ("TooManyRequestsException", "Attempt limit exceeded, please try after some time.")
    assert len(pool.server.outbox(reached(pool, "phone_number"))) == 30
    prefer(pool, SMSMfaSettings={"Enabled": False}, EmailMfaSettings={"Enabled": True})
    assert pool.sign_in()["ChallengeName"] == "EMAIL_OTP"


@pytest.mark.parametrize("semantics", ["keydesk", "aws"])
def test_t169_pre_authentication_runs_once_and_the_factor_is_asked_all_the_same(
    server: Serving, semantics: str
) -> None:
    """T-169, C-17, T-024: no function can ask for a factor or spare one; the pool's settings do."""
    pool = pool_of(server, semantics)
    with_factors(pool, "OPTIONAL", "mail")
    seen = event_only(server)
    arns = ("PreAuthentication", "PostAuthentication", "PreTokenGeneration")
    pool.api.update_user_pool(
        UserPoolId=pool.id,
        MfaConfiguration="OPTIONAL",
        UserPoolTags=pool.settings.get("UserPoolTags", {}),
        LambdaConfig=dict.fromkeys(arns, seen.arn),
    )
    prefer(pool, EmailMfaSettings={"Enabled": True})
    asked = pool.sign_in()
    assert asked["ChallengeName"] == "EMAIL_OTP"
    assert seen.sources() == ["PreAuthentication_Authentication"]
    respond(pool, "EMAIL_OTP", asked, EMAIL_OTP_CODE=server.code("ada@example.com"))
    tokens, post = "TokenGeneration_Authentication", "PostAuthentication_Authentication"
    assert seen.sources()[1:] == ([tokens, post] if semantics == "keydesk" else [post, tokens])


def test_on_sets_an_app_up_on_the_way(server: Serving) -> None:
    pool = Pool(server)
    pool.user("ada")
    with_factors(pool, "ON", "app")
    asked = pool.sign_in()
    assert asked["ChallengeName"] == "MFA_SETUP"
    assert json.loads(asked["ChallengeParameters"]["MFAS_CAN_SETUP"]) == ["SOFTWARE_TOKEN_MFA"]
    offered = pool.api.associate_software_token(Session=asked["Session"])
    app = pyotp.TOTP(offered["SecretCode"])
    verified = pool.api.verify_software_token(Session=offered["Session"], UserCode=now(pool, app))
    assert respond(pool, "MFA_SETUP", verified)["AuthenticationResult"]
    assert pool.sign_in()["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_a_credential_is_converted_behind_a_second_factor_too(server: Serving) -> None:
    """A pool that learns SRP: who signs in by password and code once can sign in by SRP from then on."""
    pool = Pool(server, client={"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]})
    pool.user("ada", email=f"{pool.client}@example.com")
    with_factors(pool, "OPTIONAL", "mail")
    prefer(pool, EmailMfaSettings={"Enabled": True})
    pool.client = pool.new_client()
    asked = pool.sign_in()
    assert respond(pool, "EMAIL_OTP", asked, EMAIL_OTP_CODE=server.code(reached(pool, "email")))["AuthenticationResult"]
    client = Client(pool.id, PASSWORD)
    assert prove(pool, ask_srp(pool, "ada", client), client)["ChallengeName"] == "EMAIL_OTP"


def test_a_converted_temporary_password_is_not_put_back(server: Serving) -> None:
    pool = Pool(server, client={"ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]})
    pool.api.admin_create_user(UserPoolId=pool.id, Username="eve", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS")
    pool.client = pool.new_client()
    asked = pool.sign_in("eve")
    assert respond(pool, "NEW_PASSWORD_REQUIRED", asked, "eve", NEW_PASSWORD="Another-horse-8")["AuthenticationResult"]
    assert pool.tokens("eve", "Another-horse-8")
    assert pool.refused(pool.sign_in, "eve")[0] == "NotAuthorizedException"


def test_on_takes_an_address_on_the_way(server: Serving) -> None:
    """MFA_SETUP answered with EMAIL, as Amplify does it: the code is asked for next, and verifies the address."""
    pool = Pool(server)
    pool.user("ada")
    with_factors(pool, "ON", "mail", "app")
    asked = pool.sign_in()
    address = f"{pool.client}@example.com"
    assert pool.refused(respond, pool, "MFA_SETUP", asked, EMAIL="nonsense")[0] == "InvalidParameterException"
    sent = respond(pool, "MFA_SETUP", asked, EMAIL=address)
    assert sent["ChallengeName"] == "EMAIL_OTP"
    done = respond(pool, "EMAIL_OTP", sent, EMAIL_OTP_CODE=server.code(address))
    assert claims(done["AuthenticationResult"]["IdToken"])["email_verified"] is True
    assert pool.sign_in()["ChallengeName"] == "EMAIL_OTP"


def test_only_who_has_no_factor_may_give_an_address(server: Serving) -> None:
    """A Session from before the user had one is no way to have the codes sent elsewhere."""
    pool = Pool(server)
    pool.user("ada")
    with_factors(pool, "ON", "mail", "app")
    thiefs = f"thief-{pool.client}@example.com"
    old, sent, own = pool.sign_in(), respond(pool, "MFA_SETUP", pool.sign_in(), EMAIL=thiefs), pool.sign_in()
    given = respond(pool, "MFA_SETUP", own, EMAIL=f"{pool.client}@example.com")
    assert pool.sign_in()["ChallengeName"] == "MFA_SETUP"  # an address that nobody has proved is nobody's
    respond(pool, "EMAIL_OTP", given, EMAIL_OTP_CODE=server.code(f"{pool.client}@example.com"))
    assert pool.refused(respond, pool, "MFA_SETUP", old, EMAIL=thiefs)[0] == "InvalidParameterException"
    code = server.code(thiefs)
    assert pool.refused(respond, pool, "EMAIL_OTP", sent, EMAIL_OTP_CODE=code)[0] == "NotAuthorizedException"
    assert reached(pool, "email") == f"{pool.client}@example.com"


def test_what_was_set_up_elsewhere_does_not_end_a_set_up(server: Serving) -> None:
    """Who knows the password only, and waits with an old MFA_SETUP, gains nothing when the owner sets a factor up."""
    pool = Pool(server)
    pool.user("ada")
    with_factors(pool, "ON", "app")
    old, other = pool.sign_in(), pool.sign_in()
    offered = pool.api.associate_software_token(Session=other["Session"])
    app = pyotp.TOTP(offered["SecretCode"])
    pool.api.verify_software_token(Session=offered["Session"], UserCode=now(pool, app))
    asked = respond(pool, "MFA_SETUP", old)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    third = pool.refused(pool.api.associate_software_token, Session=asked["Session"])
    assert third[0] == "NotAuthorizedException"


def test_an_app_that_an_administrator_took_away_does_not_end_a_set_up(server: Serving) -> None:
    pool = Pool(server)
    pool.user("ada")
    with_factors(pool, "ON", "app")
    offered = pool.api.associate_software_token(Session=pool.sign_in()["Session"])
    code = now(pool, pyotp.TOTP(offered["SecretCode"]))
    verified = pool.api.verify_software_token(Session=offered["Session"], UserCode=code)
    pool.api.admin_delete_software_token(UserPoolId=pool.id, Username="ada")
    assert respond(pool, "MFA_SETUP", verified)["ChallengeName"] == "MFA_SETUP"


def test_a_factor_that_was_switched_off_while_its_code_was_due_proves_nothing(pool: Pool) -> None:
    """Whoever reads a user's messages is stopped by taking that factor away, not a quarter of an hour later."""
    with_app(pool)
    prefer(pool, SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
    asked = pool.sign_in()
    assert asked["ChallengeName"] == "SMS_MFA"
    prefer(pool, SMSMfaSettings={"Enabled": False})
    code = pool.server.code(reached(pool, "phone_number"))
    assert respond(pool, "SMS_MFA", asked, SMS_MFA_CODE=code)["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_a_new_password_comes_before_the_second_factor(pool: Pool) -> None:
    number = unlisted()
    session = new_password_session(pool, UserAttributes=[{"Name": "phone_number", "Value": number}])
    with_factors(pool, "ON", "sms")
    said = {"NEW_PASSWORD": "Another-horse-8"}
    asked = respond(pool, "NEW_PASSWORD_REQUIRED", {"Session": session}, "eve", **said)
    assert asked["ChallengeName"] == "SMS_MFA"
    assert respond(pool, "SMS_MFA", asked, "eve", SMS_MFA_CODE=pool.server.code(number))["AuthenticationResult"]


def test_a_number_given_with_the_new_password_is_no_way_around_the_factor_that_is_there(pool: Pool) -> None:
    """Else who knows a temporary password would have the code sent to themselves."""
    attributes = [{"Name": "email", "Value": f"{pool.client}@example.com"}]
    session = new_password_session(pool, UserAttributes=attributes)
    with_factors(pool, "ON", "sms", "mail")
    said = {"NEW_PASSWORD": "Another-horse-8", "userAttributes.phone_number": "+12065550199"}
    asked = respond(pool, "NEW_PASSWORD_REQUIRED", {"Session": session}, "eve", **said)
    assert asked["ChallengeName"] == "EMAIL_OTP"
    code = pool.server.code(attributes[0]["Value"])
    assert respond(pool, "EMAIL_OTP", asked, "eve", EMAIL_OTP_CODE=code)["AuthenticationResult"]


def test_co07_a_new_password_does_not_switch_the_factor_off(pool: Pool) -> None:
    """CO-07."""
    prefer(pool, SMSMfaSettings={"Enabled": True})
    pool.api.forgot_password(ClientId=pool.client, Username="ada")
    code = pool.server.code(reached(pool, "email"))
    pool.api.confirm_forgot_password(
        ClientId=pool.client, Username="ada", ConfirmationCode=code, Password="Another-horse-8"
    )
    assert pool.sign_in(password="Another-horse-8")["ChallengeName"] == "SMS_MFA"
