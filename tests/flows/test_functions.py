"""What a pool's trigger and a function have to do with each other: the grant, and what happens without it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.serving import PASSWORD, Serving, serving

SHOUT = "def handler(event, context):\n    event['response']['autoConfirmUser'] = True\n    return event\n"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("data")) as one:
        yield one


def pool_with(server: Serving, arn: str, **more: Any) -> tuple[str, str]:
    idp = server.client()
    pool = idp.create_user_pool(PoolName="p", LambdaConfig={"PreSignUp": arn}, **more)["UserPool"]["Id"]
    client = idp.create_user_pool_client(UserPoolId=pool, ClientName="c")["UserPoolClient"]["ClientId"]
    return pool, client


def statements(server: Serving, name: str, **more: str) -> list[dict[str, Any]]:
    return list(json.loads(server.client("lambda").get_policy(FunctionName=name, **more)["Policy"])["Statement"])


def test_setting_a_trigger_creates_its_permission(server: Serving) -> None:
    """T-068."""
    arn = server.deploy("granted", SHOUT)
    pool, client = pool_with(server, arn)
    (statement,) = statements(server, "granted")
    assert statement["Sid"] == f"keydesk-{pool}-PreSignUp"
    assert statement["Principal"] == {"Service": "cognito-idp.amazonaws.com"}
    assert statement["Condition"]["ArnLike"]["AWS:SourceArn"].endswith(f":userpool/{pool}")
    assert server.client().sign_up(ClientId=client, Username="ada", Password=PASSWORD)["UserConfirmed"]


def test_without_the_permission_the_trigger_is_refused(server: Serving) -> None:
    """T-067, T-069."""
    arn = server.deploy("revoked", SHOUT)
    pool, client = pool_with(server, arn)
    server.client("lambda").remove_permission(FunctionName="revoked", StatementId=f"keydesk-{pool}-PreSignUp")
    idp = server.client()
    with pytest.raises(idp.exceptions.UnexpectedLambdaException) as fault:
        idp.sign_up(ClientId=client, Username="ada", Password=PASSWORD)
    assert "PreSignUp invocation failed due to error AccessDeniedException" in fault.value.response["Error"]["Message"]
    server.client("lambda").add_permission(
        FunctionName="revoked",
        StatementId="mine",
        Action="lambda:InvokeFunction",
        Principal="cognito-idp.amazonaws.com",
        SourceArn=f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{pool}",
    )
    assert idp.sign_up(ClientId=client, Username="ada", Password=PASSWORD)["UserConfirmed"]


def test_in_aws_semantics_nobody_grants_it(server: Serving) -> None:
    """C-14."""
    arn = server.deploy("strict", SHOUT)
    _, client = pool_with(server, arn, UserPoolTags={"keydesk:semantics": "aws"})
    with pytest.raises(server.client("lambda").exceptions.ResourceNotFoundException):
        statements(server, "strict")
    with pytest.raises(ClientError) as fault:
        server.client().sign_up(ClientId=client, Username="ada", Password=PASSWORD)
    assert fault.value.response["Error"]["Code"] == "UnexpectedLambdaException"


def test_the_permission_is_on_the_alias_that_is_the_trigger(server: Serving) -> None:
    server.deploy("aliased", SHOUT, Publish=True)
    alias = server.client("lambda").create_alias(FunctionName="aliased", Name="live", FunctionVersion="1")["AliasArn"]
    pool, client = pool_with(server, alias)
    (statement,) = statements(server, "aliased", Qualifier="live")
    assert (statement["Sid"], statement["Resource"]) == (f"keydesk-{pool}-PreSignUp", alias)
    assert server.client().sign_up(ClientId=client, Username="ada", Password=PASSWORD)["UserConfirmed"]


def test_a_deleted_function_leaves_the_trigger_to_fail(server: Serving) -> None:
    arn = server.deploy("deleted", SHOUT)
    pool, client = pool_with(server, arn)
    server.client("lambda").delete_function(FunctionName="deleted")
    idp = server.client()
    assert idp.describe_user_pool(UserPoolId=pool)["UserPool"]["LambdaConfig"]["PreSignUp"] == arn
    with pytest.raises(idp.exceptions.UnexpectedLambdaException):
        idp.sign_up(ClientId=client, Username="ada", Password=PASSWORD)


def test_a_second_update_grants_nothing_twice(server: Serving) -> None:
    arn = server.deploy("once", SHOUT)
    pool, _ = pool_with(server, arn)
    idp = server.client()
    idp.update_user_pool(UserPoolId=pool, LambdaConfig={"PreSignUp": arn, "PostConfirmation": arn})
    assert len(statements(server, "once")) == 1
