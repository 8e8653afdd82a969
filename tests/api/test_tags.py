"""Tags through boto3: the pool's own, and the two that mean something here."""

from typing import Any

import pytest
from tests.api.asking import refused
from tests.serving import Serving


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def pool(cognito: Any) -> dict[str, Any]:
    return dict(cognito.create_user_pool(PoolName="tags", UserPoolTags={"a": "1", "b": "2"})["UserPool"])


def tags(cognito: Any, pool: dict[str, Any]) -> dict[str, str]:
    shown = cognito.describe_user_pool(UserPoolId=pool["Id"])["UserPool"]["UserPoolTags"]
    assert cognito.list_tags_for_resource(ResourceArn=pool["Arn"])["Tags"] == shown
    return dict(shown)


def test_tags_are_added_changed_and_taken_away(cognito: Any, pool: dict[str, Any]) -> None:
    cognito.tag_resource(ResourceArn=pool["Arn"], Tags={"b": "3", "c": ""})
    assert tags(cognito, pool) == {"a": "1", "b": "3", "c": ""}
    cognito.untag_resource(ResourceArn=pool["Arn"], TagKeys=["a", "nothing"])
    assert tags(cognito, pool) == {"b": "3", "c": ""}


def test_the_semantics_of_a_pool_is_a_tag(server: Serving, cognito: Any, pool: dict[str, Any]) -> None:
    cognito.tag_resource(ResourceArn=pool["Arn"], Tags={"keydesk:semantics": "aws"})
    assert tags(cognito, pool)["keydesk:semantics"] == "aws"
    assert refused(cognito.tag_resource, ResourceArn=pool["Arn"], Tags={"keydesk:semantics": "else"}) == (
        "InvalidParameterException",
        "The tag keydesk:semantics must be one of keydesk, aws.",
    )
    cognito.update_user_pool(UserPoolId=pool["Id"])
    assert tags(cognito, pool)["keydesk:semantics"] == "aws"


def test_an_id_is_not_changed_by_a_tag(cognito: Any, pool: dict[str, Any]) -> None:
    cognito.tag_resource(ResourceArn=pool["Arn"], Tags={"keydesk:id": pool["Id"]})
    refusal = refused(cognito.tag_resource, ResourceArn=pool["Arn"], Tags={"keydesk:id": "us-east-1_another"})
    assert refusal == ("InvalidParameterException", "The tag keydesk:id cannot change the id of a pool.")


def test_a_pool_has_fifty_tags_at_most(cognito: Any, pool: dict[str, Any]) -> None:
    cognito.tag_resource(ResourceArn=pool["Arn"], Tags={str(n): "" for n in range(48)})
    refusal = refused(cognito.tag_resource, ResourceArn=pool["Arn"], Tags={"one more": ""})
    assert refusal == ("InvalidParameterException", "A user pool has at most 50 tags.")
    assert len(tags(cognito, pool)) == 50


def test_only_a_pool_has_tags_and_its_whole_arn_counts(cognito: Any, pool: dict[str, Any]) -> None:
    role = "arn:aws:iam::000000000000:role/one"
    assert refused(cognito.list_tags_for_resource, ResourceArn=role) == (
        "InvalidParameterException",
        f"{role} is not the ARN of a user pool.",
    )
    for wrong in (
        pool["Arn"].replace("000000000000", "111111111111"),
        pool["Arn"].replace(":us-east-1:", ":eu-west-1:"),
    ):
        assert refused(cognito.list_tags_for_resource, ResourceArn=wrong) == (
            "ResourceNotFoundException",
            f"User pool {pool['Id']} does not exist.",
        )
