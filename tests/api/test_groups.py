"""Groups through boto3: made, changed, listed, joined and left, and what a token says of them."""

import base64
import json
from typing import Any

import pytest
from tests.api.asking import refused
from tests.serving import PASSWORD, Serving

ROLE = "arn:aws:iam::000000000000:role/readers"
NO_GROUP = ("ResourceNotFoundException", "Group not found.")
BAD_TOKEN = ("InvalidParameterException", "Invalid pagination token given.")
NO_USER = ("UserNotFoundException", "User does not exist.")


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def pool_id(cognito: Any) -> str:
    return str(cognito.create_user_pool(PoolName="groups")["UserPool"]["Id"])


def user(cognito: Any, pool_id: str, name: str) -> str:
    """A confirmed user; gives the sub."""
    made = cognito.admin_create_user(UserPoolId=pool_id, Username=name, MessageAction="SUPPRESS")["User"]
    cognito.admin_set_user_password(UserPoolId=pool_id, Username=name, Password=PASSWORD, Permanent=True)
    return {each["Name"]: each["Value"] for each in made["Attributes"]}["sub"]


def test_a_group_is_made_changed_and_deleted(cognito: Any, pool_id: str) -> None:
    at = {"UserPoolId": pool_id, "GroupName": "readers"}
    made = cognito.create_group(**at, Description="who read", RoleArn=ROLE, Precedence=0)["Group"]
    assert cognito.get_group(**at)["Group"] == made
    assert made.pop("CreationDate") == made.pop("LastModifiedDate")
    assert made == {**at, "Description": "who read", "RoleArn": ROLE, "Precedence": 0}
    assert refused(cognito.create_group, **at) == (
        "GroupExistsException",
        "A group with the name already exists.",
    )
    changed = cognito.update_group(**at, Description="who read a lot", Precedence=7)["Group"]
    assert cognito.get_group(**at)["Group"] == changed
    assert (changed["Description"], changed["Precedence"], changed["RoleArn"]) == ("who read a lot", 7, ROLE)
    cognito.delete_group(**at)
    for name in ("get_group", "update_group", "delete_group", "list_users_in_group"):
        assert (name, refused(getattr(cognito, name), **at)) == (name, NO_GROUP)


def test_a_bare_group_says_only_what_is_set(cognito: Any, pool_id: str) -> None:
    made = cognito.create_group(UserPoolId=pool_id, GroupName="bare")["Group"]
    assert set(made) == {"GroupName", "UserPoolId", "CreationDate", "LastModifiedDate"}


def test_groups_of_one_name_in_two_pools_are_two(cognito: Any, pool_id: str) -> None:
    other = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    for at in (pool_id, other):
        cognito.create_group(UserPoolId=at, GroupName="same", Description=at)
    user(cognito, other, "one")
    cognito.admin_add_user_to_group(UserPoolId=other, GroupName="same", Username="one")
    assert cognito.list_users_in_group(UserPoolId=pool_id, GroupName="same")["Users"] == []
    cognito.delete_group(UserPoolId=pool_id, GroupName="same")
    assert cognito.get_group(UserPoolId=other, GroupName="same")["Group"]["Description"] == other


def test_users_join_and_leave(cognito: Any, pool_id: str) -> None:
    subs = {name: user(cognito, pool_id, name) for name in ("one", "two")}
    at = {"UserPoolId": pool_id, "GroupName": "readers"}
    cognito.create_group(**at)
    for name in ("two", "one", "one"):
        cognito.admin_add_user_to_group(**at, Username=name)
    members = cognito.list_users_in_group(**at)["Users"]
    assert [member["Username"] for member in members] == ["one", "two"]
    assert {"Name": "sub", "Value": subs["one"]} in members[0]["Attributes"]
    assert (members[0]["Enabled"], members[0]["UserStatus"]) == (True, "CONFIRMED")
    listed = cognito.admin_list_groups_for_user(UserPoolId=pool_id, Username="one")["Groups"]
    assert listed == [cognito.get_group(**at)["Group"]]
    for _ in range(2):
        cognito.admin_remove_user_from_group(**at, Username="one")
    assert cognito.admin_list_groups_for_user(UserPoolId=pool_id, Username="one")["Groups"] == []
    cognito.delete_group(**at)
    assert cognito.admin_list_groups_for_user(UserPoolId=pool_id, Username="two")["Groups"] == []
    assert cognito.admin_get_user(UserPoolId=pool_id, Username="two")["Username"] == "two"


def test_nobody_joins_what_is_not_there(cognito: Any, pool_id: str) -> None:
    user(cognito, pool_id, "one")
    cognito.create_group(UserPoolId=pool_id, GroupName="readers")
    for name in ("admin_add_user_to_group", "admin_remove_user_from_group"):
        act = getattr(cognito, name)
        assert refused(act, UserPoolId=pool_id, GroupName="nothing", Username="one") == NO_GROUP
        assert refused(act, UserPoolId=pool_id, GroupName="readers", Username="nobody") == NO_USER
    assert refused(cognito.admin_list_groups_for_user, UserPoolId=pool_id, Username="nobody") == NO_USER


def test_a_deleted_user_is_in_no_group(cognito: Any, pool_id: str) -> None:
    at = {"UserPoolId": pool_id, "GroupName": "readers"}
    cognito.create_group(**at)
    user(cognito, pool_id, "one")
    cognito.admin_add_user_to_group(**at, Username="one")
    cognito.admin_delete_user(UserPoolId=pool_id, Username="one")
    user(cognito, pool_id, "one")
    assert cognito.list_users_in_group(**at)["Users"] == []


def test_pages_of_groups_and_members(cognito: Any, pool_id: str) -> None:
    names = ["a", "b", "c"]
    for name in names:
        cognito.create_group(UserPoolId=pool_id, GroupName=name)
        user(cognito, pool_id, name)
        cognito.admin_add_user_to_group(UserPoolId=pool_id, GroupName="a", Username=name)
        cognito.admin_add_user_to_group(UserPoolId=pool_id, GroupName=name, Username="a")
    lists: dict[str, tuple[str, str, dict[str, str]]] = {
        "list_groups": ("Groups", "GroupName", {"UserPoolId": pool_id}),
        "list_users_in_group": ("Users", "Username", {"UserPoolId": pool_id, "GroupName": "a"}),
        "admin_list_groups_for_user": ("Groups", "GroupName", {"UserPoolId": pool_id, "Username": "a"}),
    }
    tokens = {}
    for operation, (member, key, at) in lists.items():
        first = getattr(cognito, operation)(**at, Limit=2)
        tokens[operation] = first["NextToken"]
        second = getattr(cognito, operation)(**at, Limit=2, NextToken=first["NextToken"])
        assert [each[key] for each in first[member] + second[member]] == names
        assert "NextToken" not in second
        assert len(getattr(cognito, operation)(**at, Limit=0)[member]) == 3  # nought means as many as there may be
    for operation, (_, _, at) in lists.items():
        for whose, token in tokens.items():
            if whose != operation:
                refusal = refused(getattr(cognito, operation), **at, NextToken=token)
                assert refusal == BAD_TOKEN
    groups_token = tokens["list_groups"]
    assert refused(cognito.list_user_pool_clients, UserPoolId=pool_id, NextToken=groups_token) == BAD_TOKEN


def test_tokens_name_the_groups_and_the_preferred_role(cognito: Any, pool_id: str) -> None:
    user(cognito, pool_id, "one")
    for name, precedence in (("late", 9), ("first", 1)):
        role = f"arn:aws:iam::000000000000:role/{name}"
        cognito.create_group(UserPoolId=pool_id, GroupName=name, Precedence=precedence, RoleArn=role)
        cognito.admin_add_user_to_group(UserPoolId=pool_id, GroupName=name, Username="one")
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="c", ExplicitAuthFlows=flows)
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool_id,
        ClientId=client["UserPoolClient"]["ClientId"],
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "one", "PASSWORD": PASSWORD},
    )["AuthenticationResult"]
    body = answer["IdToken"].split(".")[1]
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert claims["cognito:groups"] == ["first", "late"]
    assert claims["cognito:preferred_role"] == "arn:aws:iam::000000000000:role/first"
