"""What holds for all triggers of a sign-in: their order, who may set and who may run them."""

import json
from typing import Any

import pytest
from sqlalchemy import Connection, select
from tests.serving import PASSWORD, Pool, Serving, claims
from tests.triggers.recorder import SEMANTICS, Recorder, event_only, pool_of, raising

from keydesk.store.schema import metadata

both_semantics = pytest.mark.parametrize("semantics", SEMANTICS)
PRE, POST = "PreAuthentication_Authentication", "PostAuthentication_Authentication"
TOKENS = "TokenGeneration_Authentication"
ALL = ("PreAuthentication", "PostAuthentication", "PreTokenGeneration")
MISSING = "{} invocation failed due to error AccessDeniedException."


def everywhere(arn: str) -> dict[str, str]:
    return dict.fromkeys(ALL, arn)


@both_semantics
def test_t049_t059_t060_the_order_of_the_triggers(server: Serving, semantics: str) -> None:
    """T-049 the order (C-08), T-059 three types at once, T-060 one function for all, each with its own source."""
    pool = pool_of(server, semantics)
    function = event_only(server)
    pool.trigger(**everywhere(function.arn))
    pool.sign_in()
    assert function.sources() == {"keydesk": [PRE, TOKENS, POST], "aws": [PRE, POST, TOKENS]}[semantics]


@both_semantics
def test_t004_a_denial_comes_before_any_token(server: Serving, semantics: str) -> None:
    """T-004: not even their claims are asked for, and no session is there to be used."""
    pool = pool_of(server, semantics)
    function = event_only(server)
    pool.trigger(**everywhere(function.arn) | {"PreAuthentication": raising(server, "no").arn})
    pool.refused(pool.sign_in)
    assert function.events() == []
    assert stored(server, "sessions", pool.id) == []


def test_t030_post_authentication_runs_when_the_tokens_are_there(server: Serving) -> None:
    pool = pool_of(server)
    function = Recorder(server, "time.sleep(1.1)\nprint('AT', int(time.time()))\nreturn event")
    pool.trigger(PostAuthentication=function.arn)
    made = claims(pool.tokens()["AccessToken"])["iat"]
    [at] = [int(line.split("AT ")[1]) for line in function.lines() if "AT " in line]
    assert made < at


def test_t052_what_is_stored_is_no_password(server: Serving) -> None:
    """T-052, AU-10: nothing in the database holds the password, and a sign-in needs every character of it."""
    pool = pool_of(server)
    pool.sign_in()
    assert stored(server, "users", pool.id)
    kept = "".join(repr(rows) for rows in everything(server))
    assert "ada@example.com" in kept
    assert PASSWORD not in kept
    for near in (PASSWORD[:-1], PASSWORD + " ", PASSWORD.upper(), PASSWORD + "9"):
        assert pool.refused(pool.sign_in, "ada", near)[0] == "NotAuthorizedException"


def stored(server: Serving, table: str, pool: str) -> list[Any]:
    def rows(db: Connection) -> list[Any]:
        its = metadata.tables[table]
        return list(db.execute(select(its).where(its.c.pool == pool)).all())

    return list(server.run(server.house.desk.store.read(rows)))


def everything(server: Serving) -> list[list[Any]]:
    def rows(db: Connection) -> list[list[Any]]:
        return [list(db.execute(select(table)).all()) for table in metadata.sorted_tables]

    return list(server.run(server.house.desk.store.read(rows)))


def test_t058_the_api_offers_no_way_to_set_two_functions(server: Serving) -> None:
    pool = pool_of(server)
    first, second = event_only(server), event_only(server)
    target = "AWSCognitoIdentityProviderService.UpdateUserPool"
    both = {"UserPoolId": pool.id, "LambdaConfig": {"PreAuthentication": [first.arn, second.arn]}}
    signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=keydesk/20260101/us-east-1/cognito-idp/aws4_request, "}
    signed["Authorization"] += "SignedHeaders=host, Signature=00"
    status, _, body = server.raw(target, json.dumps(both).encode(), **signed)
    assert (status, json.loads(body)["__type"]) == (400, "SerializationException")
    pool.trigger(PreAuthentication=first.arn)
    pool.trigger(PreAuthentication=second.arn)
    pool.sign_in()
    assert (first.events(), second.sources()) == ([], [PRE])


def test_t070_t071_a_trigger_is_set_read_and_taken_away(server: Serving) -> None:
    """T-070 UpdateUserPool, T-071 DescribeUserPool; what is left out is removed (section 1.1)."""
    pool = pool_of(server)
    function = event_only(server)
    api = pool.api
    api.update_user_pool(UserPoolId=pool.id, LambdaConfig={"PreAuthentication": function.arn})
    shown = api.describe_user_pool(UserPoolId=pool.id)["UserPool"]["LambdaConfig"]
    assert shown == {"PreAuthentication": function.arn}
    pool.sign_in()
    api.update_user_pool(UserPoolId=pool.id, LambdaConfig={})
    assert not api.describe_user_pool(UserPoolId=pool.id)["UserPool"].get("LambdaConfig")
    pool.sign_in()
    assert function.sources() == [PRE]


@both_semantics
@pytest.mark.parametrize("trigger", ALL)
def test_t067_t069_without_permission_or_function_the_call_fails(server: Serving, semantics: str, trigger: str) -> None:
    """T-067, T-069: after RemovePermission, and after DeleteFunction; setting it again or permitting it lets it in."""
    pool = pool_of(server, semantics)
    function = event_only(server)
    aws = server.client("lambda")
    pool.trigger(**{trigger: function.arn})
    pool.tokens()
    aws.remove_permission(FunctionName=function.name, StatementId="cognito")
    assert outcome(pool) == without(semantics, trigger)
    function.permit()
    pool.tokens()
    assert len(function.events()) == 2
    aws.delete_function(FunctionName=function.name)
    assert outcome(pool) == without(semantics, trigger)
    shown = pool.api.describe_user_pool(UserPoolId=pool.id)["UserPool"]["LambdaConfig"]
    assert shown[trigger] == function.arn, "deleting a function does not clear the trigger (section 1.1)"


def outcome(pool: Pool) -> tuple[str, str] | str:
    try:
        pool.tokens()
    except pool.api.exceptions.ClientError as refusal:
        return refusal.response["Error"]["Code"], refusal.response["Error"]["Message"]
    return "tokens"


def without(semantics: str, trigger: str) -> tuple[str, str] | str:
    if semantics == "keydesk" and trigger == "PostAuthentication":
        return "tokens"
    denies = semantics == "keydesk" and trigger == "PreAuthentication"
    return "NotAuthorizedException" if denies else "UnexpectedLambdaException", MISSING.format(trigger)


@both_semantics
def test_t068_setting_a_trigger_lets_the_pool_in(server: Serving, semantics: str) -> None:
    """T-068, C-14: under keydesk the pool gets the permission by itself; live AWS leaves it to the administrator."""
    pool = pool_of(server, semantics)
    function = event_only(server, permit=False)
    pool.trigger(PreAuthentication=function.arn)
    live = ("UnexpectedLambdaException", MISSING.format("PreAuthentication"))
    assert outcome(pool) == {"keydesk": "tokens", "aws": live}[semantics]
    other = pool_of(server, "aws")
    other.trigger(PreAuthentication=function.arn)
    assert outcome(other) == live, "what one pool may is no other pool's"
    function.permit(SourceArn=other.arn, SourceAccount="000000000000")
    assert outcome(other) == "tokens"
    assert outcome(pool) == {"keydesk": "tokens", "aws": live}[semantics]
