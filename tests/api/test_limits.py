"""RQ-04. The walker of the model's limits: sentences, order, types, and that no JSON makes it fail in any other way."""

import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from keydesk.api import limits, patterns, values
from keydesk.errors import InvalidParameter, Serialization
from keydesk.shapes import OPERATIONS
from keydesk.shapes.limits import REQUESTS, SHAPES, Fields, Items, Pairs, Text, Whole

USERNAME = r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+"


def refused(operation: str, document: object) -> str:
    with pytest.raises(InvalidParameter) as refusal:
        limits.check(operation, document)
    return refusal.value.sentence


def unreadable(operation: str, document: object) -> str:
    with pytest.raises(Serialization) as refusal:
        limits.check(operation, document)
    return refusal.value.sentence


def sign_up(**more: Any) -> dict[str, Any]:
    return {"ClientId": "abc", "Username": "ann", "Password": "Passw0rd!"} | more


def test_a_good_request_passes() -> None:
    limits.check("SignUp", sign_up(UserAttributes=[{"Name": "email", "Value": "ann@example.com"}]))


def test_one_fault() -> None:
    assert refused("InitiateAuth", {"AuthFlow": "USER_PASSWORD_AUTH"}) == (
        "1 validation error detected: Value null at 'clientId' failed to satisfy constraint: Member must not be null"
    )


def test_all_faults_at_once_in_the_models_order() -> None:
    pattern = "failed to satisfy constraint: Member must satisfy regular expression pattern:"
    assert refused("SignUp", {"Password": " ", "Username": "", "ClientId": "a b"}) == (
        f"4 validation errors detected: Value 'a b' at 'clientId' {pattern} [\\w+]+; "
        "Value at 'username' failed to satisfy constraint: Member must have length greater than or equal to 1; "
        f"Value at 'username' {pattern} {USERNAME}; Value at 'password' {pattern} [\\S]+"
    )


def test_null_is_absent_and_unknown_members_are_ignored() -> None:
    limits.check("SignUp", sign_up(SecretHash=None, Nothing=[{}]))
    assert "Value null at 'clientId'" in refused("SignUp", sign_up(ClientId=None))


def test_of_a_missing_secret_nothing_is_quoted() -> None:
    for operation, member in (("GetUser", "accessToken"), ("ForgotPassword", "username")):
        sentence = (
            f"1 validation error detected: Value at '{member}' failed to satisfy constraint: Member must not be null"
        )
        assert refused(operation, {"ClientId": "abc"}) == sentence


def test_a_structure_in_a_list_is_named_by_its_place() -> None:
    attributes = [{"Name": "email"}, {"Value": "x"}, {"Name": "a" * 33}]
    assert refused("SignUp", sign_up(UserAttributes=attributes)) == (
        "2 validation errors detected: "
        "Value null at 'userAttributes.2.member.name' failed to satisfy constraint: Member must not be null; "
        f"Value '{'a' * 33}' at 'userAttributes.3.member.name' failed to satisfy constraint: "
        "Member must have length less than or equal to 32"
    )


def test_a_null_in_a_list_of_structures() -> None:
    assert "Value null at 'userAttributes.1.member'" in refused("SignUp", sign_up(UserAttributes=[None]))


def test_a_nested_structure_is_named_by_its_path() -> None:
    document = {"PoolName": "p", "Policies": {"PasswordPolicy": {"MinimumLength": 5}}}
    assert refused("CreateUserPool", document) == (
        "1 validation error detected: Value '5' at 'policies.passwordPolicy.minimumLength' failed to satisfy "
        "constraint: Member must have value greater than or equal to 6"
    )


def test_a_list_of_plain_values_is_named_whole() -> None:
    document = {"UserPoolId": "eu_1", "Username": "ann", "UserAttributeNames": ["ok", "x" * 33, None]}
    assert refused("AdminDeleteUserAttributes", document) == (
        f"1 validation error detected: Value '[ok, {'x' * 33}, null]' at 'userAttributeNames' failed to satisfy "
        "constraint: Member must satisfy constraint: [Member must have length less than or equal to 32, Member must "
        r"have length greater than or equal to 1, Member must satisfy regular expression pattern: "
        r"[\p{L}\p{M}\p{S}\p{N}\p{P}\t\n\r ]+, Member must not be null]"
    )


def test_an_enum_names_its_values() -> None:
    assert refused("CreateUserPool", {"PoolName": "p", "MfaConfiguration": "MAYBE"}) == (
        "1 validation error detected: Value 'MAYBE' at 'mfaConfiguration' failed to satisfy constraint: "
        "Member must satisfy enum value set: [OFF, ON, OPTIONAL]"
    )


def test_an_order_on_record_has_the_models_values() -> None:
    for shape, said in values.SAID.items():
        rule = SHAPES[shape]
        assert isinstance(rule, Text)
        assert sorted(said) == sorted(rule.values)


def test_map_keys_and_values() -> None:
    provider = {"UserPoolId": "eu_1", "ProviderName": "idp", "ProviderType": "OIDC", "ProviderDetails": {}}
    assert refused("CreateIdentityProvider", provider | {"AttributeMapping": {"k" * 33: "v"}}) == (
        f"1 validation error detected: Value '{{{'k' * 33}=v}}' at 'attributeMapping' failed to satisfy constraint: "
        "Map keys must satisfy constraint: [Member must have length less than or equal to 32, "
        "Member must have length greater than or equal to 1]"
    )
    said = refused("SignUp", sign_up(ClientMetadata={"a": None}))
    assert (
        "Value '{a=null}' at 'clientMetadata' failed to satisfy constraint: Map value must satisfy constraint: ["
        in said
    )
    assert said.endswith("Member must not be null]")


def test_a_fault_before_a_wrong_type_in_the_same_map_or_list() -> None:
    unreadable("UpdateTerms", {"UserPoolId": "eu_1", "TermsId": "x", "Links": {"": []}})
    unreadable("AdminDeleteUserAttributes", {"UserPoolId": "eu_1", "UserAttributeNames": ["", {}]})


def test_a_secret_is_never_quoted() -> None:
    said = refused("SignUp", sign_up(Password="s3cret " * 50, UserAttributes=[{"Name": "n", "Value": "s3cret " * 500}]))
    assert "s3cret" not in said
    assert "Value at 'password'" in said
    assert "Value at 'userAttributes.1.member.value'" in said
    wrong = {"AuthFlow": "CUSTOM_AUTH", "ClientId": "c", "AuthParameters": {"PASSWORD": "s3cret" * 30_000}}
    assert "s3cret" not in refused("InitiateAuth", wrong)


def test_a_null_where_clients_write_one_is_absent() -> None:
    """amazon-cognito-identity-js does so once it has forgotten a device."""
    said = {"AuthFlow": "CUSTOM_AUTH", "ClientId": "c", "AuthParameters": {"USERNAME": "ada", "DEVICE_KEY": None}}
    limits.check("InitiateAuth", said)
    assert said["AuthParameters"] == {"USERNAME": "ada"}


def test_length_is_counted_in_utf_16_units() -> None:
    limits.check("SignUp", sign_up(Username="😀" * 64))
    assert "less than or equal to 128" in refused("SignUp", sign_up(Username="😀" * 64 + "x"))


@pytest.mark.parametrize("name", ["Ångström", "名前", "😀", "é", "٣", "€¿"])
def test_unicode_names_pass(name: str) -> None:
    limits.check("SignUp", sign_up(Username=name))


@pytest.mark.parametrize("name", ["a b", "a\u00a0b", "a\u200bb", "a\n", "\x00", "\ud800", "\ue000", "\u0378"])
def test_spaces_controls_surrogates_and_unassigned_do_not(name: str) -> None:
    assert USERNAME in refused("SignUp", sign_up(Username=name))


def test_word_characters_are_ascii_and_the_whole_value_must_match() -> None:
    assert "'clientId'" in refused("SignUp", sign_up(ClientId="é"))
    assert "'clientId'" in refused("SignUp", sign_up(ClientId="abc\n"))


def test_a_dot_stops_at_every_line_end_of_java() -> None:
    message = {"PoolName": "p", "SmsVerificationMessage": "code {####}"}
    limits.check("CreateUserPool", message)
    assert "smsVerificationMessage" in refused("CreateUserPool", message | {"SmsVerificationMessage": "\u2028{####}"})


def test_a_quoted_value_is_cut_and_can_be_written_as_json() -> None:
    said = refused("SignUp", sign_up(ClientId="\ud800" + "x" * 5000))
    assert f"Value '?{'x' * 1023}...' at 'clientId'" in said
    assert msgspec.json.encode(said)


def test_the_walk_ends_at_a_hundred_faults() -> None:
    said = refused("SignUp", sign_up(UserAttributes=[{}] * 100_000))
    assert said.startswith("100 validation errors detected: ")
    assert said.count("failed to satisfy") == 100


@pytest.mark.parametrize("document", [None, [], "x", 1, True])
def test_the_top_level_is_an_object(document: object) -> None:
    unreadable("SignUp", document)


@pytest.mark.parametrize(
    ("member", "value", "sentence"),
    [
        ("PoolName", 1, "NUMBER_VALUE can not be converted to a String"),
        ("PoolName", False, "FALSE_VALUE can not be converted to a String"),
        ("PoolName", {}, "Start of structure or map found where not expected."),
        ("PoolName", [], "Start of list found where not expected."),
        ("Policies", "x", "STRING_VALUE can not be converted to a Structure"),
        ("UserPoolTags", [], "Start of list found where not expected."),
        ("UserPoolTags", "x", "STRING_VALUE can not be converted to a Map"),
        ("Schema", "x", "STRING_VALUE can not be converted to a List"),
        (
            "AdminCreateUserConfig",
            {"AllowAdminCreateUserOnly": "true"},
            "STRING_VALUE can not be converted to a Boolean",
        ),
        (
            "AdminCreateUserConfig",
            {"UnusedAccountValidityDays": "7"},
            "STRING_VALUE can not be converted to an Integer",
        ),
        (
            "AdminCreateUserConfig",
            {"UnusedAccountValidityDays": 7.5},
            "NUMBER_VALUE can not be converted to an Integer",
        ),
        ("AdminCreateUserConfig", {"UnusedAccountValidityDays": True}, "TRUE_VALUE can not be converted to an Integer"),
        (
            "AdminCreateUserConfig",
            {"UnusedAccountValidityDays": 10**5000},
            "NUMBER_VALUE can not be converted to an Integer",
        ),
    ],
)
def test_wrong_types(member: str, value: object, sentence: str) -> None:
    assert unreadable("CreateUserPool", {"PoolName": "p", member: value}) == sentence


def test_a_wrong_type_comes_before_any_limit() -> None:
    unreadable("SignUp", {"ClientId": "", "Username": "", "Password": 7})


def test_blobs_are_base64_and_measured_in_bytes() -> None:
    document = {"UserPoolId": "eu_1", "ImageFile": "AP8="}
    limits.check("SetUICustomization", document)
    for wrong in ("AP8", "A*8=", "é", 5):
        unreadable("SetUICustomization", document | {"ImageFile": wrong})
    assert "at 'imageFile'" in refused("SetUICustomization", document | {"ImageFile": "AAAA" * 43_691})


PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=8)
JSON = st.recursive(
    PLAIN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
)


def near(shape: str) -> st.SearchStrategy[Any]:
    """Documents near what the model wants, so that the walk gets past the first member."""
    return st.one_of(right(shape), right(shape), right(shape), JSON)


def right(shape: str) -> st.SearchStrategy[Any]:
    match SHAPES[shape]:
        case Fields(members):
            needed = {member.name: later(member.shape) for member in members if member.required}
            others = {member.name: later(member.shape) for member in members if not member.required}
            return st.fixed_dictionaries(needed, optional=others)
        case Items(member=inner):
            return st.lists(later(inner), max_size=2)
        case Pairs(value=inner):
            return st.dictionaries(st.text(max_size=4), later(inner), max_size=2)
        case Text(values=known):
            return st.sampled_from(known or ("aaaa_1", "", "AAAA", " ", "é"))
        case Whole():
            return st.integers(-1, 9)
    return st.booleans() | st.just("AAAA")


def later(shape: str) -> st.SearchStrategy[Any]:
    return st.deferred(lambda: near(shape))


@pytest.mark.parametrize("operation", sorted(REQUESTS))
def test_any_json_passes_or_is_refused_and_what_passes_converts(operation: str) -> None:
    @settings(max_examples=12, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(near(REQUESTS[operation]))
    def holds(document: object) -> None:
        try:
            limits.check(operation, document)
        except (InvalidParameter, Serialization):
            return
        msgspec.convert(document, type=OPERATIONS[operation].request)

    holds()


HOSTILE: dict[str, Callable[[int], str]] = {
    "at signs": lambda size: "@" * size + " ",
    "link openings": lambda size: "{##" * (size // 3),
    "link openings and ends": lambda size: "{##" * (size // 6) + "##}" * (size // 6) + "\x00",
    "codes": lambda size: "{####}" * (size // 6) + "\n\x00",
    "underscores": lambda size: "_a" * (size // 2) + " ",
    "colons": lambda size: "arn:a:a:" + "a:" * (size // 2),
    "digits": lambda size: "arn:a:a::" + "1" * size + "!",
    "hyphens": lambda size: "a-" * (size // 2) + "!",
    "letters": lambda size: "a" * size + "\x00",
    "beyond the first plane": lambda size: "😀" * size + "\x00",
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_no_pattern_takes_more_than_linear_time(name: str) -> None:
    hostile = HOSTILE[name](100_000)
    for rule in SHAPES.values():
        if isinstance(rule, Text) and rule.pattern:
            pattern = patterns.compiled(rule.linear or rule.pattern)
            begun = time.process_time()
            pattern.fullmatch(hostile)
            assert time.process_time() - begun < 0.5, rule.pattern


LINEAR = [rule for rule in SHAPES.values() if isinstance(rule, Text) and rule.pattern and rule.linear]
PIECES = st.lists(
    st.sampled_from(["{####}", "{##", "##}", "#", "{", "}", "@", "a", "é", " ", "\n", "\x00"]), max_size=8
)


@pytest.mark.parametrize("rule", LINEAR, ids=lambda rule: rule.pattern)
@settings(max_examples=300, deadline=None, database=None)
@given(pieces=PIECES)
def test_the_linear_patterns_answer_as_the_models(rule: Text, pieces: list[str]) -> None:
    assert rule.pattern is not None
    assert rule.linear is not None
    text = "".join(pieces)
    published = patterns.compiled(rule.pattern).fullmatch(text)
    assert bool(patterns.compiled(rule.linear).fullmatch(text)) is bool(published)
