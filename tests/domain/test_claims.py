from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keydesk.domain import claims
from keydesk.domain.claims import GROUPS, PREFERRED_ROLE, PROTECTED, ROLES, Applied
from keydesk.errors import InvalidLambdaResponse

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
ACCESS = {"sub": "s", "username": "user", "scope": "aws.cognito.signin.user.admin", GROUPS: ["a", "b"]}


def applied(said: object) -> Applied:
    return claims.apply(ID, ACCESS, claims.read(said))


@pytest.mark.parametrize("said", [None, {}, {"claimsToAddOrOverride": None, "claimsToSuppress": None}, {"other": 1}])
def test_nothing_said_changes_nothing(said: object) -> None:
    assert applied(said) == Applied(ID, ACCESS)
    assert claims.apply_to_id(ID, claims.read(said)) == (ID, ())


def test_claims_are_added_and_replaced_in_the_id_token_only() -> None:
    result = applied({"claimsToAddOrOverride": {"tier": "gold", "email": "b@example.com", "custom:x": ""}})
    assert result == Applied(ID | {"tier": "gold", "email": "b@example.com", "custom:x": ""}, ACCESS)


def test_suppression_beats_replacement() -> None:
    result = applied({"claimsToAddOrOverride": {"email": "b@example.com"}, "claimsToSuppress": ["email", "unknown"]})
    assert "email" not in result.id
    assert "unknown" not in result.id
    assert result.dropped == ()


@pytest.mark.parametrize("name", [*sorted(PROTECTED), "cognito:username", "cognito:anything", ROLES, PREFERRED_ROLE])
def test_a_protected_claim_is_not_touched_and_told(name: str) -> None:
    for said in ({"claimsToAddOrOverride": {name: "forged"}}, {"claimsToSuppress": [name]}):
        assert applied(said) == Applied(ID, ACCESS, (name,))
        assert claims.apply_to_id(ID, claims.read(said)) == (ID, (name,))


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
    with pytest.raises(InvalidLambdaResponse) as refused:
        claims.read(said)
    assert refused.value.sentence == "Unrecognizable lambda output"


names = st.sampled_from([*sorted(PROTECTED), *ID, "cognito:x", "tier", "custom:x", "dev:y"]) | st.text(max_size=8)
details = st.none() | st.fixed_dictionaries(
    {},
    optional={
        "groupsToOverride": st.none() | st.lists(st.text(max_size=3), max_size=3),
        "iamRolesToOverride": st.none() | st.lists(st.text(max_size=3), max_size=3),
        "preferredRole": st.none() | st.text(max_size=3),
    },
)
overrides = st.fixed_dictionaries(
    {},
    optional={
        "claimsToAddOrOverride": st.none() | st.dictionaries(names, st.text(max_size=3), max_size=6),
        "claimsToSuppress": st.none() | st.lists(names, max_size=6),
        "groupOverrideDetails": details,
    },
)


def _kept(some: dict[str, Any], free: set[str]) -> dict[str, Any]:
    """What no handler may touch of these claims."""
    return {
        name: value
        for name, value in some.items()
        if (name in PROTECTED or name.startswith("cognito:")) and name not in free
    }


@given(overrides)
def test_tk_14_no_input_touches_a_protected_claim(said: dict[str, Any]) -> None:
    before = (dict(ID), dict(ACCESS))
    result = applied(said)
    assert before == (ID, ACCESS)
    assert _kept(result.id, {GROUPS, ROLES, PREFERRED_ROLE}) == _kept(ID, {GROUPS, ROLES, PREFERRED_ROLE})
    assert {name: value for name, value in result.access.items() if name != GROUPS} == {
        name: value for name, value in ACCESS.items() if name != GROUPS
    }
    if "groupOverrideDetails" not in said:
        assert result.access == ACCESS
    assert claims.apply_to_id(ID, claims.read(said)) == (result.id, result.dropped)
