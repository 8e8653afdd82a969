"""No secret reaches the server's own log, at its most talkative: each is looked for after it was used."""

import base64
import io
import json
from collections.abc import Iterator
from typing import Any

import pytest
from tests.api.authenticator import code, with_factors, wrong_code
from tests.api.providers_asked import OPENID, SOCIAL, google
from tests.api.test_choice import respond
from tests.device_client import Device, prove
from tests.passkey_authenticator import Authenticator
from tests.serving import Pool, Serving
from tests.triggers.custom_challenge import BODY, answer, begin, riddles

from keydesk.log import configure
from keydesk.store import devices

FIRST, SECOND, THIRD, WRONG = "Canary-first-1", "Canary-second-2", "Canary-third-3", "Canary-wrong-4"
TELLING = "def handler(event, context):\n    print(event)\n    return event\n"


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    out = io.StringIO()
    yield out
    configure("error")


def listen(out: io.StringIO) -> None:
    """From here on everything is logged. Starting a server has set another level."""
    configure("debug", out=out)


def spoken(out: io.StringIO) -> list[dict[str, Any]]:
    """The lines, without times and ids: a code has six digits, and so has a microsecond, or a UUID by chance."""
    events = [json.loads(line) for line in out.getvalue().splitlines()]
    return [{name: said for name, said in event.items() if name not in ("at", "request_id", "sub")} for event in events]


def found(canaries: list[str], out: io.StringIO) -> list[str]:
    text = json.dumps(spoken(out)).lower()
    return [canary for canary in canaries if canary.lower() in text]


def test_no_secret_is_logged(server: Serving, logged: io.StringIO) -> None:
    """LG-03: passwords, codes, tokens and sessions through sign-up, sign-in, reset and what is refused."""
    listen(logged)
    pool = Pool(server, AutoVerifiedAttributes=["email"], client={"GenerateSecret": False})
    canaries = [FIRST, SECOND, THIRD, WRONG, "canary-metadata", "canary@example.com"]
    to = f"{pool.client}-canary@example.com"
    pool.sign_up("ada", FIRST, {"email": to}, ClientMetadata={"note": "canary-metadata"})
    canaries.append(server.code(to))
    pool.refused(pool.api.confirm_sign_up, ClientId=pool.client, Username="ada", ConfirmationCode="canary")
    pool.api.confirm_sign_up(ClientId=pool.client, Username="ada", ConfirmationCode=server.code(to))
    canaries += used(pool.tokens("ada", FIRST))
    pool.refused(pool.sign_in, "ada", WRONG)
    tokens = pool.tokens("ada", FIRST)
    canaries += used(tokens)
    pool.api.change_password(AccessToken=tokens["AccessToken"], PreviousPassword=FIRST, ProposedPassword=SECOND)
    pool.api.forgot_password(ClientId=pool.client, Username="ada")
    canaries.append(server.code(to))
    said = {"ClientId": pool.client, "Username": "ada", "ConfirmationCode": server.code(to)}
    pool.api.confirm_forgot_password(**said, Password=THIRD)
    assert pool.refused(pool.api.confirm_forgot_password, **said, Password=THIRD)
    canaries += invited(pool)
    refresh = {"REFRESH_TOKEN": pool.tokens("ada", THIRD)["RefreshToken"]}
    pool.api.initiate_auth(ClientId=pool.client, AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=refresh)
    pool.api.revoke_token(ClientId=pool.client, Token=refresh["REFRESH_TOKEN"])
    assert pool.refused(pool.api.get_user, AccessToken=tokens["AccessToken"][:-4] + "AAAA")
    canaries += refresh.values()
    assert {event.get("operation") for event in spoken(logged)} >= {"SignUp", "InitiateAuth", "ConfirmForgotPassword"}
    assert found(canaries, logged) == []


def test_no_secret_of_a_second_factor_is_logged_or_kept_readable(server: Serving, logged: io.StringIO) -> None:
    """LG-03: an app's secret, its codes and the Sessions, in the sign-in that sets it up and in the one that asks."""
    listen(logged)
    pool = with_factors(Pool(server), "ON")
    sub = pool.user()
    asked = pool.sign_in()
    offered = pool.api.associate_software_token(Session=asked["Session"])
    secret = offered["SecretCode"]
    canaries = [secret, asked["Session"], offered["Session"], wrong_code(pool, secret)]
    pool.refused(pool.api.verify_software_token, Session=offered["Session"], UserCode=wrong_code(pool, secret))
    first, second = code(pool, secret), code(pool, secret, 1)
    proved = pool.api.verify_software_token(Session=offered["Session"], UserCode=first, FriendlyDeviceName="canary")
    said = {"ClientId": pool.client, "ChallengeResponses": {"USERNAME": "ada"}}
    pool.api.respond_to_auth_challenge(ChallengeName="MFA_SETUP", Session=proved["Session"], **said)
    asked = pool.sign_in()
    said["ChallengeResponses"] = {"USERNAME": "ada", "SOFTWARE_TOKEN_MFA_CODE": second}
    done = pool.api.respond_to_auth_challenge(ChallengeName="SOFTWARE_TOKEN_MFA", Session=asked["Session"], **said)
    canaries += [proved["Session"], asked["Session"], first, second, "canary", *used(done["AuthenticationResult"])]
    assert {event.get("operation") for event in spoken(logged)} >= {"AssociateSoftwareToken", "VerifySoftwareToken"}
    assert found(canaries, logged) == []
    stored = repr(server.user(sub))
    assert "totp=b" in stored
    assert secret not in stored


def recorded(server: Serving) -> str:
    """The record of sign-in calls, the newest, as an administrator reads it."""
    return json.dumps([one["CloudTrailEvent"] for one in server.client("cloudtrail").lookup_events()["Events"]]).lower()


def test_no_secret_of_a_choice_is_logged_or_recorded(server: Serving, logged: io.StringIO) -> None:
    """LG-03: codes, passkeys, Sessions, and what a client says for a choice, which may be a password by mistake."""
    listen(logged)
    ways = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}}
    pool = Pool(server, Policies=ways)
    to = f"{pool.client}-canary@example.com"
    pool.user("ada", FIRST, email=to, email_verified="true")
    pool.client = pool.new_client(ExplicitAuthFlows=["ALLOW_USER_AUTH"])
    asked = choose(pool)
    canaries = [FIRST, asked["Session"], "canary"]
    for said in ({"ANSWER": "canary-answer"}, {"ANSWER": "PASSWORD", "PASSWORD": WRONG}):
        pool.refused(respond, pool, "SELECT_CHALLENGE", asked, **said)
    asked = respond(pool, "SELECT_CHALLENGE", choose(pool), ANSWER="EMAIL_OTP")
    pool.refused(respond, pool, "EMAIL_OTP", asked, EMAIL_OTP_CODE="canary")
    token = respond(pool, "EMAIL_OTP", asked, EMAIL_OTP_CODE=server.code(to))["AuthenticationResult"]
    canaries += [asked["Session"], server.code(to), *used(token)]
    passkey = Authenticator()
    options = pool.api.start_web_authn_registration(AccessToken=token["AccessToken"])["CredentialCreationOptions"]
    made = passkey.register(options)
    pool.api.complete_web_authn_registration(AccessToken=token["AccessToken"], Credential=made)
    asked = respond(pool, "SELECT_CHALLENGE", choose(pool), ANSWER="WEB_AUTHN")
    signed = passkey.sign(json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]))
    done = respond(pool, "WEB_AUTHN", asked, CREDENTIAL=json.dumps(signed))["AuthenticationResult"]
    canaries += [asked["Session"], options["challenge"], *signed["response"].values(), *used(done)]
    assert {event.get("operation") for event in spoken(logged)} >= {"CompleteWebAuthnRegistration"}
    assert found(canaries, logged) == []
    assert [canary for canary in canaries if canary.lower() in recorded(server)] == []


def test_no_secret_of_a_device_or_a_riddle_is_logged_or_recorded(server: Serving, logged: io.StringIO) -> None:
    """LG-03, SR-09: a device's verifier, what a function keeps to itself, answers, and Sessions."""
    listen(logged)
    pool = Pool(server, DeviceConfiguration={"ChallengeRequiredOnNewDevice": True})
    sub = pool.user("ada", FIRST)
    tokens = pool.tokens("ada", FIRST)
    device = Device(tokens["NewDeviceMetadata"])
    config = device.verifier()
    said = {"DeviceKey": device.key, "DeviceSecretVerifierConfig": config, "DeviceName": "canary-name"}
    pool.api.confirm_device(AccessToken=tokens["AccessToken"], **said)
    by_device = {"USERNAME": "ada", "PASSWORD": FIRST, "DEVICE_KEY": device.key}
    asked = pool.api.initiate_auth(ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=by_device)
    canaries = ["canary", *config.values(), device.password, asked["Session"], *used(tokens)]
    canaries += used(prove(pool, asked, device)["AuthenticationResult"])
    pool.client = pool.new_client(ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH"])
    riddles(server, pool, BODY.replace("'42'", "'canary-private'"))
    asked = begin(pool)
    again = answer(pool, asked, "canary-wrong")
    canaries += [
        asked["Session"],
        again["Session"],
        *used(answer(pool, again, "canary-private")["AuthenticationResult"]),
    ]
    assert {event.get("operation") for event in spoken(logged)} >= {"ConfirmDevice", "RespondToAuthChallenge"}
    assert found(canaries, logged) == []
    assert [canary for canary in canaries if canary.lower() in recorded(server)] == []
    [stored] = server.run(server.house.desk.store.read(devices.of_user, server.user(sub).key))
    assert base64.b64decode(config["PasswordVerifier"]) not in stored.verifier


def choose(pool: Pool) -> Any:
    """USER_AUTH without a word about how."""
    return pool.api.initiate_auth(ClientId=pool.client, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "ada"})


def used(tokens: dict[str, Any]) -> list[str]:
    """Tokens whole, and a JWT's three parts by themselves: its claims and signature are not to be found either."""
    parts = [part for name in ("IdToken", "AccessToken") for part in tokens[name].split(".")[1:]]
    return [*parts, tokens["RefreshToken"]]


def invited(pool: Pool) -> list[str]:
    """A user with a temporary password who sets a lasting one: the session between is a secret too."""
    pool.api.admin_create_user(
        UserPoolId=pool.id, Username="bob", TemporaryPassword="Canary-fifth-5", MessageAction="SUPPRESS"
    )
    asked = pool.sign_in("bob", "Canary-fifth-5")
    pool.api.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName=asked["ChallengeName"],
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": "bob", "NEW_PASSWORD": "Canary-sixth-6"},
    )
    return [asked["Session"], "Canary-fifth-5", "Canary-sixth-6"]


def test_what_cannot_be_read_is_not_logged(server: Serving, logged: io.StringIO) -> None:
    """A request that is refused for its form may hold secrets all the same."""
    listen(logged)
    for body in (
        b'{"Password": "canary-password", "Username": 1}',
        b'{"Password": "canary-password"',
        b'{"ClientId": "canary-password canary-password", "Username": "a", "Password": "canary-password"}',
        b'{"ClientId": "a", "Username": "canary-password\\u0000", "Password": "\\u0000"}',
    ):
        status, _, _ = server.raw("AWSCognitoIdentityProviderService.SignUp", body)
        assert status == 400
    server.raw("AWSCognitoIdentityProviderService.canary-password", b"{}")
    server.raw("AWSCognitoIdentityProviderService.GetUser", b"{}", Authorization="Bearer canary-password")
    assert len(spoken(logged)) >= 6
    assert found(["canary"], logged) == []


def test_what_functions_say_is_not_in_the_servers_log(server: Serving, logged: io.StringIO) -> None:
    """It is the function's log, which administrators read by its own way."""
    listen(logged)
    pool = Pool(server)
    pool.trigger(PreSignUp=server.deploy(f"tell-{pool.client[:8]}", TELLING))
    server.client("lambda").add_permission(
        FunctionName=f"tell-{pool.client[:8]}",
        StatementId="s",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
    )
    said = [{"Name": "canary", "Value": "canary-validation"}]
    pool.sign_up("ada", FIRST, ValidationData=said, ClientMetadata={"a": "canary-metadata"})
    events = spoken(logged)
    assert any(event.get("operation") == "SignUp" and event["outcome"] == "ok" for event in events)
    assert found(["canary"], logged) == []


def test_what_a_provider_gave_in_confidence_is_not_logged(server: Serving, logged: io.StringIO) -> None:
    """LG-03: taken or refused, and wherever it is that the request is wrong."""
    listen(logged)
    pool = Pool(server)
    secret = {**SOCIAL, "client_secret": "canary-secret"}
    google(pool.api, pool.id, ProviderDetails=secret)
    pool.api.update_identity_provider(UserPoolId=pool.id, ProviderName="Google", ProviderDetails=secret)
    pool.api.describe_identity_provider(UserPoolId=pool.id, ProviderName="Google")
    for name, kind, details in (
        ("Google", "Google", secret),
        ("Facebook", "Facebook", {**secret, "client_id": ""}),
        ("Google", "No such type", secret),
        ("Google", "Google", {**secret, "longest": "x" * 131_073}),
        ("SignInWithApple", "SignInWithApple", {**secret, "private_key": "canary-key", "team_id": "t", "key_id": "k"}),
        ("Corporate", "OIDC", {**OPENID, "client_secret": "canary-secret", "jwks_uri": "nowhere"}),
    ):
        said = {"ProviderName": name, "ProviderType": kind, "ProviderDetails": details}
        pool.refused(pool.api.create_identity_provider, UserPoolId=pool.id, **said)
    assert sum(event.get("operation") == "CreateIdentityProvider" for event in spoken(logged)) == 7
    assert found(["canary"], logged) == []
