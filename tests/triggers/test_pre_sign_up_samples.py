"""The three sample behaviours of the pre-sign-up document, in Python and Node.js, callback style and ES module."""

import json
import secrets
from typing import Any

import pytest
from tests.serving import Pool, Serving
from tests.triggers.samples import DOMAIN, SHORT_NAMES, TOO_SHORT, VERIFY_ALL

pytestmark = pytest.mark.one_database

STYLES = {"python": "python3.11", "callback": "nodejs20.x", "module": "nodejs22.x"}
in_each_style = pytest.mark.parametrize("style", STYLES)

EMAIL, PHONE = "ada@example.com", "+12065550100"
CUSTOM_DOMAIN = {"Schema": [{"Name": "domain", "AttributeDataType": "String", "Mutable": True}]}
WITH_ALIASES = {"AliasAttributes": ["email", "phone_number"]}


def function(server: Serving, sample: dict[str, str], style: str) -> str:
    """The sample deployed; its ARN."""
    return server.deploy(f"sample-{secrets.token_hex(6)}", sample[style], STYLES[style])


def running(server: Serving, sample: dict[str, str], style: str, **settings: Any) -> Pool:
    pool = Pool(server, **settings)
    pool.trigger(PreSignUp=function(server, sample, style))
    return pool


def seen(pool: Pool, name: str) -> tuple[str, dict[str, str]]:
    user = pool.api.admin_get_user(UserPoolId=pool.id, Username=name)
    return user["UserStatus"], {one["Name"]: one["Value"] for one in user["UserAttributes"]}


def invoked(server: Serving, arn: str, event: dict[str, Any]) -> dict[str, Any]:
    """What the function makes of a test event: `aws lambda invoke`."""
    answer = server.client("lambda").invoke(FunctionName=arn, Payload=json.dumps(event))
    return dict(json.loads(answer["Payload"].read()))


@in_each_style
@pytest.mark.parametrize(
    ("said", "confirmed"),
    [({"custom:domain": "example.com"}, True), ({"custom:domain": "elsewhere.example"}, False), ({}, False)],
)
def test_t147_t148_t149_t152_users_of_a_domain_are_confirmed(
    server: Serving, style: str, said: dict[str, str], confirmed: bool
) -> None:
    """T-147 the same domain; T-148 another; T-149 none; T-152 the same outcome in every language."""
    pool = running(server, DOMAIN, style, **CUSTOM_DOMAIN)
    answer = pool.sign_up(attributes={"email": EMAIL, **said})
    assert answer["UserConfirmed"] is confirmed
    assert seen(pool, "ada")[0] == ("CONFIRMED" if confirmed else "UNCONFIRMED")


@in_each_style
def test_t150_all_attributes_of_the_client_reach_the_function(server: Serving, style: str) -> None:
    """T-150: with e-mail, phone and custom:domain said, the function decides on what it got, and all three are kept."""
    pool = running(server, DOMAIN, style, **CUSTOM_DOMAIN)
    said = {"email": EMAIL, "phone_number": PHONE, "custom:domain": "example.com"}
    assert pool.sign_up(attributes=said)["UserConfirmed"] is True
    assert seen(pool, "ada")[1].items() >= said.items()


@in_each_style
def test_t151_t166_the_domain_test_event(server: Serving, style: str) -> None:
    """T-151; T-075 without any sign-in, and T-166: a test event needs no common members."""
    event = {
        "request": {"userAttributes": {"email": "testuser@example.com", "custom:domain": "example.com"}},
        "response": {},
    }
    assert invoked(server, function(server, DOMAIN, style), event)["response"] == {"autoConfirmUser": True}


@in_each_style
@pytest.mark.parametrize("said", [{"email": EMAIL, "phone_number": PHONE}, {"email": EMAIL}, {}])
def test_t153_t154_t155_t159_everybody_is_verified(server: Serving, style: str, said: dict[str, str]) -> None:
    """T-153 both; T-154 e-mail only; T-155 neither, and no error; T-159 as an async ES module too."""
    pool = running(server, VERIFY_ALL, style)
    assert pool.sign_up(attributes=said)["UserConfirmed"] is True
    status, attributes = seen(pool, "ada")
    assert status == "CONFIRMED"
    assert {name for name, value in attributes.items() if value == "true"} == {f"{name}_verified" for name in said}


@in_each_style
def test_t156_t157_aliases_are_made_and_move(server: Serving, style: str) -> None:
    """T-156 sign-in by both aliases; T-157 the same number again moves, and the first user's is unverified."""
    pool = running(server, VERIFY_ALL, style, **WITH_ALIASES)
    first = pool.sign_up("first", attributes={"email": EMAIL, "phone_number": PHONE})["UserSub"]
    for alias in (EMAIL, PHONE):
        me = pool.api.get_user(AccessToken=pool.tokens(alias)["AccessToken"])
        assert {"Name": "sub", "Value": first} in me["UserAttributes"]
    second = pool.sign_up("second", attributes={"phone_number": PHONE})["UserSub"]
    me = pool.api.get_user(AccessToken=pool.tokens(PHONE)["AccessToken"])
    assert {"Name": "sub", "Value": second} in me["UserAttributes"]
    assert seen(pool, "first")[1]["phone_number_verified"] == "false"
    assert seen(pool, "first")[1]["email_verified"] == "true"


@in_each_style
def test_t158_the_verify_all_test_event(server: Serving, style: str) -> None:
    """T-158: all three flags."""
    event = {"request": {"userAttributes": {"email": "user@example.com", "phone_number": PHONE}}, "response": {}}
    flags = {"autoConfirmUser": True, "autoVerifyEmail": True, "autoVerifyPhone": True}
    assert invoked(server, function(server, VERIFY_ALL, style), event)["response"] == flags


@in_each_style
def test_t160_to_t164_short_names_are_denied(server: Serving, style: str) -> None:
    """T-160 four characters; T-161 five; T-162 the words; T-163 no user; T-164, C-38 the first callback wins."""
    pool = running(server, SHORT_NAMES, style)
    refusal = pool.refused(pool.sign_up, "rroe")
    assert refusal == ("UserLambdaValidationException", f"PreSignUp failed with error {TOO_SHORT}.")
    assert pool.refused(seen, pool, "rroe")[0] == "UserNotFoundException"
    assert pool.sign_up("rroes")["UserConfirmed"] is False
    assert seen(pool, "rroes")[0] == "UNCONFIRMED"
    assert pool.refused(pool.sign_up, "rroe") == refusal, "the next call gets its own answer"


@in_each_style
def test_t165_names_that_are_uuids_are_never_short(server: Serving, style: str) -> None:
    """T-165: where e-mail is the user name, `event.userName` is the UUID."""
    pool = running(server, SHORT_NAMES, style, UsernameAttributes=["email"])
    assert pool.sign_up("a@b.example")["UserSub"]


@in_each_style
def test_t166_the_short_name_test_event(server: Serving, style: str) -> None:
    answer = invoked(server, function(server, SHORT_NAMES, style), {"userName": "rroe", "response": {}})
    assert answer["errorMessage"] == TOO_SHORT
