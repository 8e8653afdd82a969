"""SignUp through boto3: whom it makes, where the code goes, and what it refuses in which words."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from tests.serving import PASSWORD, Pool, Serving, serving

from keydesk.domain import secret_hash

NEW = {"email": "ada@example.com"}
EXISTS = ("UsernameExistsException", "User already exists")
UNAUTHORIZED = ("NotAuthorizedException", "A client attempted to write unauthorized attribute")


def shown(pool: Pool, name: str = "ada") -> dict[str, Any]:
    """AdminGetUser, its attributes as a map."""
    user = dict(pool.api.admin_get_user(UserPoolId=pool.id, Username=name))
    user["UserAttributes"] = {each["Name"]: each["Value"] for each in user["UserAttributes"]}
    return user


def refused(pool: Pool, *args: Any, **more: Any) -> tuple[str, str]:
    return pool.refused(pool.sign_up, *args, **more)


# --- whom it makes ---


def test_a_user_is_unconfirmed_and_gets_a_code(server: Serving) -> None:
    pool = Pool(server, AutoVerifiedAttributes=["email"])
    made = pool.sign_up(attributes={"email": "new@example.com", "name": "Ada"})
    assert made["UserConfirmed"] is False
    assert made["CodeDeliveryDetails"] == {
        "Destination": "n***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    user = shown(pool)
    assert (user["Username"], user["UserStatus"], user["Enabled"]) == ("ada", "UNCONFIRMED", True)
    assert user["UserAttributes"] == {
        "sub": made["UserSub"],
        "email": "new@example.com",
        "email_verified": "false",
        "name": "Ada",
    }
    assert len(server.code("new@example.com")) == 6
    assert pool.refused(pool.sign_in) == ("UserNotConfirmedException", "User is not confirmed.")


def test_a_pool_that_verifies_nothing_sends_nothing(server: Serving) -> None:
    pool = Pool(server)
    assert "CodeDeliveryDetails" not in pool.sign_up(attributes={"email": "quiet@example.com"})
    assert server.outbox("quiet@example.com") == []
    assert "CodeDeliveryDetails" not in Pool(server, AutoVerifiedAttributes=["email"]).sign_up()


def test_a_number_goes_before_an_address(server: Serving) -> None:
    pool = Pool(server, AutoVerifiedAttributes=["email", "phone_number"])
    both = {"email": "both@example.com", "phone_number": "+15550177101"}
    assert pool.sign_up(attributes=both)["CodeDeliveryDetails"] == {
        "Destination": "+*******7101",
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }
    assert server.outbox("both@example.com") == []


def test_a_message_that_cannot_go_out_is_told_and_the_user_stays(tmp_path: Path) -> None:
    with serving(tmp_path, smtp_url="smtp://127.0.0.1:1") as own:
        pool = Pool(own, AutoVerifiedAttributes=["email"])
        assert refused(pool, attributes=NEW) == ("CodeDeliveryFailureException", "The code could not be delivered.")
        assert shown(pool)["UserStatus"] == "UNCONFIRMED"


# --- names ---


def test_a_name_is_taken_once_and_case_tells_names_apart_only_where_the_pool_says(server: Serving) -> None:
    """AWS's default tells case apart."""
    pool = Pool(server)
    pool.sign_up("ada")
    assert refused(pool, "ada") == EXISTS
    pool.sign_up("Ada")
    folding = Pool(server, UsernameConfiguration={"CaseSensitive": False})
    folding.user("Ada")
    assert refused(folding, "aDA") == EXISTS
    assert shown(folding, "ADA")["Username"] == "ada"
    assert folding.tokens("ADA")


def test_where_people_sign_in_by_address_the_user_name_is_the_sub(server: Serving) -> None:
    pool = Pool(server, UsernameAttributes=["email"], AutoVerifiedAttributes=["email"])
    made = pool.sign_up("one@example.com")
    user = shown(pool, "one@example.com")
    assert user["Username"] == made["UserSub"]
    assert user["UserAttributes"]["email"] == "one@example.com"
    assert refused(pool, "one@example.com") == (
        "UsernameExistsException",
        "An account with the given email already exists.",
    )
    pool.api.confirm_sign_up(
        ClientId=pool.client, Username="one@example.com", ConfirmationCode=server.code("one@example.com")
    )
    assert pool.tokens("one@example.com")
    assert pool.tokens(made["UserSub"])


@pytest.mark.parametrize(
    ("kinds", "username", "sentence"),
    [
        (["email"], "ada", "Username should be an email."),
        (["phone_number"], "ada@example.com", "Username should be a phone number."),
        (["email", "phone_number"], "ada", "Username should be either an email or a phone number."),
    ],
)
def test_a_plain_name_is_none_where_people_sign_in_by_attributes(
    server: Serving, kinds: list[str], username: str, sentence: str
) -> None:
    pool = Pool(server, UsernameAttributes=kinds)
    assert refused(pool, username) == ("InvalidParameterException", sentence)


def test_the_name_and_the_attribute_that_it_fills_are_one(server: Serving) -> None:
    pool = Pool(server, UsernameAttributes=["email"])
    code, _ = refused(pool, "one@example.com", attributes={"email": "two@example.com"})
    assert code == "InvalidParameterException"
    pool.sign_up("one@example.com", attributes={"email": "one@example.com"})


@pytest.mark.parametrize(
    ("alias", "username", "form"), [("email", "a@example.com", "email"), ("phone_number", "+15550100", "phone number")]
)
def test_a_name_must_not_look_like_an_alias(server: Serving, alias: str, username: str, form: str) -> None:
    pool = Pool(server, AliasAttributes=[alias])
    assert refused(pool, username) == (
        "InvalidParameterException",
        f"Username cannot be of {form} format, since user pool is configured for {form} alias.",
    )


def test_en04_a_taken_alias_is_not_told_of_at_sign_up(server: Serving) -> None:
    """EN-04: it is settled where the second proves it."""
    pool = Pool(server, AliasAttributes=["email"], AutoVerifiedAttributes=["email"])
    pool.user("first", email="taken@example.com", email_verified="true")
    made = pool.sign_up("second", attributes={"email": "taken@example.com"})
    assert made["CodeDeliveryDetails"]["Destination"] == "t***@e***"
    assert shown(pool, "taken@example.com")["Username"] == "first"


def test_a_preferred_name_is_a_name_at_once(server: Serving) -> None:
    pool = Pool(server, AliasAttributes=["preferred_username"])
    pool.user("ada", preferred_username="countess")
    for name in ("countess", "baroness"):
        assert refused(pool, "bob", attributes={"preferred_username": name}) == (
            "InvalidParameterException",
            "Preferred username cannot be provided for unconfirmed account, "
            "since user pool is configured for preferred username alias.",
        )
    assert Pool(server).sign_up("bob", attributes={"preferred_username": "countess"})["UserSub"], "no alias here"
    assert refused(pool, "countess")[0] == "UsernameExistsException"
    assert pool.tokens("countess")


def test_a_preferred_name_that_is_longer_than_a_user_name_is_none(server: Serving) -> None:
    """Nobody could say it where a user is named; it stays an attribute."""
    pool = Pool(server, AliasAttributes=["preferred_username"])
    pool.user("short", preferred_username="x" * 128)
    assert shown(pool, "x" * 128)["Username"] == "short"
    letters = Random(1)
    long = "".join(chr(letters.randrange(0x4E00, 0x9FA5)) for _ in range(2048))
    for name in ("ada", "bob"):
        pool.user(name, preferred_username=long)
        assert shown(pool, name)["UserAttributes"]["preferred_username"] == long
    assert pool.refused(pool.sign_in, long) == ("UserNotFoundException", "User does not exist.")


# --- who may ---


def test_a_pool_may_leave_it_to_administrators(server: Serving) -> None:
    pool = Pool(server, AdminCreateUserConfig={"AllowAdminCreateUserOnly": True})
    assert refused(pool) == ("NotAuthorizedException", "SignUp is not permitted for this user pool")


def test_a_client_that_is_not_there_has_no_users(server: Serving) -> None:
    pool = Pool(server)
    pool.client = "a" * 26
    assert refused(pool) == ("ResourceNotFoundException", f"User pool client {'a' * 26} does not exist.")


def test_a_client_with_a_secret_must_know_it(server: Serving) -> None:
    pool = Pool(server, client={"GenerateSecret": True})
    client = pool.api.describe_user_pool_client(UserPoolId=pool.id, ClientId=pool.client)["UserPoolClient"]
    right = secret_hash.of(client["ClientSecret"], "ada", pool.client)
    assert refused(pool) == (
        "NotAuthorizedException",
        f"Client {pool.client} is configured for secret but secret was not received",
    )
    for wrong in (right[::-1], secret_hash.of(client["ClientSecret"], "bob", pool.client)):
        assert refused(pool, SecretHash=wrong) == (
            "NotAuthorizedException",
            f"Unable to verify secret hash for client {pool.client}",
        )
    assert pool.sign_up(SecretHash=right)["UserSub"]
    bare = Pool(server)
    assert refused(bare, SecretHash=right) == (
        "InvalidParameterException",
        f"App client {bare.client} is not configured for secret but secret hash was received",
    )


# --- attributes ---


SCHEMA = [
    {"Name": "name", "Required": True, "AttributeDataType": "String"},
    {
        "Name": "nick",
        "AttributeDataType": "String",
        "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "4"},
    },
    {
        "Name": "level",
        "AttributeDataType": "Number",
        "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "9"},
    },
    {"Name": "since", "AttributeDataType": "DateTime"},
    {"Name": "kind", "AttributeDataType": "Boolean"},
    {"Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": True},
]


@pytest.mark.parametrize(
    ("attributes", "faults"),
    [
        ({}, ["name: The attribute is required"]),
        ({"name": ""}, ["name: The attribute is required"]),
        ({"name": "Ada", "custom:none": "1"}, ["custom:none: Attribute does not exist in the schema."]),
        ({"name": "Ada", "custom:nick": "a"}, ["custom:nick: String must be no shorter than 2 characters"]),
        ({"name": "Ada", "custom:nick": "a" * 5}, ["custom:nick: String must be no longer than 4 characters"]),
        ({"name": "Ada", "custom:level": "0"}, ["custom:level: Number must be no less than 1"]),
        ({"name": "Ada", "custom:level": "10"}, ["custom:level: Number must be no greater than 9"]),
        ({"name": "Ada", "custom:level": "many"}, ["custom:level: Attribute value must be a number."]),
        ({"name": "Ada", "custom:kind": "perhaps"}, ["custom:kind: Attribute value must be true or false."]),
        ({"custom:level": "0"}, ["custom:level: Number must be no less than 1", "name: The attribute is required"]),
    ],
)
def test_attributes_keep_to_the_schema_and_all_faults_are_told(
    server: Serving, attributes: dict[str, str], faults: list[str]
) -> None:
    pool = Pool(server, Schema=SCHEMA)
    assert refused(pool, attributes=attributes) == (
        "InvalidParameterException",
        "Attributes did not conform to the schema: " + "".join(f"{fault}\n" for fault in faults),
    )
    assert pool.api.list_users(UserPoolId=pool.id)["Users"] == []


def test_attributes_that_keep_to_the_schema_are_kept_as_they_were_sent(server: Serving) -> None:
    pool = Pool(server, Schema=SCHEMA)
    said = {
        "name": "Ada",
        "custom:nick": "aé🙂x",
        "custom:level": "9",
        "custom:kind": "true",
        "custom:since": "2024-02-29T10:00:00Z",
    }
    made = pool.sign_up(attributes=said)
    assert shown(pool)["UserAttributes"] == {"sub": made["UserSub"], **said}


@pytest.mark.parametrize(
    ("attributes", "sentence"),
    [
        ({"email": "no address"}, "Invalid email address format."),
        ({"phone_number": "555 0100"}, "Invalid phone number format."),
    ],
)
def test_addresses_and_numbers_have_a_form(server: Serving, attributes: dict[str, str], sentence: str) -> None:
    assert refused(Pool(server), attributes=attributes) == ("InvalidParameterException", sentence)


@pytest.mark.parametrize("name", ["email_verified", "phone_number_verified", "dev:custom:secret"])
def test_rq12_nobody_signs_up_with_what_is_not_theirs_to_say(server: Serving, name: str) -> None:
    """RQ-12, whatever the client was granted."""
    pool = Pool(server, Schema=SCHEMA)
    assert refused(pool, attributes={"name": "Ada", **NEW, name: "true"}) == UNAUTHORIZED
    for own in ("sub", "cognito:user_status", "identities"):
        code, _ = refused(pool, attributes={"name": "Ada", own: "me"})
        assert code in ("InvalidParameterException", "NotAuthorizedException")


def test_rq12_a_client_writes_only_what_it_was_granted(server: Serving) -> None:
    """RQ-12."""
    pool = Pool(server, client={"WriteAttributes": ["email"]})
    assert refused(pool, attributes={**NEW, "name": "Ada"}) == UNAUTHORIZED
    pool.sign_up(attributes=NEW)


def test_the_name_may_fill_an_attribute_that_the_client_cannot_write(server: Serving) -> None:
    pool = Pool(server, UsernameAttributes=["email"], client={"WriteAttributes": ["name"]})
    pool.sign_up("one@example.com")
    assert shown(pool, "one@example.com")["UserAttributes"]["email"] == "one@example.com"


# --- passwords ---


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("Short-1", "Password not long enough"),
        ("correct-horse-9", "Password must have uppercase characters"),
        ("CORRECT-HORSE-9", "Password must have lowercase characters"),
        ("Correct-horse-x", "Password must have numeric characters"),
        ("Correct0horse9", "Password must have symbol characters"),
        ("short", "Password not long enough"),
    ],
)
def test_au11_the_policy_is_cognitos_where_the_pool_sets_none(server: Serving, password: str, fault: str) -> None:
    """AU-11: the first rule that is broken is told."""
    assert refused(Pool(server), password=password) == (
        "InvalidPasswordException",
        f"Password did not conform with policy: {fault}",
    )


def test_au11_the_policy_is_the_pools_own(server: Serving) -> None:
    """AU-11."""
    pool = Pool(server, Policies={"PasswordPolicy": {"MinimumLength": 6}})
    assert refused(pool, password="short")[0] == "InvalidPasswordException"
    pool.sign_up(password="plainly")


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (PASSWORD + "x" * 241, PASSWORD + "x" * 240 + "y"),  # 256 characters; the last one counts
        ("Aa1-" + "x" * 68 + "A", "Aa1-" + "x" * 68 + "B"),  # beyond 72 bytes
        ("Aa1-composed-\u00e9", "Aa1-composed-e\u0301"),  # the same to the eye
        ("Aa1-ﬁne-text", "Aa1-fine-text"),
        ("Aa1-face\U0001f642\U0001f643", "Aa1-face\U0001f642"),
    ],
)
def test_au10_a_password_is_compared_as_sent(server: Serving, right: str, wrong: str) -> None:
    """AU-10: any Unicode, up to 256 characters, never cut or folded; whichever way the pool keeps it."""
    for flows in (["ALLOW_USER_PASSWORD_AUTH"], ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]):
        pool = Pool(server, client={"ExplicitAuthFlows": [*flows, "ALLOW_REFRESH_TOKEN_AUTH"]})
        pool.sign_up(password=right)
        pool.api.admin_confirm_sign_up(UserPoolId=pool.id, Username="ada")
        assert pool.refused(pool.sign_in, password=wrong) == (
            "NotAuthorizedException",
            "Incorrect username or password.",
        )
        assert pool.tokens(password=right)
