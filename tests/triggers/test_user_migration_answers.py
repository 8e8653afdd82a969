"""What a migration function answers, member by member: the user that is made, and the welcome that goes out."""

import base64
import uuid
from typing import Any

import pytest
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.key_providers.kms import KMSMasterKey
from tests.api.authenticator import SMS, with_factors
from tests.serving import Serving
from tests.triggers.migrating import MAIL, OLD, SILENT, Moving
from tests.triggers.recorder import SEMANTICS, Recorder

pytestmark = pytest.mark.one_database

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
ALIASES: dict[str, Any] = {"AliasAttributes": ["email", "phone_number", "preferred_username"]}
BY_MAIL: dict[str, Any] = {"UsernameAttributes": ["email"]}
UNFIT = "InvalidLambdaResponseException"
SCHEMA = [
    {"Name": "plan", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "4"}},
    {"Name": "seats", "AttributeDataType": "Number"},
]


def number() -> str:
    """A phone number that no other test writes to."""
    return f"+1{uuid.uuid4().int % 10**10:010}"


def answer(**more: Any) -> dict[str, Any]:
    return SILENT | more


def with_attributes(**attributes: str) -> dict[str, Any]:
    return answer(userAttributes=attributes)


def refused(moving: Moving, name: str = "ada") -> str:
    """The sentence with which no migration is answered; nobody was made, and pre sign-up was not asked."""
    code, sentence = moving.refused(moving.sign_in, name)
    assert code == UNFIT, (code, sentence)
    assert moving.function.sources()[-1] == "UserMigration_Authentication"
    return sentence


# --- userAttributes ---


@both_semantics
def test_standard_and_custom_attributes_are_stored_flags_as_texts(server: Serving, semantics: str) -> None:
    told = {**MAIL, "email_verified": "TRUE", "given_name": "Ada", "custom:plan": "pro", "custom:seats": "3"}
    moving = Moving(server, with_attributes(**told), semantics, Schema=SCHEMA)
    moving.sign_in()
    assert moving.attributes() == {**told, "email_verified": "true"}
    assert moving.function.events()[1]["request"]["userAttributes"] == {**told, "email_verified": "true"}


@pytest.mark.parametrize(
    ("told", "fault"),
    [
        ({"sub": "3f0b6f5e-0000-4000-8000-000000000000"}, "sub: Attribute cannot be updated."),
        ({"shoe": "44"}, "shoe: Attribute does not exist in the schema."),
        ({"plan": "pro"}, "plan: Attribute does not exist in the schema."),
        ({"custom:plan": "enterprise"}, "custom:plan: String must be no longer than 4 characters"),
        ({"custom:seats": "three"}, "custom:seats: Attribute value must be a number."),
        ({"email": "nowhere"}, "Invalid email address format."),
        ({"phone_number": "123"}, "Invalid phone number format."),
        ({"email_verified": "yes"}, "email_verified: Attribute value must be true or false."),
        ({"email_verified": "true"}, "Email is required to verify/un-verify an email"),
        ({"name": "a\0b"}, "An attribute may hold any character but the zero one."),
        ({"username": "eve"}, "The username attribute must be the user name that was typed."),
    ],
)
def test_what_makes_no_user_is_refused(server: Serving, told: dict[str, str], fault: str) -> None:
    moving = Moving(server, with_attributes(**told), Schema=SCHEMA)
    assert fault in refused(moving)
    assert moving.names() == []


@pytest.mark.parametrize(
    "member",
    [
        {"userAttributes": [MAIL]},
        {"userAttributes": {"email_verified": True}},
        {"userAttributes": {"name": "a" * 2049}},
        {"finalUserStatus": "FORCE_CHANGE_PASSWORD"},
        {"finalUserStatus": "confirmed"},
        {"messageAction": "LATER"},
        {"desiredDeliveryMediums": "EMAIL"},
        {"desiredDeliveryMediums": ["PIGEON"]},
        {"forceAliasCreation": "true"},
        {"enableSMSMFA": 1},
    ],
    ids=str,
)
def test_a_member_of_another_form_makes_the_answer_unrecognizable(server: Serving, member: dict[str, Any]) -> None:
    moving = Moving(server, answer(**member))
    assert refused(moving) == "Unrecognizable lambda output"
    assert moving.names() == []


def test_what_a_pool_requires_and_nobody_gave_has_the_services_value(server: Serving) -> None:
    """But not what leads to users, or what messages go to, or what is no text."""
    required = ("email", "name", "birthdate", "updated_at", "preferred_username")
    schema = [{"Name": name, "Required": True} for name in required]
    moving = Moving(server, with_attributes(gender="f"), Schema=schema, AliasAttributes=["preferred_username"])
    for name in ("ada", "eve"):
        moving.sign_in(name)
        given = {"gender": "f", "name": "cognito:default_val", "birthdate": "cognito:default_val"}
        assert moving.attributes(name) == given
    assert moving.function.events()[1]["request"]["userAttributes"] == given


# --- username ---


def test_the_name_that_was_typed_may_be_said_again(server: Serving) -> None:
    moving = Moving(server, with_attributes(username="ada", **MAIL))
    moving.sign_in()
    assert (moving.names(), moving.attributes()) == (["ada"], MAIL)


@both_semantics
@pytest.mark.parametrize("alias", ["email", "phone_number", "preferred_username"])
def test_who_types_an_alias_gets_a_user_name_of_the_functions_own(server: Serving, semantics: str, alias: str) -> None:
    typed = {"email": "ada@example.com", "phone_number": number(), "preferred_username": "countess"}[alias]
    told = {alias: typed} | ({} if alias == "preferred_username" else {f"{alias}_verified": "true"})
    moving = Moving(server, with_attributes(username="u-17", **told), semantics, **ALIASES)
    assert moving.sign_in(typed)["AuthenticationResult"]
    assert moving.names() == ["u-17"]
    assert moving.attributes(typed) == told
    asked, made = moving.function.events()
    assert (asked["userName"], made["userName"]) == (typed, "u-17")
    assert made["request"]["userAttributes"] == told
    assert moving.sign_in("u-17")["AuthenticationResult"]
    assert len(moving.function.sources()) == 2


@pytest.mark.parametrize(
    ("typed", "told", "fault"),
    [
        ("ada@example.com", MAIL, "Username cannot be of email format, since user pool is configured for email alias."),
        ("ada@example.com", {"username": "u-17"}, "The username attribute must be the user name that was typed."),
        (
            "ada@example.com",
            {"username": "u-17", "email": "eve@example.com", "email_verified": "true"},
            "The username attribute must be the user name that was typed.",
        ),
        (
            "ada@example.com",
            {"username": "u-17", "email": "ada@example.com"},  # not verified, so no alias
            "The user name that was typed would not lead to the migrated user.",
        ),
        (
            "ada@example.com",
            {"username": "eve@example.com", **MAIL},
            "Username cannot be of email format, since user pool is configured for email alias.",
        ),
        ("ada@example.com", {"username": "", **MAIL}, "The username attribute is no user name."),
        ("ada@example.com", {"username": "u 17", **MAIL}, "The username attribute is no user name."),
        ("ada@example.com", {"username": "u" * 129, **MAIL}, "The username attribute is no user name."),
        ("ada", {"username": "u-17", **MAIL}, "The username attribute must be the user name that was typed."),
    ],
)
def test_an_alias_needs_a_user_name_and_to_lead_to_it(
    server: Serving, typed: str, told: dict[str, str], fault: str
) -> None:
    moving = Moving(server, with_attributes(**told), **ALIASES)
    assert refused(moving, typed) == fault
    assert moving.names() == []


@both_semantics
@pytest.mark.parametrize("said", [{}, {"username": "Ada@example.com"}, {"email": "ada@example.com"}])
def test_where_addresses_are_user_names_the_typed_one_is_the_address(
    server: Serving, semantics: str, said: dict[str, str]
) -> None:
    """The user name is then the sub, which pre sign-up sees; of an address the pool folds the case."""
    folding = {"UsernameConfiguration": {"CaseSensitive": False}}
    moving = Moving(server, with_attributes(name="Ada", **said), semantics, **BY_MAIL, **folding)
    typed = "Ada@example.com"
    assert moving.sign_in(typed)["AuthenticationResult"]
    assert moving.attributes("ADA@example.com") == {"name": "Ada", "email": typed.lower()}
    [name] = moving.names()
    assert uuid.UUID(name)
    assert [event["userName"] for event in moving.function.events()] == [typed, name]


@pytest.mark.parametrize("said", [{"username": "ada"}, {"email": "eve@example.com"}])
def test_where_addresses_are_user_names_there_is_no_other(server: Serving, said: dict[str, str]) -> None:
    moving = Moving(server, with_attributes(name="Ada", **said), **BY_MAIL)
    refused(moving, "ada@example.com")
    assert moving.names() == []


# --- forceAliasCreation ---


@both_semantics
@pytest.mark.parametrize("force", [None, False, True])
def test_an_alias_moves_only_by_force(server: Serving, semantics: str, force: bool | None) -> None:
    moving = Moving(server, answer(forceAliasCreation=force), semantics, **ALIASES)
    moving.pool.user("eve", **MAIL)
    if force:
        moving.sign_in()
        assert moving.attributes() == MAIL
        assert moving.attributes("eve") == {**MAIL, "email_verified": "false"}
        assert moving.stored("ada@example.com")["Username"] == "ada"
    else:
        assert refused(moving) == "An account with the email already exists."
        assert moving.names() == ["eve"]
        assert moving.attributes("eve") == MAIL


def test_by_force_no_user_name_is_taken(server: Serving) -> None:
    told = {"email": "eve@example.com", "email_verified": "true", "username": "eve"}
    moving = Moving(server, answer(userAttributes=told, forceAliasCreation=True), **ALIASES)
    moving.pool.user("eve")
    assert refused(moving, "eve@example.com") == "User account already exists"


# --- enableSMSMFA ---


@both_semantics
def test_sms_becomes_the_second_factor(server: Serving, semantics: str) -> None:
    reached = number()
    told = {"phone_number": reached, "phone_number_verified": "true"}
    moving = Moving(server, answer(userAttributes=told, enableSMSMFA=True), semantics)
    with_factors(moving.pool, SmsMfaConfiguration={"SmsConfiguration": SMS})
    asked = moving.sign_in()
    assert asked["ChallengeName"] == "SMS_MFA"
    assert moving.stored()["UserMFASettingList"] == ["SMS_MFA"]
    done = moving.respond("SMS_MFA", asked, SMS_MFA_CODE=server.code(reached))
    assert done["AuthenticationResult"]


@pytest.mark.parametrize("sms", [True, False])
def test_without_a_number_or_the_pools_consent_nobody_is_migrated(server: Serving, sms: bool) -> None:
    told = MAIL if sms else {"phone_number": number()}
    moving = Moving(server, answer(userAttributes=told, enableSMSMFA=True))
    if sms:
        with_factors(moving.pool, SmsMfaConfiguration={"SmsConfiguration": SMS})
        assert refused(moving) == "User does not have delivery config set to turn on SMS_MFA"
    else:
        with_factors(moving.pool)  # apps only
        assert refused(moving) == "SMS_MFA is not enabled for the user pool."
    assert moving.names() == []


# --- messageAction, desiredDeliveryMediums ---


@both_semantics
@pytest.mark.parametrize(
    ("said", "media"),
    [
        ({}, ["SMS"]),
        ({"messageAction": "RESEND"}, ["SMS"]),
        ({"desiredDeliveryMediums": []}, ["SMS"]),
        ({"desiredDeliveryMediums": ["SMS"]}, ["SMS"]),
        ({"desiredDeliveryMediums": ["EMAIL"]}, ["EMAIL"]),
        ({"desiredDeliveryMediums": ["EMAIL", "SMS"]}, ["EMAIL", "SMS"]),
        ({"desiredDeliveryMediums": ["EMAIL", "SMS"], "messageAction": "SUPPRESS"}, []),
    ],
    ids=str,
)
def test_a_welcome_goes_out_by_what_was_asked_for(
    server: Serving, semantics: str, said: dict[str, Any], media: list[str]
) -> None:
    """It names the user, and no password: they have none that could be told."""
    reached = {"SMS": number(), "EMAIL": f"ada-{uuid.uuid4().hex}@example.com"}
    told = {"phone_number": reached["SMS"], "email": reached["EMAIL"]}
    moving = Moving(server, {"userAttributes": told, "finalUserStatus": "CONFIRMED", **said}, semantics)
    moving.sign_in()
    sent = {medium: server.outbox(to) for medium, to in reached.items()}
    assert [medium for medium in reached if sent[medium]] == [medium for medium in reached if medium in media]
    for one in (message for messages in sent.values() for message in messages):
        assert one["body"] == "Your account has moved here. Your user name is ada."
        assert (one["code"], OLD in str(one)) == ("", False)


def test_where_addresses_are_user_names_the_welcome_names_the_address(server: Serving) -> None:
    typed = f"ada-{uuid.uuid4().hex}@example.com"
    moving = Moving(server, {"userAttributes": {"name": "Ada"}, "desiredDeliveryMediums": ["EMAIL"]}, **BY_MAIL)
    moving.refused(moving.sign_in, typed)
    assert typed in server.outbox(typed)[-1]["body"]


def test_who_has_no_number_is_sent_nothing_unless_mail_was_asked_for(server: Serving) -> None:
    to = f"ada-{uuid.uuid4().hex}@example.com"
    moving = Moving(server, {"userAttributes": {"email": to}, "finalUserStatus": "CONFIRMED"})
    assert moving.sign_in()["AuthenticationResult"]
    assert server.outbox(to) == []


@both_semantics
def test_a_custom_sender_welcomes_without_a_code(server: Serving, semantics: str) -> None:
    """What is sealed is empty: there is no password to tell."""
    told = {"userAttributes": MAIL, "finalUserStatus": "CONFIRMED", "desiredDeliveryMediums": ["EMAIL"]}
    moving = Moving(server, told, semantics, also=())
    key = server.client("kms").create_key()["KeyMetadata"]["Arn"]
    sender = {"LambdaVersion": "V1_0", "LambdaArn": moving.function.arn}
    moving.pool.trigger(KMSKeyID=key, CustomEmailSender=sender)
    moving.sign_in()
    server.outbox(MAIL["email"])  # what goes on after the answer is over
    welcome = moving.function.events()[1]
    assert welcome["triggerSource"] == "CustomEmailSender_AdminCreateUser"
    client = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
    opener = KMSMasterKey(key_id=key, client=server.client("kms"))
    plain, _ = client.decrypt(source=base64.b64decode(welcome["request"]["code"]), key_provider=opener)
    assert plain == b""


WORDED = """
if event["triggerSource"] == "CustomMessage_AdminCreateUser":
    event["response"]["emailMessage"] = {words!r}
elif event["triggerSource"].startswith("UserMigration"):
    event["response"].update({answer!r})
return event
"""


@pytest.mark.parametrize("fits", [True, False])
def test_the_welcome_is_worded_by_the_pools_function_and_stops_nobody(server: Serving, fits: bool) -> None:
    to = f"ada-{uuid.uuid4().hex}@example.com"
    told = {"userAttributes": {"email": to}, "finalUserStatus": "CONFIRMED", "desiredDeliveryMediums": ["EMAIL"]}
    words = "Welcome, {username}{####}" if fits else "Welcome"
    function = Recorder(server, WORDED.format(words=words, answer=told))
    moving = Moving(server, function=function, also=("CustomMessage",))
    assert moving.sign_in()["AuthenticationResult"]
    assert [one["body"] for one in server.outbox(to)] == (["Welcome, ada"] if fits else [])
    asked = function.events()[1]
    assert asked["callerContext"]["clientId"] == "CLIENT_ID_NOT_APPLICABLE"
    assert asked["request"]["usernameParameter"] == "{username}"
    noted = "The emailMessage of CustomMessage must contain {username}."
    assert any(noted in line for line in function.lines()) is not fits
