"""Devices: handed a key, confirmed, remembered or not, proved at the next sign-in, standing for a factor or not."""

from typing import Any

import pytest
from tests.api.test_second_factor import prefer, reached, respond, with_factors
from tests.api.test_srp import answer as prove_password
from tests.api.test_srp import ask
from tests.api.test_tokens import by_flow, by_secret
from tests.device_client import Device, prove
from tests.serving import PASSWORD, Pool, Serving, claims
from tests.srp_client import Client
from tests.triggers.recorder import event_only

ALWAYS = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
PROMPT = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True}
NO_TOKEN = ("NotAuthorizedException", "Invalid Refresh Token")
UNKNOWN = ("ResourceNotFoundException", "Device does not exist.")


def pool_with(server: Serving, config: dict[str, bool] = ALWAYS, **settings: Any) -> Pool:
    pool = Pool(server, DeviceConfiguration=config, **settings)
    pool.user("ada", email=f"{pool.client}@example.com", email_verified="true")
    return pool


def confirmed(pool: Pool, tokens: dict[str, Any] | None = None) -> Device:
    tokens = tokens or pool.tokens()
    device = Device(tokens["NewDeviceMetadata"])
    device.confirm(pool, tokens["AccessToken"], DeviceName="a telephone")
    return device


def sign_in(pool: Pool, device: Device, password: str = PASSWORD) -> Any:
    """With the device named, as far as the first question about it."""
    said = {"USERNAME": "ada", "PASSWORD": password, "DEVICE_KEY": device.key}
    return pool.api.initiate_auth(ClientId=pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)


def test_a_new_device_is_handed_a_key_that_its_tokens_name(server: Serving) -> None:
    pool = pool_with(server)
    tokens = pool.tokens()
    key = tokens["NewDeviceMetadata"]["DeviceKey"]
    assert key.startswith("us-east-1_")
    assert claims(tokens["AccessToken"])["device_key"] == key
    assert "device_key" not in claims(tokens["IdToken"])
    plain = Pool(server)
    plain.user("ada")
    assert "NewDeviceMetadata" not in plain.tokens()


def test_a_confirmed_device_proves_itself(server: Serving) -> None:
    pool = pool_with(server)
    device = confirmed(pool)
    asked = sign_in(pool, device)
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    done = prove(pool, asked, device)["AuthenticationResult"]
    assert "NewDeviceMetadata" not in done
    assert claims(done["AccessToken"])["device_key"] == device.key
    again = by_flow(pool, done["RefreshToken"], DEVICE_KEY=device.key)
    assert claims(again["AccessToken"])["device_key"] == device.key


@pytest.mark.parametrize("rotates", [False, True])
def test_a_refresh_token_is_good_on_its_confirmed_device_alone(server: Serving, rotates: bool) -> None:
    """As at AWS, with the key of another device, with none, and before the device is confirmed."""
    pool = pool_with(server)
    if rotates:
        rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60}
        pool.api.update_user_pool_client(
            UserPoolId=pool.id,
            ClientId=pool.client,
            RefreshTokenRotation=rotation,
            ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        )
    tokens, other = pool.tokens(), pool.tokens()

    def again(key: str | None = None) -> Any:
        by, name = (by_secret, "DeviceKey") if rotates else (by_flow, "DEVICE_KEY")
        return by(pool, tokens["RefreshToken"], **({name: key} if key else {}))

    key = tokens["NewDeviceMetadata"]["DeviceKey"]
    assert pool.refused(again, key) == NO_TOKEN, "not confirmed"
    confirmed(pool, tokens)
    device = confirmed(pool, other)
    assert pool.refused(again) == pool.refused(again, device.key) == NO_TOKEN
    assert claims(again(key)["AccessToken"])["device_key"] == key
    pool.api.forget_device(AccessToken=tokens["AccessToken"], DeviceKey=key)
    assert pool.refused(again, key) == NO_TOKEN, "forgotten"


def test_a_pool_that_tracks_devices_no_longer_asks_for_none(server: Serving) -> None:
    pool = pool_with(server)
    tokens = pool.tokens()
    assert pool.refused(by_flow, pool, tokens["RefreshToken"]) == NO_TOKEN
    pool.api.update_user_pool(UserPoolId=pool.id)
    assert by_flow(pool, tokens["RefreshToken"])["AccessToken"]


def test_by_srp_the_device_is_named_with_the_proof(server: Serving) -> None:
    pool = pool_with(server)
    device = confirmed(pool)
    client = Client(pool.id, PASSWORD)
    asked = prove_password(pool, ask(pool, "ada", client), client, DEVICE_KEY=device.key)
    assert asked["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert prove(pool, asked, device)["AuthenticationResult"]


def with_code(pool: Pool, asked: Any) -> Any:
    """The question behind the second factor, which waits under the same Session."""
    assert asked["ChallengeName"] == "EMAIL_OTP"
    next_one = respond(pool, "EMAIL_OTP", asked, EMAIL_OTP_CODE=pool.server.code(reached(pool, "email")))
    assert (next_one["ChallengeName"], next_one["Session"]) == ("DEVICE_SRP_AUTH", asked["Session"])
    return next_one


@pytest.mark.parametrize("remembered", [True, False])
def test_only_a_remembered_device_stands_for_the_second_factor(server: Serving, remembered: bool) -> None:
    pool = pool_with(server, PROMPT)
    device = confirmed(pool)
    status = "remembered" if remembered else "not_remembered"
    pool.api.admin_update_device_status(
        UserPoolId=pool.id, Username="ada", DeviceKey=device.key, DeviceRememberedStatus=status
    )
    with_factors(pool, "OPTIONAL", "mail")
    prefer(pool, EmailMfaSettings={"Enabled": True})
    asked = sign_in(pool, device)
    if not remembered:
        asked = with_code(pool, asked)
    assert prove(pool, asked, device)["AuthenticationResult"]
    assert pool.sign_in()["ChallengeName"] == "EMAIL_OTP"  # without the device


def test_without_the_pools_word_a_device_stands_for_nothing(server: Serving) -> None:
    config = {"ChallengeRequiredOnNewDevice": False, "DeviceOnlyRememberedOnUserPrompt": False}
    pool = pool_with(server, config)
    device = confirmed(pool)
    with_factors(pool, "OPTIONAL", "mail")
    prefer(pool, EmailMfaSettings={"Enabled": True})
    asked = with_code(pool, sign_in(pool, device))
    assert prove(pool, asked, device)["AuthenticationResult"]


def test_another_password_of_the_device_proves_nothing(server: Serving) -> None:
    pool = pool_with(server)
    device = confirmed(pool)
    thief = Device({"DeviceKey": device.key, "DeviceGroupKey": device.group})
    wrong = ("NotAuthorizedException", "Incorrect username or password.")
    assert pool.refused(prove, pool, sign_in(pool, device), thief) == wrong
    assert pool.refused(sign_in, pool, device, "Wrong-horse-9") == wrong


def test_an_unknown_device_is_told_and_the_same_answer_goes_on_without_it(server: Serving) -> None:
    """As amazon-cognito-identity-js does it: the same Session, DEVICE_KEY null; no function runs twice."""
    pool = pool_with(server)
    seen = event_only(server)
    pool.trigger(PreAuthentication=seen.arn)
    client = Client(pool.id, PASSWORD)
    asked = ask(pool, "ada", client)
    refused = pool.refused(prove_password, pool, asked, client, DEVICE_KEY="us-east-1_unknown")
    assert refused == UNKNOWN
    assert prove_password(pool, asked, client)["AuthenticationResult"]["NewDeviceMetadata"]
    assert len(seen.events()) == 1


def test_another_users_device_is_unknown(server: Serving) -> None:
    pool = pool_with(server)
    pool.user("eve")
    device = confirmed(pool, pool.tokens("eve"))
    assert pool.refused(sign_in, pool, device) == UNKNOWN
    token = pool.tokens()["AccessToken"]
    for call in (pool.api.get_device, pool.api.forget_device):
        assert pool.refused(call, AccessToken=token, DeviceKey=device.key) == UNKNOWN


def test_a_key_is_confirmed_once_and_from_its_own_session(server: Serving) -> None:
    pool = pool_with(server)
    first, second = pool.tokens(), pool.tokens()
    device = Device(first["NewDeviceMetadata"])
    invalid = ("InvalidParameterException", "Invalid device key given.")
    assert pool.refused(device.confirm, pool, second["AccessToken"]) == invalid
    assert pool.refused(sign_in, pool, device) == UNKNOWN  # a key that nobody confirmed
    assert device.confirm(pool, first["AccessToken"]) is False
    assert pool.refused(device.confirm, pool, first["AccessToken"])[0] == "DeviceKeyExistsException"


def test_new_device_used_is_told_to_post_authentication(server: Serving) -> None:
    """C-20: true for a device that is not known yet, false for one that proved itself."""
    pool = pool_with(server)
    device = confirmed(pool)
    seen = event_only(server)
    pool.trigger(PostAuthentication=seen.arn, PreTokenGeneration=seen.arn)
    pool.tokens()
    prove(pool, sign_in(pool, device), device)
    post = [event for event in seen.events() if event["triggerSource"].startswith("PostAuth")]
    assert [event["request"]["newDeviceUsed"] for event in post] == [True, False]
    made = [source for source in seen.sources() if source.startswith("Token")]
    assert made == ["TokenGeneration_Authentication", "TokenGeneration_AuthenticateDevice"]


def test_a_user_sees_and_forgets_devices(server: Serving) -> None:
    pool = pool_with(server, PROMPT)
    tokens = pool.tokens()
    device = confirmed(pool, tokens)
    token = tokens["AccessToken"]
    assert pool.api.list_devices(AccessToken=token)["Devices"] == []  # the user has not said yet
    pool.api.update_device_status(AccessToken=token, DeviceKey=device.key, DeviceRememberedStatus="remembered")
    shown = pool.api.list_devices(AccessToken=token)["Devices"]
    assert [one["DeviceKey"] for one in shown] == [device.key]
    told = {one["Name"]: one["Value"] for one in shown[0]["DeviceAttributes"]}
    assert told == {"device_status": "valid", "device_name": "a telephone", "last_ip_used": "127.0.0.1"}
    one = pool.api.get_device(AccessToken=token, DeviceKey=device.key)["Device"]
    assert {name: one[name] for name in one if name != "DeviceAttributes"} == {
        name: shown[0][name] for name in shown[0] if name != "DeviceAttributes"
    }
    assert {one["Name"]: one["Value"] for one in one["DeviceAttributes"]}["dev:device_owner"] == f"ada.{pool.id}"
    pool.api.forget_device(AccessToken=token, DeviceKey=device.key)
    assert pool.api.list_devices(AccessToken=token)["Devices"] == []
    assert pool.refused(pool.api.forget_device, AccessToken=token, DeviceKey=device.key) == UNKNOWN
    assert pool.refused(sign_in, pool, device) == UNKNOWN


def test_what_a_forgotten_device_holds_is_not_refreshed(server: Serving) -> None:
    """A stolen device: its access token runs out, and no refresh token of it gives another; other devices go on."""
    pool = pool_with(server)
    device, tokens = confirmed(pool), pool.tokens()
    other = confirmed(pool, tokens)
    stolen = prove(pool, sign_in(pool, device), device)["AuthenticationResult"]
    pool.api.admin_forget_device(UserPoolId=pool.id, Username="ada", DeviceKey=device.key)
    assert pool.refused(by_flow, pool, stolen["RefreshToken"], DEVICE_KEY=device.key) == NO_TOKEN
    assert pool.api.get_user(AccessToken=stolen["AccessToken"])["Username"] == "ada"
    assert by_flow(pool, tokens["RefreshToken"], DEVICE_KEY=other.key)["AccessToken"]
    pool.api.update_user_pool(UserPoolId=pool.id)
    assert pool.refused(by_flow, pool, stolen["RefreshToken"], DEVICE_KEY=device.key) == NO_TOKEN, (
        "also where nobody asks for devices"
    )


def test_administrators_see_and_forget_them_in_pages(server: Serving) -> None:
    pool = pool_with(server)
    keys = sorted(confirmed(pool).key for _ in range(3))
    whose = {"UserPoolId": pool.id, "Username": "ada"}
    first = pool.api.admin_list_devices(**whose, Limit=2)
    rest = pool.api.admin_list_devices(**whose, Limit=2, PaginationToken=first["PaginationToken"])
    assert [one["DeviceKey"] for one in first["Devices"] + rest["Devices"]] == keys
    assert "PaginationToken" not in rest
    assert pool.api.admin_get_device(**whose, DeviceKey=keys[0])["Device"]["DeviceKey"] == keys[0]
    pool.api.admin_forget_device(**whose, DeviceKey=keys[0])
    assert pool.refused(pool.api.admin_get_device, **whose, DeviceKey=keys[0]) == UNKNOWN


@pytest.mark.parametrize(
    "config", [{}, {"PasswordVerifier": "!", "Salt": "AA=="}, {"PasswordVerifier": "AA==", "Salt": "A" * 4096}]
)
def test_a_device_without_a_usable_secret_is_refused(server: Serving, config: dict[str, str]) -> None:
    pool = pool_with(server)
    tokens = pool.tokens()
    key = tokens["NewDeviceMetadata"]["DeviceKey"]
    said = {"AccessToken": tokens["AccessToken"], "DeviceKey": key, "DeviceSecretVerifierConfig": config}
    assert pool.refused(pool.api.confirm_device, **said)[0] == "InvalidParameterException"
