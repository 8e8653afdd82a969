import json
from typing import Any, NamedTuple, cast

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from keydesk.domain import claims
from keydesk.domain.claims import (
    GROUPS,
    PLAIN_IN_ID,
    PREFERRED_ROLE,
    PROTECTED,
    ROLES,
    AnyOverride,
    ClaimsAndScopeOverride,
    Override,
    Token,
)

ID = {
    "sub": "s",
    "iss": "i",
    "aud": "c",
    "exp": 2,
    "iat": 1,
    "token_use": "id",
    "cognito:username": "user",
    "email": "a@example.com",
    "dev:custom:x": "1",
    GROUPS: ["a", "b"],
    ROLES: ["arn:a"],
    PREFERRED_ROLE: "arn:a",
}
ADMIN = "aws.cognito.signin.user.admin"
ACCESS = {"sub": "s", "client_id": "c", "event_id": "e", "username": "user", "scope": ADMIN, GROUPS: ["a", "b"]}


# Section 8.1, written down once more: what no function may touch, beside every name that begins with `cognito:`.
IN_BOTH = frozenset(
    {
        *("acr", "amr", "at_hash", "aud", "auth_time", "azp", "exp", "iat", "identities", "iss", "jti", "nbf"),
        *("nonce", "origin_jti", "sub", "token_use"),
    }
)
OF_ACCESS = frozenset({"client_id", "device_key", "event_id", "scope", "username", "version"})


def test_the_protected_claims_are_these() -> None:
    """TK-14."""
    assert PROTECTED == {Token.ID: IN_BOTH, Token.ACCESS: IN_BOTH | OF_ACCESS}


class Applied(NamedTuple):
    """Both tokens after an override, and what was dropped of each."""

    id: dict[str, Any]
    access: dict[str, Any]
    dropped: tuple[str, ...] = ()
    dropped_of_access: tuple[str, ...] = ()


def to_both(override: AnyOverride | None) -> Applied:
    identity, dropped = claims.apply(Token.ID, ID, override)
    access, of_access = claims.apply(Token.ACCESS, ACCESS, override)
    return Applied(identity, access, dropped, of_access)


def read(said: object) -> Override | None:
    return None if said is None else msgspec.convert(said, Override)


def applied(said: object) -> Applied:
    return to_both(read(said))


def scoped(said: object) -> Applied:
    return to_both(msgspec.convert(said, ClaimsAndScopeOverride))


@pytest.mark.parametrize("said", [None, {}, {"claimsToAddOrOverride": None, "claimsToSuppress": None}, {"other": 1}])
def test_nothing_said_changes_nothing(said: object) -> None:
    assert applied(said) == Applied(ID, ACCESS)


def test_claims_are_added_and_replaced_in_the_id_token_only() -> None:
    result = applied({"claimsToAddOrOverride": {"tier": "gold", "email": "b@example.com", "custom:x": ""}})
    assert result == Applied(ID | {"tier": "gold", "email": "b@example.com", "custom:x": ""}, ACCESS)


def test_suppression_beats_replacement() -> None:
    result = applied({"claimsToAddOrOverride": {"email": "b@example.com"}, "claimsToSuppress": ["email", "unknown"]})
    assert "email" not in result.id
    assert "unknown" not in result.id
    assert result.dropped == ()


@pytest.mark.parametrize(
    "name", [*sorted(PROTECTED[Token.ID]), "cognito:username", "cognito:anything", ROLES, PREFERRED_ROLE]
)
def test_a_protected_claim_is_not_touched_and_told(name: str) -> None:
    for said in ({"claimsToAddOrOverride": {name: "forged"}}, {"claimsToSuppress": [name]}):
        assert applied(said) == Applied(ID, ACCESS, (name,))


def test_developer_attributes_may_be_removed_but_not_set() -> None:
    assert applied({"claimsToAddOrOverride": {"dev:custom:x": "2"}}) == Applied(ID, ACCESS, ("dev:custom:x",))
    assert "dev:custom:x" not in applied({"claimsToSuppress": ["dev:custom:x"]}).id


def test_groups_are_not_set_as_a_claim_but_can_be_suppressed_with_their_roles() -> None:
    assert applied({"claimsToAddOrOverride": {GROUPS: "x"}}) == Applied(ID, ACCESS, (GROUPS,))
    result = applied({"claimsToSuppress": [GROUPS]})
    assert not {GROUPS, ROLES, PREFERRED_ROLE} & set(result.id)
    assert result.access == ACCESS


@pytest.mark.parametrize("details", [None, {}, {"groupsToOverride": []}, {"groupsToOverride": None}])
def test_empty_group_details_take_groups_and_roles_away(details: object) -> None:
    result = applied({"groupOverrideDetails": details})
    assert not {GROUPS, ROLES, PREFERRED_ROLE} & set(result.id)
    assert GROUPS not in result.access
    assert result.access == {name: value for name, value in ACCESS.items() if name != GROUPS}


def test_filled_group_details_replace_the_configuration() -> None:
    details = {"groupsToOverride": ["z"], "iamRolesToOverride": ["arn:z"], "preferredRole": "arn:z"}
    result = applied({"groupOverrideDetails": details})
    assert result.id == ID | {GROUPS: ["z"], ROLES: ["arn:z"], PREFERRED_ROLE: "arn:z"}
    assert result.access == ACCESS | {GROUPS: ["z"]}
    partly = applied({"groupOverrideDetails": {"groupsToOverride": ["z"]}})
    assert ROLES not in partly.id
    assert PREFERRED_ROLE not in partly.id


@pytest.mark.parametrize(
    "said",
    [
        1,
        "x",
        [],
        {"claimsToAddOrOverride": {"a": 1}},
        {"claimsToAddOrOverride": {"a": None}},
        {"claimsToAddOrOverride": {"a": True}},
        {"claimsToAddOrOverride": {"a": {"b": "c"}}},
        {"claimsToAddOrOverride": []},
        {"claimsToSuppress": "email"},
        {"claimsToSuppress": [1]},
        {"groupOverrideDetails": "x"},
        {"groupOverrideDetails": {"groupsToOverride": "admins"}},
        {"groupOverrideDetails": {"preferredRole": 1}},
    ],
)
def test_another_form_is_refused(said: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        read(said)


PLAIN = [1, 1.5, True, "x", ["x", 1, 1.5, False], {"a": {"b": [None, {"c": 1}]}}, [], {}]


@pytest.mark.parametrize("value", PLAIN)
def test_later_versions_take_values_of_every_kind_in_both_tokens(value: object) -> None:
    """Section 8.3."""
    edits = {"claimsToAddOrOverride": {"tier": value}}
    result = scoped({"idTokenGeneration": edits, "accessTokenGeneration": edits})
    assert result == Applied(ID | {"tier": value}, ACCESS | {"tier": value})


@pytest.mark.parametrize("member", ["idTokenGeneration", "accessTokenGeneration"])
@pytest.mark.parametrize("value", [None, [None], [["x"]], [{"a": 1}]])
def test_a_null_and_a_list_of_lists_are_no_values(member: str, value: object) -> None:
    with pytest.raises(msgspec.ValidationError):
        scoped({member: {"claimsToAddOrOverride": {"tier": value}}})


def nested(depth: int) -> Any:
    value: Any = 1
    for level in range(depth):
        value = {"a": value} if level % 2 else {"a": [value]}
    return value


@pytest.mark.parametrize("member", ["idTokenGeneration", "accessTokenGeneration"])
def test_a_value_that_readers_of_tokens_could_choke_on_is_none(member: str) -> None:
    for value in (nested(30), 2**64 - 1, -(2**63), {"a": [2**64 - 1]}):
        scoped({member: {"claimsToAddOrOverride": {"tier": value}}})
    for value in (nested(70), 2**64, -(2**63) - 1, [2**64], {"a": [{"b": 2**70}]}):
        with pytest.raises(msgspec.ValidationError):
            scoped({member: {"claimsToAddOrOverride": {"tier": value}}})


@pytest.mark.parametrize("name", sorted(PLAIN_IN_ID))
def test_some_claims_of_the_id_token_take_no_list_and_no_object(name: str) -> None:
    for value in (["x"], {"formatted": "x"}):
        edits = {"claimsToAddOrOverride": {name: value}}
        with pytest.raises(msgspec.ValidationError):
            scoped({"idTokenGeneration": edits})
        assert scoped({"accessTokenGeneration": edits}).access[name] == value
    assert scoped({"idTokenGeneration": {"claimsToAddOrOverride": {name: "x"}}}).id[name] == "x"


def test_each_token_gets_its_own_edits_and_suppression_wins() -> None:
    result = scoped(
        {
            "idTokenGeneration": {"claimsToAddOrOverride": {"a": 1, "b": 2}, "claimsToSuppress": ["b", "email"]},
            "accessTokenGeneration": {"claimsToAddOrOverride": {"c": 3, "d": 4}, "claimsToSuppress": ["d", GROUPS]},
        }
    )
    left = {name: value for name, value in ID.items() if name != "email"}
    assert result == Applied(left | {"a": 1}, {n: v for n, v in ACCESS.items() if n != GROUPS} | {"c": 3})


def test_groups_change_in_both_tokens_of_later_versions() -> None:
    result = scoped({"groupOverrideDetails": {"groupsToOverride": ["z"], "iamRolesToOverride": ["arn:z"]}})
    assert (result.id[GROUPS], result.id[ROLES], PREFERRED_ROLE in result.id) == (["z"], ["arn:z"], False)
    assert result.access == ACCESS | {GROUPS: ["z"]}


SCOPES: list[tuple[list[str] | None, list[str] | None, str | None]] = [
    (["api/read"], None, f"{ADMIN} api/read"),
    (["api/read", "api/read", ADMIN], None, f"{ADMIN} api/read"),
    (["api/read"], [ADMIN], "api/read"),
    (["api/read"], ["api/read"], ADMIN),
    (None, ["api/read"], ADMIN),
    (None, [ADMIN], None),
    (None, None, ADMIN),
]


@pytest.mark.parametrize(("added", "suppressed", "left"), SCOPES)
def test_scopes_are_added_and_suppressed(added: object, suppressed: object, left: str | None) -> None:
    result = scoped({"accessTokenGeneration": {"scopesToAdd": added, "scopesToSuppress": suppressed}})
    assert (result.access.get("scope"), result.id) == (left, ID)
    assert ("scope" in result.access) == (left is not None)


@pytest.mark.parametrize(
    "scope", ["", " ", "a b", f"a\u00a0{ADMIN}", "a\tb", " a", "a\n", "a\0b", f"a\ufeff{ADMIN}", 'a"', "a\\", "\u00e9"]
)
def test_a_scope_is_one_word(scope: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        scoped({"accessTokenGeneration": {"scopesToAdd": [scope]}})


def test_an_access_token_names_its_client_as_audience_or_nobody() -> None:
    """Section 8.1."""
    for audience in cast("list[object]", ["other", ["c"], 1, {}]):
        said = {"claimsToAddOrOverride": {"aud": audience}}
        assert scoped({"accessTokenGeneration": said}) == Applied(ID, ACCESS, (), ("aud",))
    own = {"claimsToAddOrOverride": {"aud": "c"}}
    assert scoped({"accessTokenGeneration": own}) == Applied(ID, ACCESS | {"aud": "c"})
    assert scoped({"idTokenGeneration": own}) == Applied(ID, ACCESS, ("aud",))


@pytest.mark.parametrize("name", sorted(PROTECTED[Token.ACCESS]))
def test_a_protected_claim_of_the_access_token_is_not_touched_and_told(name: str) -> None:
    for said in ({"claimsToAddOrOverride": {name: "forged"}}, {"claimsToSuppress": [name]}):
        assert scoped({"accessTokenGeneration": said}) == Applied(ID, ACCESS, (), (name,))


names = st.sampled_from(
    [*sorted(IN_BOTH | OF_ACCESS), *ID, *ACCESS, "cognito:x", "tier", "custom:x", "dev:y"]
) | st.text(max_size=8)
plain = st.text(max_size=3) | st.booleans() | st.integers(-9, 9) | st.floats(allow_nan=False, allow_infinity=False)
values = plain | st.lists(plain, max_size=3) | st.dictionaries(st.text(max_size=3), plain, max_size=2)
details = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "groupsToOverride": st.none() | st.lists(st.text(max_size=3), max_size=3),
        "iamRolesToOverride": st.none() | st.lists(st.text(max_size=3), max_size=3),
        "preferredRole": st.none() | st.text(max_size=3),
    },
)


def edits(value: st.SearchStrategy[Any]) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "claimsToAddOrOverride": st.none() | st.dictionaries(names, value, max_size=6),
        "claimsToSuppress": st.none() | st.lists(names, max_size=6),
    }


scopes = {
    "scopesToAdd": st.none() | st.lists(st.sampled_from([ADMIN, "api/read"]), max_size=3),
    "scopesToSuppress": st.none() | st.lists(st.sampled_from([ADMIN, "api/read"]), max_size=3),
}
overrides = st.fixed_dictionaries({}, optional=edits(st.text(max_size=3)) | {"groupOverrideDetails": details})
both_tokens = st.fixed_dictionaries(
    {},
    optional={
        "idTokenGeneration": st.none() | st.fixed_dictionaries({}, optional=edits(plain)),
        "accessTokenGeneration": st.none() | st.fixed_dictionaries({}, optional=edits(values) | scopes),
        "groupOverrideDetails": details,
    },
)


def _kept(token: Token, some: dict[str, Any]) -> dict[str, Any]:
    """What no handler may touch of these claims; groups, roles and scopes have members of their own."""
    free = {GROUPS, ROLES, PREFERRED_ROLE, "scope"}
    if token is Token.ACCESS and some.get("aud") == "c":
        free |= {"aud"}
    return {n: v for n, v in some.items() if (n in PROTECTED[token] or n.startswith("cognito:")) and n not in free}


@given(overrides)
def test_tk_14_no_input_touches_a_protected_claim(said: dict[str, Any]) -> None:
    before = json.dumps([ID, ACCESS])
    result = applied(said)
    assert before == json.dumps([ID, ACCESS])
    assert _kept(Token.ID, result.id) == _kept(Token.ID, ID)
    assert not {name for name in result.id if name.startswith("dev:")} - ID.keys()


@given(overrides)
def test_the_first_version_changes_groups_of_the_access_token_and_nothing_else(said: dict[str, Any]) -> None:
    result = applied(said)
    without = {name: value for name, value in ACCESS.items() if name != GROUPS}
    assert {name: value for name, value in result.access.items() if name != GROUPS} == without
    if "groupOverrideDetails" not in said:
        assert result.access == ACCESS


@given(both_tokens)
def test_tk_14_no_input_of_later_versions_touches_a_protected_claim(said: dict[str, Any]) -> None:
    before = json.dumps([ID, ACCESS])
    result = scoped(said)
    assert before == json.dumps([ID, ACCESS])
    assert _kept(Token.ID, result.id) == _kept(Token.ID, ID)
    assert _kept(Token.ACCESS, result.access) == _kept(Token.ACCESS, ACCESS)
    if not said.get("accessTokenGeneration"):
        assert result.access | {GROUPS: 0} == ACCESS | {GROUPS: 0}
        assert "groupOverrideDetails" in said or result.access == ACCESS
    for token in (result.id, result.access):
        json.dumps(token, allow_nan=False)
