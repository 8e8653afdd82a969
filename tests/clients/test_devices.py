"""Both clients confirm devices, prove them by SRP when they come back, and go on without one that is gone."""

from typing import Any

import pytest
from tests.api.authenticator import SMS, with_factors
from tests.clients.scenario import Scenario
from tests.serving import Pool, Serving

PHONE = "+12065550100"
DONE = {"isSignedIn": True, "nextStep": {"signInStep": "DONE"}}


def pool(server: Serving, *, spares: bool = False, asks: bool = False) -> Pool:
    """A pool with devices: whether they spare the second factor, and whether the user is asked about each."""
    said = {"ChallengeRequiredOnNewDevice": spares, "DeviceOnlyRememberedOnUserPrompt": asks}
    made = Pool(server, DeviceConfiguration=said, SmsConfiguration=SMS)
    made.user(phone_number=PHONE, phone_number_verified="true")
    return made


def with_codes(made: Pool) -> Pool:
    with_factors(made, SmsMfaConfiguration={"SmsConfiguration": SMS})
    wish = {"Enabled": True, "PreferredMfa": True}
    made.api.admin_set_user_mfa_preference(UserPoolId=made.id, Username="ada", SMSMfaSettings=wish)
    return made


def stored(ours: Pool) -> list[str]:
    listed = ours.api.admin_list_devices(UserPoolId=ours.id, Username="ada")["Devices"]
    return [device["DeviceKey"] for device in listed]


def test_identity(server: Serving, scenario: Scenario) -> None:
    found = scenario("identity/device.mjs", pool(server, asks=True))
    key = found["first"]["key"]
    assert found["first"] == {"event": "onSuccess", "asks": True, "key": key}
    assert key.startswith("us-east-1_")
    assert (found["remembered"], found["known"], found["listed"]) == ("SUCCESS", key, [key])
    assert found["second"] == {"event": "onSuccess", "key": key}
    assert found["third"]["event"] == "onSuccess"
    assert found["third"]["key"] != key
    assert found["gone"] == 0


def test_amplify(server: Serving, scenario: Scenario) -> None:
    ours = pool(server, asks=True)
    found = scenario("amplify/device.mjs", ours)
    key = found["first"]
    assert (found["entered"], found["again"], found["anew"]) == (DONE, DONE, DONE)
    assert found["devices"] == [key]
    assert (found["second"], found["refreshed"], found["left"]) == (key, key, [])
    assert found["third"] not in (None, key)


@pytest.mark.parametrize("spares", [True, False])
def test_identity_with_a_second_factor(server: Serving, scenario: Scenario, spares: bool) -> None:
    ours = with_codes(pool(server, spares=spares))
    found = scenario("identity/device_and_code.mjs", ours, phone=PHONE)
    assert (found["first"], found["done"]) == ("mfaRequired", "onSuccess")
    assert (found["second"], found["last"]) == ("onSuccess" if spares else "mfaRequired", "onSuccess")
    assert found["keys"] == stored(ours) * 2


@pytest.mark.parametrize("spares", [True, False])
def test_amplify_with_a_second_factor(server: Serving, scenario: Scenario, spares: bool) -> None:
    ours = with_codes(pool(server, spares=spares))
    found = scenario("amplify/device_and_code.mjs", ours, phone=PHONE)
    asked: Any = ("CONFIRM_SIGN_IN_WITH_SMS_CODE", DONE)
    assert (found["first"]["nextStep"]["signInStep"], found["done"]) == asked
    assert found["second"]["isSignedIn"] is spares
    assert found["last"] == DONE
    assert found["keys"] == stored(ours) * 2
