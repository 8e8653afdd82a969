"""Three rules for newcomers, each in Python and in Node.js: the same tests for both, in real workers."""

import json
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from keydesk.testing.keydesk import Keydesk

HERE = Path(__file__).parent
EMAIL, PHONE = "ada@example.com", "+12065550100"
DOMAINS = {"DOMAINS": "example.com, Example.org"}
SHORT = "PreSignUp failed with error Cannot register users with username less than the minimum length of 5."


@pytest.fixture(params=["python", "node"])
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def handler(language: str, name: str) -> Path:
    return HERE / language / f"{name}.{'py' if language == 'python' else 'mjs'}"


def seen(keydesk: Keydesk, name: str) -> tuple[str, dict[str, str]]:
    user = keydesk.api.admin_get_user(UserPoolId=keydesk.pool_id, Username=name)
    return user["UserStatus"], {one["Name"]: one["Value"] for one in user["UserAttributes"]}


def refused(keydesk: Keydesk, name: str, **attributes: str) -> tuple[str, str]:
    with pytest.raises(ClientError) as refusal:
        keydesk.sign_up(name, **attributes)
    fault = refusal.value.response["Error"]
    return fault["Code"], fault["Message"]


def test_addresses_of_the_chosen_domains_are_confirmed(keydesk: Keydesk, language: str) -> None:
    """T-147, T-148, T-149 and T-152, with the domains in a variable; an address that only looks like theirs is not."""
    keydesk.trigger("pre_sign_up", handler(language, "auto_confirm"), environment=DOMAINS)
    for nth, address in enumerate((EMAIL, "eve@EXAMPLE.ORG")):
        assert keydesk.sign_up(f"inside-{nth}", email=address)["UserConfirmed"]
        assert keydesk.sign_in(f"inside-{nth}")["AuthenticationResult"], "at once, without a code"
    outside = ("bob@example.net", "bob@evil-example.com", "bob@example.com.example.net", "bob@sub.example.com", "")
    for nth, address in enumerate(outside):
        said = {"email": address} if address else {}
        assert not keydesk.sign_up(f"outside-{nth}", **said)["UserConfirmed"]
    assert seen(keydesk, "inside-0")[1].get("email_verified") != "true", "nobody has proved the address"


def test_no_domain_is_chosen_where_none_is_named(keydesk: Keydesk, language: str) -> None:
    keydesk.trigger("pre_sign_up", handler(language, "auto_confirm"))
    assert not keydesk.sign_up("ada", email=EMAIL)["UserConfirmed"]
    assert not keydesk.sign_up("nobody")["UserConfirmed"], "no address has no domain, and that is in no list"


def test_everybody_is_confirmed_and_verified(keydesk: Keydesk, language: str) -> None:
    """T-145, T-153, T-154, T-155: what is there is verified, and what is not is no error."""
    keydesk.trigger("pre_sign_up", handler(language, "verify_all"))
    said = ({"email": EMAIL, "phone_number": PHONE}, {"email": EMAIL}, {"phone_number": PHONE}, {})
    for nth, attributes in enumerate(said):
        assert keydesk.sign_up(f"user-{nth}", **attributes)["UserConfirmed"]
        told = seen(keydesk, f"user-{nth}")[1]
        assert {name for name, value in told.items() if value == "true"} == {f"{name}_verified" for name in attributes}
        assert keydesk.sign_in(f"user-{nth}")["AuthenticationResult"]
    assert keydesk.outbox() == []


def test_short_names_are_turned_away_in_words(keydesk: Keydesk, language: str) -> None:
    """T-160 to T-163: what the client reads, and no user is left behind. An administrator is told the same."""
    keydesk.trigger("pre_sign_up", handler(language, "short_names"))
    assert refused(keydesk, "rroe") == ("UserLambdaValidationException", SHORT)
    with pytest.raises(ClientError, match="User does not exist"):
        seen(keydesk, "rroe")
    assert not keydesk.sign_up("rroes")["UserConfirmed"]
    with pytest.raises(ClientError, match="minimum length of 5"):
        keydesk.api.admin_create_user(UserPoolId=keydesk.pool_id, Username="admn")


def test_where_the_address_is_the_name_no_name_is_short(keydesk: Keydesk, language: str) -> None:
    """T-165: the function is told a UUID, so the rule does nothing in such a pool."""
    keydesk.pool(UsernameAttributes=["email"])
    keydesk.trigger("pre_sign_up", handler(language, "short_names"))
    assert keydesk.sign_up("a@b.example")["UserSub"]


def test_one_function_applies_several_rules(keydesk: Keydesk, language: str) -> None:
    """A pool has one function for a trigger (T-058): this one asks two others."""
    keydesk.trigger("pre_sign_up", handler(language, "pre_sign_up"), environment=DOMAINS | {"LEAST_LENGTH": "5"})
    assert refused(keydesk, "adam", email=EMAIL) == ("UserLambdaValidationException", SHORT)
    assert keydesk.sign_up("adams", email=EMAIL)["UserConfirmed"]
    assert not keydesk.sign_up("bobby", email="bobby@example.net")["UserConfirmed"]


@pytest.mark.parametrize(
    ("name", "event", "answer"),
    [
        ("auto_confirm", {"userAttributes": {"email": EMAIL}}, {"autoConfirmUser": True}),
        (
            "verify_all",
            {"userAttributes": {"email": EMAIL, "phone_number": PHONE}},
            {"autoConfirmUser": True, "autoVerifyEmail": True, "autoVerifyPhone": True},
        ),
    ],
)
def test_a_sample_event_needs_no_sign_up(
    keydesk: Keydesk, language: str, name: str, event: dict[str, Any], answer: dict[str, bool]
) -> None:
    """T-075, T-151, T-158, T-166: a test event without the envelope, given to the function by `aws lambda invoke`."""
    arn = keydesk.trigger("pre_sign_up", handler(language, name), environment=DOMAINS)
    sample = json.dumps({"request": event, "response": {}})
    said = keydesk.client("lambda").invoke(FunctionName=arn, Payload=sample)
    assert json.loads(said["Payload"].read())["response"] == answer
