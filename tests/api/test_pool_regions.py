"""Regions, ids and pages: which pools are there for whom."""

import base64
from typing import Any

import pytest
from tests.api.asking import missing, refused
from tests.serving import Serving, serving


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


def test_a_region_is_a_name_space(server: Serving, cognito: Any) -> None:
    paris = server.client(region="eu-west-3")
    pool_id = paris.create_user_pool(PoolName="paris")["UserPool"]["Id"]
    assert pool_id.startswith("eu-west-3_")
    assert [pool["Name"] for pool in paris.list_user_pools(MaxResults=60)["UserPools"]] == ["paris"]
    assert pool_id not in [pool["Id"] for pool in cognito.list_user_pools(MaxResults=60)["UserPools"]]


def test_no_operation_reaches_a_pool_of_another_region(server: Serving, cognito: Any) -> None:
    there = server.client(region="eu-central-1")
    pool = there.create_user_pool(PoolName="there")["UserPool"]
    client_id = there.create_user_pool_client(UserPoolId=pool["Id"], ClientName="c")["UserPoolClient"]["ClientId"]
    there.create_group(UserPoolId=pool["Id"], GroupName="g")
    at: dict[str, Any] = {"UserPoolId": pool["Id"]}
    client, group, member = {"ClientId": client_id}, {"GroupName": "g"}, {"Username": "u"}
    attributes = {"CustomAttributes": [{"Name": "a", "AttributeDataType": "String"}]}
    calls: dict[str, dict[str, Any]] = {
        "describe_user_pool": at,
        "update_user_pool": at,
        "delete_user_pool": at,
        "add_custom_attributes": at | attributes,
        "get_user_pool_mfa_config": at,
        "create_user_pool_client": at | {"ClientName": "d"},
        "describe_user_pool_client": at | client,
        "update_user_pool_client": at | client,
        "delete_user_pool_client": at | client,
        "list_user_pool_clients": at,
        "create_group": at | {"GroupName": "h"},
        "get_group": at | group,
        "update_group": at | group,
        "delete_group": at | group,
        "list_groups": at,
        "list_users_in_group": at | group,
        "admin_add_user_to_group": at | group | member,
        "admin_remove_user_from_group": at | group | member,
        "admin_list_groups_for_user": at | member,
        "tag_resource": {"ResourceArn": pool["Arn"], "Tags": {"a": "1"}},
        "untag_resource": {"ResourceArn": pool["Arn"], "TagKeys": ["a"]},
        "list_tags_for_resource": {"ResourceArn": pool["Arn"]},
    }
    for name, asked in calls.items():
        assert (name, refused(getattr(cognito, name), **asked)) == (name, missing(pool["Id"]))
    assert there.describe_user_pool(UserPoolId=pool["Id"])["UserPool"] == pool


# --- ids ---


def test_a_pool_may_choose_its_id_in_development(cognito: Any) -> None:
    tags = {"keydesk:id": "us-east-1_chosenone"}
    assert cognito.create_user_pool(PoolName="mine", UserPoolTags=tags)["UserPool"]["Id"] == "us-east-1_chosenone"
    taken = refused(cognito.create_user_pool, PoolName="mine too", UserPoolTags=tags)
    assert taken == ("InvalidParameterException", "User pool us-east-1_chosenone already exists.")
    other = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    code, said = refused(cognito.update_user_pool, UserPoolId=other, UserPoolTags={"keydesk:id": "us-east-1_x"})
    assert (code, said) == ("InvalidParameterException", "The tag keydesk:id cannot change the id of a pool.")


def test_ids_cannot_be_chosen_in_production(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("data"), open=False, keys={"keydesk": "keydesk"}) as server:
        cognito = server.client()
        code, said = refused(
            cognito.create_user_pool, PoolName="mine", UserPoolTags={"keydesk:id": "us-east-1_chosenone"}
        )
        assert (code, said) == (
            "InvalidParameterException",
            "The tag keydesk:id chooses a pool's id in development only.",
        )
        pool_id = cognito.create_user_pool(PoolName="given")["UserPool"]["Id"]
        name = "web=" + "a" * 26
        made = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName=name)["UserPoolClient"]
        assert made["ClientName"] == name
        assert made["ClientId"] != "a" * 26


def test_pages_hold_what_was_asked_and_their_tokens_are_not_to_be_made(server: Serving) -> None:
    cognito = server.client(region="ap-south-1")
    made = sorted(cognito.create_user_pool(PoolName=f"p{n}")["UserPool"]["Id"] for n in range(5))
    listed, token, pages = [], {}, 0
    while token is not None:
        page = cognito.list_user_pools(MaxResults=2, **token)
        listed += [pool["Id"] for pool in page["UserPools"]]
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else None
        pages += 1
    assert (listed, pages) == (made, 3)
    assert "NextToken" not in cognito.list_user_pools(MaxResults=5)

    good = cognito.list_user_pools(MaxResults=2)["NextToken"]
    raw = base64.urlsafe_b64decode(good + "=" * (-len(good) % 4))
    assert made[1].encode() not in raw
    changed = base64.urlsafe_b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()
    elsewhere = server.client(region="ap-south-2")
    refusal = ("InvalidParameterException", "Invalid pagination token given.")
    for token in (changed, "made-up", "é", made[1]):
        assert refused(cognito.list_user_pools, MaxResults=2, NextToken=token) == refusal
    assert refused(elsewhere.list_user_pools, MaxResults=2, NextToken=good) == refusal
    assert refused(cognito.list_user_pool_clients, UserPoolId=made[0], NextToken=good) == refusal


def test_a_list_describes_its_pools(server: Serving) -> None:
    cognito = server.client(region="sa-east-1")
    trigger = {"PreSignUp": "arn:aws:lambda:sa-east-1:000000000000:function:x"}
    pool = cognito.create_user_pool(PoolName="listed", LambdaConfig=trigger)["UserPool"]
    shown = {name: pool[name] for name in ("Id", "Name", "LambdaConfig", "CreationDate", "LastModifiedDate")}
    assert cognito.list_user_pools(MaxResults=10)["UserPools"] == [shown]
