from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keydesk.domain import attribute
from keydesk.errors import InvalidParameter, NotAuthorized, Refusal
from keydesk.shapes.types import (
    NumberAttributeConstraintsType,
    SchemaAttributeType,
    StringAttributeConstraintsType,
)


def said(name: str, kind: str | None = "String", **more: object) -> SchemaAttributeType:
    return SchemaAttributeType(name=name, attribute_data_type=kind, **more)  # type: ignore[arg-type]


def lengths(least: str | None, most: str | None) -> StringAttributeConstraintsType:
    return StringAttributeConstraintsType(min_length=least, max_length=most)


def limits(least: str | None, most: str | None) -> NumberAttributeConstraintsType:
    return NumberAttributeConstraintsType(min_value=least, max_value=most)


PLAIN = attribute.pool_schema([])
SCHEMA = attribute.pool_schema(
    [
        said("email", required=True, mutable=True),
        said("locale"),
        said("tier", mutable=True, string_attribute_constraints=lengths("2", "4")),
        said("age", "Number", mutable=True, number_attribute_constraints=limits("0", "150")),
        said("born", "DateTime", mutable=True),
        said("member", "Boolean", mutable=True),
        said("since"),
        said("secret", mutable=True, developer_only_attribute=True),
    ]
)


def sentence(refused: pytest.ExceptionInfo[Refusal]) -> str:
    return refused.value.sentence


def test_a_plain_pool_has_the_standard_attributes_in_order() -> None:
    assert [found.name for found in PLAIN] == list(attribute.STANDARD)
    as_sent = {found.name: msgspec.to_builtins(found) for found in PLAIN}
    assert as_sent["sub"] == {
        "Name": "sub",
        "AttributeDataType": "String",
        "DeveloperOnlyAttribute": False,
        "Mutable": False,
        "Required": True,
        "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "2048"},
    }
    assert as_sent["birthdate"]["StringAttributeConstraints"] == {"MinLength": "10", "MaxLength": "10"}
    assert as_sent["updated_at"]["NumberAttributeConstraints"] == {"MinValue": "0"}
    assert "StringAttributeConstraints" not in as_sent["email_verified"]
    assert all(found["Mutable"] and not found["Required"] for name, found in as_sent.items() if name != "sub")


def test_a_pools_wishes_do_not_leak_into_the_next_pool() -> None:
    attribute.pool_schema([said("email", required=True, mutable=False)])
    assert attribute.pool_schema([]) == PLAIN


def test_what_a_pool_names_is_mutable_where_that_is_said() -> None:
    """https://github.com/aws/aws-cdk/issues/8624"""
    named = attribute.pool_schema(
        [said("email", required=True), said("name", mutable=True), said("a"), said("b", mutable=True)]
    )
    mutable = {found.name: found.mutable for found in named}
    assert [mutable[name] for name in ("email", "name", "nickname", "custom:a", "custom:b")] == [
        False,
        True,
        True,
        False,
        True,
    ]


def test_custom_attributes_get_their_prefix_and_empty_limits() -> None:
    custom = {found.name: msgspec.to_builtins(found) for found in attribute.with_custom([], [said("a")])}
    assert custom["custom:a"]["StringAttributeConstraints"] == {}
    assert [found.name for found in SCHEMA][-2:] == ["custom:since", "dev:custom:secret"]
    assert attribute.with_custom([], [said("custom:a")])[0].name == "custom:custom:a"


def test_standard_attributes_take_the_pools_wishes_but_keep_their_type() -> None:
    changed = attribute.pool_schema(
        [
            said("name", required=True, mutable=False, string_attribute_constraints=lengths("1", "9")),
            said("updated_at", None, number_attribute_constraints=limits("5", None)),
            said("sub", mutable=True, required=False),
        ]
    )
    by_name = {found.name: found for found in changed}
    assert by_name["name"].required
    assert not by_name["name"].mutable
    assert by_name["name"].string_attribute_constraints == lengths("1", "9")
    assert by_name["updated_at"].number_attribute_constraints == limits("5", None)
    assert by_name["sub"].required
    assert not by_name["sub"].mutable
    for wrong in (said("name", "Number"), said("name", developer_only_attribute=True)):
        with pytest.raises(InvalidParameter, match="for standard schema attribute name"):
            attribute.pool_schema([wrong])


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        (said("a", required=True), "Required custom attributes are not supported currently."),
        (said("a", None), "Invalid AttributeDataType input"),
        (said("a", "string"), "Invalid AttributeDataType input"),
        (said("tier"), "custom:tier: Existing attribute already has name custom:tier."),
        (said(""), "no name"),
        (said("a", string_attribute_constraints=lengths("5", "4")), "least limit"),
        (said("a", string_attribute_constraints=lengths("x", None)), "whole numbers"),
        (said("a", "Number", number_attribute_constraints=limits("1.5", None)), "whole numbers"),
        (said("a", "Number", number_attribute_constraints=limits("9" * 5000, None)), "whole numbers"),
    ],
)
def test_a_custom_attribute_that_cannot_be(wrong: SchemaAttributeType, part: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        attribute.with_custom(SCHEMA, [wrong])
    assert part in sentence(refused)


def test_two_attributes_of_one_name_are_refused_within_one_request() -> None:
    with pytest.raises(InvalidParameter, match="Existing attribute already has name custom:a"):
        attribute.with_custom([], [said("a"), said("a", "Number")])


def test_a_good_user_is_taken() -> None:
    attribute.check_new(
        SCHEMA,
        {
            "email": "a@example.com",
            "phone_number": "+12065550100",
            "birthdate": "2000-01-31",
            "locale": "en",
            "updated_at": "1700000000",
            "custom:tier": "gold",
            "custom:age": "150",
            "custom:born": "2000-01-31T10:00:00+00:00",
            "custom:member": "true",
            "custom:since": "x",
        },
    )
    attribute.check_new(PLAIN, {})


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("nothing", "x", "Attribute does not exist in the schema."),
        ("custom:nothing", "x", "Attribute does not exist in the schema."),
        ("identities", "[]", "Attribute cannot be updated."),
        ("sub", "x", "Attribute cannot be updated."),
        ("birthdate", "2000-1-1", "String must be no shorter than 10 characters"),
        ("birthdate", "2000-01-011", "String must be no longer than 10 characters"),
        ("custom:tier", "x", "String must be no shorter than 2 characters"),
        ("custom:tier", "xxxxx", "String must be no longer than 4 characters"),
        ("name", "x" * 2049, "String must be no longer than 2048 characters"),
        ("custom:age", "-1", "Number must be no less than 0"),
        ("custom:age", "150.1", "Number must be no greater than 150"),
        ("custom:age", "old", "Attribute value must be a number."),
        ("custom:age", "٣", "Attribute value must be a number."),
        ("custom:age", "", "Attribute value must be a number."),
        ("custom:age", "1e999999", "Attribute value must be a number."),
        ("updated_at", "-1", "Number must be no less than 0"),
        ("custom:member", "yes", "Attribute value must be true or false."),
        ("custom:born", "yesterday", "Attribute value must be a date and time of ISO 8601."),
    ],
)
def test_a_value_that_does_not_fit(name: str, value: str, fault: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        attribute.check_new(SCHEMA, {"email": "a@example.com", name: value})
    assert sentence(refused) == f"Attributes did not conform to the schema: {name}: {fault}\n"


def test_all_faults_are_told_at_once() -> None:
    with pytest.raises(InvalidParameter) as refused:
        attribute.check_new(SCHEMA, {"custom:a": "x", "custom:b": "y"})
    assert sentence(refused) == (
        "Attributes did not conform to the schema: "
        "custom:a: Attribute does not exist in the schema.\n"
        "custom:b: Attribute does not exist in the schema.\n"
        "email: The attribute is required\n"
    )


def test_an_administrator_may_leave_required_attributes_out() -> None:
    attribute.check_new(SCHEMA, {}, by_admin=True)
    assert attribute.missing(SCHEMA, {}) == ["email"]
    assert attribute.missing(SCHEMA, {"email": "a@example.com"}) == []
    with pytest.raises(InvalidParameter, match="email: The attribute is required"):
        attribute.check_new(SCHEMA, {})


@pytest.mark.parametrize(
    "wrong", ["", "a", "a@", "@b.com", "a b@example.com", "a@b", "a@@b.com", "a@b..com", "a@b.com\n"]
)
def test_what_is_no_e_mail_address(wrong: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        attribute.check_new(PLAIN, {"email": wrong})
    assert sentence(refused) == "Invalid email address format."


@pytest.mark.parametrize("right", ["a@example.com", "A.b+c@sub.example.test", "a@example.local", "ü@example.com"])
def test_what_is_one(right: str) -> None:
    attribute.check_new(PLAIN, {"email": right})


@pytest.mark.parametrize(
    "wrong", ["", "+", "12065550100", "+1 206 555", "+1-206", "+1234567890123456", "+1x", "+١٢", "+1\n"]
)
def test_what_is_no_phone_number(wrong: str) -> None:
    with pytest.raises(InvalidParameter) as refused:
        attribute.check_new(PLAIN, {"phone_number": wrong})
    assert sentence(refused) == "Invalid phone number format."


def test_an_update_says_user_before_the_name() -> None:
    attribute.check_update(SCHEMA, {"name": "x", "custom:tier": "gold", "nickname": ""})
    with pytest.raises(InvalidParameter) as refused:
        attribute.check_update(
            SCHEMA, {"locale": "de", "custom:since": "", "sub": "x", "custom:no": "x", "email": "", "custom:tier": "x"}
        )
    assert sentence(refused) == (
        "user.locale: Attribute cannot be updated.\n"
        "user.custom:since: Attribute cannot be updated.\n"
        "user.sub: Attribute cannot be updated.\n"
        "user.custom:no: Attribute does not exist in the schema.\n"
        "user.email: Required attribute cannot be deleted.\n"
        "user.custom:tier: String must be no shorter than 2 characters\n"
    )
    with pytest.raises(InvalidParameter, match="Invalid email address format"):
        attribute.check_update(SCHEMA, {"email": "x"})


def test_a_deletion_leaves_what_must_stay() -> None:
    attribute.check_deletion(SCHEMA, ["name", "custom:tier"])
    for name, fault in (
        ("email", "Required attribute cannot be deleted."),
        ("sub", "Required attribute cannot be deleted."),
        ("locale", "Attribute cannot be updated."),
        ("custom:no", "Attribute does not exist in the schema."),
    ):
        with pytest.raises(InvalidParameter) as refused:
            attribute.check_deletion(SCHEMA, ["name", name])
        assert sentence(refused) == f"user.{name}: {fault}"


@pytest.mark.parametrize("name", ["email_verified", "phone_number_verified", "sub", "identities", "dev:custom:secret"])
def test_rq_12_a_client_never_writes_what_is_the_servers(name: str) -> None:
    for granted in (None, [], [name]):
        with pytest.raises(NotAuthorized) as refused:
            attribute.check_client_writes(granted, ["name", name])
        assert sentence(refused) == "A client attempted to write unauthorized attribute"


def test_a_client_writes_what_it_was_granted() -> None:
    attribute.check_client_writes(["name"], ["name"])
    attribute.check_client_writes(None, ["name", "custom:tier"])
    attribute.check_client_writes([], ["name", "custom:tier"])
    with pytest.raises(NotAuthorized):
        attribute.check_client_writes(["name"], ["name", "email"])


def test_a_client_reads_what_it_was_granted() -> None:
    stored = {"sub": "s", "name": "n", "email_verified": "true", "dev:custom:secret": "x"}
    assert attribute.readable(None, stored) == {"sub": "s", "name": "n", "email_verified": "true"}
    assert attribute.readable(["name"], stored) == {"sub": "s", "name": "n"}


def test_a_clients_lists_name_attributes_of_the_pool() -> None:
    attribute.check_client_lists(SCHEMA, ["email_verified", "custom:tier", "sub"], ["locale", "custom:since"])
    attribute.check_client_lists(SCHEMA, None, None)
    with pytest.raises(InvalidParameter, match="Invalid read attributes specified while creating a client"):
        attribute.check_client_lists(SCHEMA, ["custom:no"], None)
    for wrong in ("custom:no", "email_verified", "sub", "dev:custom:secret"):
        with pytest.raises(InvalidParameter, match="Invalid write attributes specified while updating a client"):
            attribute.check_client_lists(SCHEMA, None, [wrong], "updating")


@given(st.dictionaries(st.sampled_from([found.name or "" for found in SCHEMA]) | st.text(), st.text(max_size=60)))
def test_any_attributes_are_taken_or_refused(attributes: dict[str, str]) -> None:
    for check in (attribute.check_new, attribute.check_update):
        with suppress(InvalidParameter):
            check(SCHEMA, attributes)  # type: ignore[operator]
