"""The resource policy through boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.aws.lambda_server import create, lam, refusal, server

__all__ = ["lam", "server"]
POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abcdefghi"
COGNITO = "cognito-idp.amazonaws.com"


def allow(lam: Any, name: str, id: str, **more: Any) -> dict[str, Any]:
    said = {"Action": "lambda:InvokeFunction", "Principal": COGNITO} | more
    return dict(lam.add_permission(FunctionName=name, StatementId=id, **said))


def test_a_permission_is_shown_as_iam_writes_it(lam: Any) -> None:
    arn = create(lam, "shown")["FunctionArn"]
    made = allow(lam, "shown", "one", SourceArn=POOL, SourceAccount="0" * 12)
    statement = json.loads(made["Statement"])
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert statement == {
        "Sid": "one",
        "Effect": "Allow",
        "Principal": {"Service": COGNITO},
        "Action": "lambda:InvokeFunction",
        "Resource": arn,
        "Condition": {"StringEquals": {"AWS:SourceAccount": "0" * 12}, "ArnLike": {"AWS:SourceArn": POOL}},
    }
    read = lam.get_policy(FunctionName="shown")
    assert json.loads(read["Policy"]) == {"Version": "2012-10-17", "Id": "default", "Statement": [statement]}
    assert read["RevisionId"] == lam.get_function_configuration(FunctionName="shown")["RevisionId"]


def test_every_kind_of_principal_is_shown_as_iam_writes_it(lam: Any) -> None:
    create(lam, "principals")
    for principal, shown in (
        ("*", "*"),
        ("123456789012", {"AWS": "arn:aws:iam::123456789012:root"}),
        ("arn:aws:iam::123456789012:user/u", {"AWS": "arn:aws:iam::123456789012:user/u"}),
        (COGNITO, {"Service": COGNITO}),
    ):
        statement = json.loads(allow(lam, "principals", f"p{len(principal)}", Principal=principal)["Statement"])
        assert statement["Principal"] == shown
        assert "Condition" not in statement
    with pytest.raises(lam.exceptions.InvalidParameterValueException):
        allow(lam, "principals", "bad", Principal="somebody")


def test_a_statement_id_is_taken_once_for_each_qualifier(lam: Any) -> None:
    create(lam, "twice", Publish=True)
    allow(lam, "twice", "same")
    allow(lam, "twice", "same", Qualifier="1")
    with pytest.raises(lam.exceptions.ResourceConflictException) as fault:
        allow(lam, "twice", "same")
    assert refusal(fault)[:2] == ("ResourceConflictException", 409)
    assert "The statement id (same) provided already exists." in refusal(fault)[2]
    qualified = json.loads(lam.get_policy(FunctionName="twice", Qualifier="1")["Policy"])["Statement"]
    assert [one["Resource"] for one in qualified] == ["arn:aws:lambda:us-east-1:000000000000:function:twice:1"]
    lam.remove_permission(FunctionName="twice", StatementId="same", Qualifier="1")
    assert len(json.loads(lam.get_policy(FunctionName="twice")["Policy"])["Statement"]) == 1
    with pytest.raises(lam.exceptions.ResourceNotFoundException):
        lam.get_policy(FunctionName="twice", Qualifier="1")


def test_a_policy_that_is_empty_is_not_there(lam: Any) -> None:
    create(lam, "bare")
    with pytest.raises(lam.exceptions.ResourceNotFoundException) as fault:
        lam.get_policy(FunctionName="bare")
    assert refusal(fault) == ("ResourceNotFoundException", 404, "The resource you requested does not exist.")
    with pytest.raises(lam.exceptions.ResourceNotFoundException) as other:
        lam.remove_permission(FunctionName="bare", StatementId="none")
    assert refusal(other)[2] == "Statement none is not found in resource policy."


def test_permissions_on_what_is_not_there_are_refused(lam: Any) -> None:
    create(lam, "there")
    for qualifier in ("7", "nobody"):
        with pytest.raises(lam.exceptions.ResourceNotFoundException):
            allow(lam, "there", "x", Qualifier=qualifier)
    with pytest.raises(lam.exceptions.InvalidParameterValueException) as fault:
        allow(lam, "there", "x", Qualifier="$LATEST")
    assert "$LATEST" in refusal(fault)[2]


def test_a_policy_holds_to_its_revision(lam: Any) -> None:
    create(lam, "steady")
    allow(lam, "steady", "a")
    revision = lam.get_policy(FunctionName="steady")["RevisionId"]
    allow(lam, "steady", "b", RevisionId=revision)
    with pytest.raises(lam.exceptions.PreconditionFailedException):
        lam.remove_permission(FunctionName="steady", StatementId="a", RevisionId=revision)


def test_a_policy_has_a_largest_size(lam: Any) -> None:
    create(lam, "long")
    one = len(allow(lam, "long", "x" * 90, SourceArn=POOL, SourceAccount="0" * 12)["Statement"])
    for number in range(1, 20_400 // (one + 3)):
        allow(lam, "long", f"{number:02}" + "x" * 90, SourceArn=POOL, SourceAccount="0" * 12)
    with pytest.raises(lam.exceptions.PolicyLengthExceededException):
        allow(lam, "long", "last" + "x" * 90, SourceArn=POOL, SourceAccount="0" * 12)
    assert 19_000 < len(lam.get_policy(FunctionName="long")["Policy"]) <= 20_480


def test_every_fault_of_a_permission_is_told_at_once(lam: Any) -> None:
    create(lam, "faulty")
    with pytest.raises(ClientError) as fault:
        allow(lam, "faulty", "no blanks", Action="ec2:Run", SourceAccount="12")
    code, status, sentence = refusal(fault)
    assert (code, status) == ("ValidationException", 400)
    assert sentence.startswith("3 validation errors detected: ")
    for member in ("'statementId'", "'action'", "'sourceAccount'"):
        assert member in sentence
