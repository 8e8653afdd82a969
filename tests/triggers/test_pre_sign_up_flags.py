"""The three flags that pre sign-up may set, and the aliases that move with them (specification, 9.6)."""

from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving
from tests.triggers.recorder import LANGUAGES, SEMANTICS, Recorder, answering, event_only

pytestmark = pytest.mark.one_database

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
both_languages = pytest.mark.parametrize("language", LANGUAGES)

EMAIL, PHONE = "ada@example.com", "+12065550100"
ALL = {"autoConfirmUser": True, "autoVerifyEmail": True, "autoVerifyPhone": True}
WITH_ALIASES = {"AliasAttributes": ["email", "phone_number"]}
# The two things that can be verified: attribute, flag, value, and a second person's value.
EITHER = pytest.mark.parametrize(
    ("attribute", "flag", "value", "other"),
    [
        ("email", "autoVerifyEmail", EMAIL, "eve@example.com"),
        ("phone_number", "autoVerifyPhone", PHONE, "+12065550101"),
    ],
)


def under(server: Serving, semantics: str, **settings: Any) -> Pool:
    tags = {"UserPoolTags": {"keydesk:semantics": semantics}} if semantics != "keydesk" else {}
    return Pool(server, **tags, **settings)


def flagging(pool: Pool, language: str = "python", **flags: Any) -> None:
    """Set a function that answers with these flags."""
    pool.trigger(PreSignUp=answering(pool.server, flags, language).arn)


def seen(pool: Pool, name: str = "ada") -> tuple[str, dict[str, str]]:
    """A user's status and attributes, without the sub."""
    user = pool.api.admin_get_user(UserPoolId=pool.id, Username=name)
    attributes = {one["Name"]: one["Value"] for one in user["UserAttributes"] if one["Name"] != "sub"}
    return user["UserStatus"], attributes


def verified(pool: Pool, name: str, attribute: str) -> bool:
    return seen(pool, name)[1].get(f"{attribute}_verified") == "true"


@both_languages
@both_semantics
@pytest.mark.parametrize("flags", [{"autoConfirmUser": True}, {"autoConfirmUser": False}, {}])
def test_t122_t123_auto_confirm_user(server: Serving, semantics: str, language: str, flags: dict[str, bool]) -> None:
    pool = under(server, semantics)
    flagging(pool, language, **flags)
    confirmed = flags.get("autoConfirmUser", False)
    assert pool.sign_up(attributes={"email": EMAIL})["UserConfirmed"] is confirmed
    status, attributes = seen(pool)
    assert status == ("CONFIRMED" if confirmed else "UNCONFIRMED")
    assert attributes == {"email": EMAIL, "email_verified": "false"}


@EITHER
@both_semantics
@pytest.mark.parametrize("verify", [True, False])
def test_t124_to_t127_auto_verify(
    server: Serving, semantics: str, verify: bool, attribute: str, flag: str, value: str, other: str
) -> None:
    """T-124, T-125: true verifies; T-126, T-127: false does not; the other attribute is left alone."""
    pool = under(server, semantics)
    flagging(pool, autoConfirmUser=True, **{flag: verify})
    pool.sign_up(attributes={"email": EMAIL, "phone_number": PHONE})
    assert verified(pool, "ada", attribute) is verify
    spared = ({"email", "phone_number"} - {attribute}).pop()
    assert not verified(pool, "ada", spared)


@EITHER
@both_semantics
@pytest.mark.parametrize("language", LANGUAGES)
def test_t128_t130_verifying_what_is_not_there_means_no_user(
    server: Serving, semantics: str, language: str, attribute: str, flag: str, value: str, other: str
) -> None:
    """T-128 address, T-130 number; C-32 the type."""
    pool = under(server, semantics)
    flagging(pool, language, autoConfirmUser=True, **{flag: True})
    code, sentence = pool.refused(pool.sign_up)
    assert code == "InvalidLambdaResponseException"
    assert attribute in sentence
    assert pool.refused(seen, pool)[0] == "UserNotFoundException"


@pytest.mark.parametrize(
    ("attribute", "flag", "values"),
    [
        ("email", "autoVerifyEmail", ["", "no-at.example.com", "@example.com", "ada@", "ada@@example.com", "a b@c.de"]),
        ("phone_number", "autoVerifyPhone", ["", "12065550100", "+", "+1 206 555 0100", "+1206555010a", "+0"]),
    ],
)
def test_t129_t131_verifying_what_is_malformed_means_no_user(
    server: Serving, attribute: str, flag: str, values: list[str]
) -> None:
    """T-129 address, T-131 number: refused by the attribute's form or, where that allows it, by the flag."""
    pool = Pool(server)
    flagging(pool, autoConfirmUser=True, **{flag: True})
    for value in values:
        code, _ = pool.refused(pool.sign_up, attributes={attribute: value})
        assert code in {"InvalidParameterException", "InvalidLambdaResponseException"}, value
        assert pool.refused(seen, pool)[0] == "UserNotFoundException", value


@both_semantics
@pytest.mark.parametrize("which", ["email", "phone_number", "both"])
def test_c31_verified_without_confirmed(server: Serving, semantics: str, which: str) -> None:
    """Under keydesk the user is UNCONFIRMED with a verified attribute; live AWS refuses, with a fixed text."""
    pool = under(server, semantics)
    email, phone = which in {"email", "both"}, which in {"phone_number", "both"}
    flagging(pool, autoVerifyEmail=email, autoVerifyPhone=phone)
    attributes = {"email": EMAIL, "phone_number": PHONE}
    if semantics == "aws":
        assert pool.refused(pool.sign_up, attributes=attributes) == (
            "InvalidLambdaResponseException",
            "Phone or email cannot be auto verified, when user is not being auto confirmed.",
        )
        assert pool.refused(seen, pool)[0] == "UserNotFoundException"
    else:
        assert pool.sign_up(attributes=attributes)["UserConfirmed"] is False
        assert seen(pool)[0] == "UNCONFIRMED"
        assert (verified(pool, "ada", "email"), verified(pool, "ada", "phone_number")) == (email, phone)


@both_languages
@both_semantics
def test_t132_t133_t134_flags_are_nothing_to_admin_create_user(server: Serving, semantics: str, language: str) -> None:
    """T-132 confirmed, T-133 e-mail, T-134 phone; not even flags for what the user has not are a fault."""
    pool = under(server, semantics)
    flagging(pool, language, **ALL)
    said = [{"Name": "email", "Value": EMAIL}, {"Name": "phone_number", "Value": PHONE}]
    pool.api.admin_create_user(UserPoolId=pool.id, Username="ada", UserAttributes=said, MessageAction="SUPPRESS")
    assert seen(pool)[0] == "FORCE_CHANGE_PASSWORD"
    assert (verified(pool, "ada", "email"), verified(pool, "ada", "phone_number")) == (False, False)
    pool.api.admin_create_user(UserPoolId=pool.id, Username="eve", MessageAction="SUPPRESS")
    assert seen(pool, "eve") == ("FORCE_CHANGE_PASSWORD", {})


@EITHER
@both_semantics
def test_t135_t139_an_alias_that_is_verified_signs_in(
    server: Serving, semantics: str, attribute: str, flag: str, value: str, other: str
) -> None:
    """T-135 e-mail, T-139 phone."""
    pool = under(server, semantics, **WITH_ALIASES)
    flagging(pool, autoConfirmUser=True, **{flag: True})
    sub = pool.sign_up(attributes={attribute: value})["UserSub"]
    me = pool.api.get_user(AccessToken=pool.tokens(value)["AccessToken"])
    assert me["Username"] == "ada"
    assert {"Name": "sub", "Value": sub} in me["UserAttributes"]


@EITHER
def test_t135_t139_an_alias_that_is_not_verified_does_not(
    server: Serving, attribute: str, flag: str, value: str, other: str
) -> None:
    pool = Pool(server, **WITH_ALIASES)
    flagging(pool, autoConfirmUser=True)
    pool.sign_up(attributes={attribute: value})
    assert pool.refused(pool.sign_in, value)[0] == "UserNotFoundException"
    assert pool.tokens("ada")


@EITHER
@both_semantics
@pytest.mark.parametrize("owner", ["signed up", "invited"])
def test_t136_to_t138_t140_t141_an_alias_moves_to_the_newcomer(
    server: Serving, semantics: str, owner: str, attribute: str, flag: str, value: str, other: str
) -> None:
    """T-136, T-140: the alias moves (C-36); T-137, T-141: the former value is unverified; T-138: it is dead."""
    pool = under(server, semantics, **WITH_ALIASES)
    if owner == "invited":
        pool.user("ada", "Other-horse-8", **{attribute: value, f"{attribute}_verified": "true"})
    flagging(pool, autoConfirmUser=True, **{flag: True})
    if owner == "signed up":
        pool.sign_up("ada", "Other-horse-8", {attribute: value})
    assert pool.tokens(value, "Other-horse-8")
    assert verified(pool, "ada", attribute)

    newcomer = pool.sign_up("eve", PASSWORD, {attribute: value})["UserSub"]

    me = pool.api.get_user(AccessToken=pool.tokens(value, PASSWORD)["AccessToken"])
    assert {"Name": "sub", "Value": newcomer} in me["UserAttributes"]
    assert (verified(pool, "ada", attribute), verified(pool, "eve", attribute)) == (False, True)
    assert seen(pool, "ada")[1][attribute] == value, "the value stays, unverified"
    assert pool.refused(pool.sign_in, value, "Other-horse-8")[0] == "NotAuthorizedException"
    assert pool.tokens("ada", "Other-horse-8"), "the user name still signs in"


@EITHER
def test_t142_without_aliases_nothing_moves(server: Serving, attribute: str, flag: str, value: str, other: str) -> None:
    pool = Pool(server)
    flagging(pool, autoConfirmUser=True, **{flag: True})
    pool.sign_up("ada", attributes={attribute: value})
    pool.sign_up("eve", attributes={attribute: value})
    assert (verified(pool, "ada", attribute), verified(pool, "eve", attribute)) == (True, True)
    assert pool.refused(pool.sign_in, value)[0] == "UserNotFoundException"


def test_c36_a_denied_newcomer_moves_no_alias(server: Serving) -> None:
    """What is refused after the flags were read changes nobody."""
    pool = Pool(server, **WITH_ALIASES)
    pool.user("ada", email=EMAIL, email_verified="true")
    flagging(pool, autoConfirmUser=True, autoVerifyEmail=True, autoVerifyPhone=True)
    code, _ = pool.refused(pool.sign_up, "eve", attributes={"email": EMAIL})
    assert code == "InvalidLambdaResponseException"
    assert verified(pool, "ada", "email")
    assert pool.tokens(EMAIL)


LOOKS = """
import boto3
api = boto3.client('cognito-idp', region_name=event['region'])
for name in ('email', 'phone_number'):
    value = event['request']['userAttributes'].get(name)
    if value and api.list_users(UserPoolId=event['userPoolId'], Filter=f'{name} = "{value}"')['Users']:
        raise Exception(f'Somebody has this {name} already')
event['response'].update(autoConfirmUser=True, autoVerifyEmail='email' in event['request']['userAttributes'])
event['response'].update(autoVerifyPhone='phone_number' in event['request']['userAttributes'])
return event
"""


@EITHER
def test_t143_a_function_that_looks_first_prevents_the_move(
    server: Serving, attribute: str, flag: str, value: str, other: str
) -> None:
    """ListUsers on this server, through the boto3 that a handler imports, with nothing said about where it is."""
    pool = Pool(server, **WITH_ALIASES)
    pool.trigger(PreSignUp=Recorder(server, LOOKS, Timeout=30).warmed().arn)
    pool.sign_up("ada", attributes={attribute: value})
    denied = f"PreSignUp failed with error Somebody has this {attribute} already."
    assert pool.refused(pool.sign_up, "eve", attributes={attribute: value}) == ("UserLambdaValidationException", denied)
    assert verified(pool, "ada", attribute)
    assert pool.tokens(value)
    assert pool.sign_up("eve", attributes={attribute: other})["UserConfirmed"] is True


@both_languages
@both_semantics
def test_t145_t146_trusted_users_skip_everything(server: Serving, semantics: str, language: str) -> None:
    """T-145: all flags together, and no code goes out; T-146: the sign-in right after needs none."""
    pool = under(server, semantics, AutoVerifiedAttributes=["email", "phone_number"])
    flagging(pool, language, **ALL)
    address = f"{pool.id}@example.com"
    made = pool.sign_up(attributes={"email": address, "phone_number": PHONE})
    assert made["UserConfirmed"] is True
    assert "CodeDeliveryDetails" not in made
    wanted = {"email": address, "email_verified": "true", "phone_number": PHONE, "phone_number_verified": "true"}
    assert seen(pool) == ("CONFIRMED", wanted)
    assert pool.tokens()
    assert server.outbox(address) == []


def test_t123_an_unconfirmed_user_gets_a_code_and_may_not_sign_in(server: Serving) -> None:
    """The other side of T-146: with the trigger set and its flags false, the code decides."""
    pool = Pool(server, AutoVerifiedAttributes=["email"])
    pool.trigger(PreSignUp=event_only(server).arn)
    address = f"{pool.id}@example.com"
    assert pool.sign_up(attributes={"email": address})["CodeDeliveryDetails"]["AttributeName"] == "email"
    assert pool.refused(pool.sign_in)[0] == "UserNotConfirmedException"
    code = server.code(address)
    pool.api.confirm_sign_up(ClientId=pool.client, Username="ada", ConfirmationCode=code)
    assert pool.tokens()
