"""Versions and aliases through boto3."""

import json
from typing import Any

import pytest
from tests.aws.lambda_server import create, lam, packed, refusal, server

__all__ = ["lam", "server"]


def code(answer: int) -> bytes:
    said = f"[{answer}, context.function_version, context.invoked_function_arn]"
    return packed(index_py=f"def handler(event, context):\n    return {said}\n")


def ran(lam: Any, name: str, **more: Any) -> list[Any]:
    return list(json.load(lam.invoke(FunctionName=name, **more)["Payload"]))


def test_a_version_never_changes(lam: Any) -> None:
    create(lam, "versioned", Code={"ZipFile": code(1)}, Environment={"Variables": {"AB": "one"}}, Description="first")
    one = lam.publish_version(FunctionName="versioned", Description="the one")
    assert (one["Version"], one["Description"]) == ("1", "the one")
    lam.update_function_code(FunctionName="versioned", ZipFile=code(2))
    lam.update_function_configuration(FunctionName="versioned", Timeout=9, Environment={"Variables": {"AB": "two"}})
    two = lam.publish_version(FunctionName="versioned")
    assert two["Version"] == "2"
    again = lam.get_function_configuration(FunctionName="versioned", Qualifier="1")
    for shown in (one, again):
        shown.pop("ResponseMetadata")
    assert again == one
    assert again["Environment"] == {"Variables": {"AB": "one"}}
    assert again["FunctionArn"].endswith(":function:versioned:1")
    arn = again["FunctionArn"][:-2]
    assert ran(lam, "versioned", Qualifier="1") == [1, "1", arn + ":1"]
    assert ran(lam, "versioned:2") == [2, "2", arn + ":2"]
    assert ran(lam, "versioned") == [2, "$LATEST", arn]


def test_nothing_new_is_no_new_version(lam: Any) -> None:
    create(lam, "same")
    assert [lam.publish_version(FunctionName="same")["Version"] for _ in range(2)] == ["1", "1"]
    lam.update_function_configuration(FunctionName="same", Timeout=7)
    assert lam.publish_version(FunctionName="same")["Version"] == "2"


def test_publishing_holds_to_code_and_revision(lam: Any) -> None:
    made = create(lam, "sure")
    with pytest.raises(lam.exceptions.InvalidParameterValueException):
        lam.publish_version(FunctionName="sure", CodeSha256="bm8=")
    with pytest.raises(lam.exceptions.PreconditionFailedException):
        lam.publish_version(FunctionName="sure", RevisionId="other")
    said = {"CodeSha256": made["CodeSha256"], "RevisionId": made["RevisionId"]}
    assert lam.publish_version(FunctionName="sure", **said)["Version"] == "1"


def test_versions_are_listed_in_pages(lam: Any) -> None:
    create(lam, "many")
    for timeout in (4, 5, 6):
        lam.update_function_configuration(FunctionName="many", Timeout=timeout)
        lam.publish_version(FunctionName="many")
    pages = lam.get_paginator("list_versions_by_function").paginate(
        FunctionName="many", PaginationConfig={"PageSize": 1}
    )
    listed = [one for page in pages for one in page["Versions"]]
    assert [(one["Version"], one["Timeout"]) for one in listed] == [("$LATEST", 6), ("1", 4), ("2", 5), ("3", 6)]
    assert [one["FunctionArn"].rsplit(":", 1)[1] for one in listed] == ["$LATEST", "1", "2", "3"]


def test_one_version_is_deleted_alone(lam: Any) -> None:
    create(lam, "fewer", Publish=True)
    lam.create_alias(FunctionName="fewer", Name="live", FunctionVersion="1")
    with pytest.raises(lam.exceptions.ResourceConflictException):
        lam.delete_function(FunctionName="fewer", Qualifier="1")
    with pytest.raises(lam.exceptions.InvalidParameterValueException):
        lam.delete_function(FunctionName="fewer", Qualifier="$LATEST")
    lam.delete_alias(FunctionName="fewer", Name="live")
    lam.delete_function(FunctionName="fewer", Qualifier="1")
    assert [one["Version"] for one in lam.list_versions_by_function(FunctionName="fewer")["Versions"]] == ["$LATEST"]
    lam.update_function_configuration(FunctionName="fewer", Timeout=4)
    assert lam.publish_version(FunctionName="fewer")["Version"] == "2"


def test_an_alias_is_moved_from_version_to_version(lam: Any) -> None:
    create(lam, "named", Code={"ZipFile": code(1)}, Publish=True)
    lam.update_function_code(FunctionName="named", ZipFile=code(2), Publish=True)
    made = lam.create_alias(FunctionName="named", Name="live", FunctionVersion="1", Description="d")
    assert made["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert made["AliasArn"].endswith(":function:named:live")
    assert ran(lam, "named", Qualifier="live") == [1, "1", made["AliasArn"]]
    assert lam.invoke(FunctionName="named:live")["ExecutedVersion"] == "1"
    moved = lam.update_alias(FunctionName="named", Name="live", FunctionVersion="2", RevisionId=made["RevisionId"])
    assert (moved["FunctionVersion"], moved["Description"]) == ("2", "d")
    assert ran(lam, made["AliasArn"])[0] == 2
    read = lam.get_alias(FunctionName="named", Name="live")
    assert {**read, "ResponseMetadata": 0} == {**moved, "ResponseMetadata": 0}
    with pytest.raises(lam.exceptions.PreconditionFailedException):
        lam.update_alias(FunctionName="named", Name="live", FunctionVersion="1", RevisionId=made["RevisionId"])
    shown = lam.get_function_configuration(FunctionName="named", Qualifier="live")
    assert (shown["Version"], shown["FunctionArn"]) == ("2", made["AliasArn"])


def test_aliases_are_listed_and_removed(lam: Any) -> None:
    create(lam, "aliases", Publish=True)
    for name in ("b", "a", "latest"):
        version = "$LATEST" if name == "latest" else "1"
        lam.create_alias(FunctionName="aliases", Name=name, FunctionVersion=version)
    pages = lam.get_paginator("list_aliases").paginate(FunctionName="aliases", PaginationConfig={"PageSize": 2})
    assert [one["Name"] for page in pages for one in page["Aliases"]] == ["a", "b", "latest"]
    of_one = lam.list_aliases(FunctionName="aliases", FunctionVersion="1")["Aliases"]
    assert [one["Name"] for one in of_one] == ["a", "b"]
    with pytest.raises(lam.exceptions.ResourceConflictException) as fault:
        lam.create_alias(FunctionName="aliases", Name="a", FunctionVersion="1")
    assert refusal(fault)[2].startswith("Alias already exists: arn:aws:lambda:")
    lam.delete_alias(FunctionName="aliases", Name="a")
    with pytest.raises(lam.exceptions.ResourceNotFoundException) as gone:
        lam.get_alias(FunctionName="aliases", Name="a")
    assert refusal(gone)[2].startswith("Cannot find alias arn: ")
    lam.delete_alias(FunctionName="aliases", Name="a")


def test_an_alias_names_a_version_that_is_there(lam: Any) -> None:
    create(lam, "pointed", Publish=True)
    with pytest.raises(lam.exceptions.ResourceNotFoundException):
        lam.create_alias(FunctionName="pointed", Name="live", FunctionVersion="9")
    with pytest.raises(lam.exceptions.ClientError) as fault:
        lam.create_alias(FunctionName="pointed", Name="123", FunctionVersion="1")
    assert refusal(fault)[0] == "ValidationException"


def test_an_alias_sends_a_share_to_a_second_version(lam: Any) -> None:
    create(lam, "shared", Code={"ZipFile": code(1)}, Publish=True)
    lam.update_function_code(FunctionName="shared", ZipFile=code(2), Publish=True)
    made = lam.create_alias(
        FunctionName="shared",
        Name="live",
        FunctionVersion="1",
        RoutingConfig={"AdditionalVersionWeights": {"2": 1.0}},
    )
    assert made["RoutingConfig"] == {"AdditionalVersionWeights": {"2": 1.0}}
    assert ran(lam, "shared:live")[0] == 2
    lam.update_alias(FunctionName="shared", Name="live", RoutingConfig={"AdditionalVersionWeights": {"2": 0.5}})
    assert {ran(lam, "shared:live")[0] for _ in range(40)} == {1, 2}
    for weights in ({"2": 1.5}, {"1": 0.5}, {"$LATEST": 0.5}):
        with pytest.raises(lam.exceptions.InvalidParameterValueException):
            lam.update_alias(FunctionName="shared", Name="live", RoutingConfig={"AdditionalVersionWeights": weights})
    lam.update_alias(FunctionName="shared", Name="live", RoutingConfig={"AdditionalVersionWeights": {}})
    assert "RoutingConfig" not in lam.get_alias(FunctionName="shared", Name="live")


def test_changes_belong_to_the_function_not_to_a_version(lam: Any) -> None:
    create(lam, "frozen", Publish=True)
    with pytest.raises(lam.exceptions.InvalidParameterValueException):
        lam.update_function_configuration(FunctionName="frozen:1", Timeout=9)
    with pytest.raises(lam.exceptions.InvalidParameterValueException):
        lam.get_function(FunctionName="frozen:1", Qualifier="2")
