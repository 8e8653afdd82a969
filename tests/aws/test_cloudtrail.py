"""LookupEvents through an unmodified boto3, on both databases (T-079)."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.aws.calling import ACCOUNT, NOW, Bench

from keydesk.aws.cloudtrail import TARGET
from keydesk.store import api_events

LOOKUP = TARGET + "LookupEvents"


@pytest.fixture
def client(bench: Bench) -> Any:
    return bench.client("cloudtrail")


def called(bench: Bench, name: str = "InitiateAuth", **more: Any) -> None:
    said: dict[str, Any] = {
        "region": "us-east-1", "name": name, "username": "anna", "sub": "s-1", "request_id": "r-1", "ip": "192.0.2.1",
        "agent": "aws-cli/2", "parameters": {"ClientId": "c", "AuthParameters": {"PASSWORD": "canary"}},
    }  # fmt: skip
    bench.journal.api_event(**said | more)
    bench.now += 1000


def names(answer: Any) -> list[str]:
    return [event["EventName"] for event in answer["Events"]]


def refused(client: Any, **members: Any) -> tuple[str, str]:
    with pytest.raises(ClientError) as fault:
        client.lookup_events(**members)
    assert fault.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    return fault.value.response["Error"]["Code"], fault.value.response["Error"]["Message"]


def by(key: str, value: str) -> dict[str, Any]:
    return {"LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}]}


def test_a_sign_in_call_is_recorded_as_cloudtrail_writes_it(bench: Bench, client: Any) -> None:
    """T-079"""
    called(bench)
    [event] = client.lookup_events()["Events"]
    record = json.loads(event.pop("CloudTrailEvent"))
    assert event == {
        "EventId": record["eventID"], "EventName": "InitiateAuth", "ReadOnly": "false", "Username": "anna",
        "EventTime": datetime.fromtimestamp(NOW // 1000, UTC), "EventSource": "cognito-idp.amazonaws.com",
        "Resources": [],
    }  # fmt: skip
    assert record == {
        "eventVersion": "1.08",
        "userIdentity": {"type": "Unknown", "principalId": "Anonymous"},
        "eventTime": "2025-06-15T15:06:40Z",
        "eventSource": "cognito-idp.amazonaws.com",
        "eventName": "InitiateAuth",
        "awsRegion": "us-east-1",
        "sourceIPAddress": "192.0.2.1",
        "userAgent": "aws-cli/2",
        "requestParameters": {"clientId": "c", "authParameters": "HIDDEN_DUE_TO_SECURITY_REASONS"},
        "responseElements": None,
        "additionalEventData": {"sub": "s-1"},
        "requestID": "r-1",
        "eventID": record["eventID"],
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": ACCOUNT,
        "eventCategory": "Management",
    }


def test_a_refused_call_and_a_signed_one_say_so(bench: Bench, client: Any) -> None:
    called(bench, "AdminInitiateAuth", access_key="AKID", error_code="NotAuthorizedException", error="No.", sub="")
    [event] = client.lookup_events()["Events"]
    record = json.loads(event["CloudTrailEvent"])
    assert (record["errorCode"], record["errorMessage"]) == ("NotAuthorizedException", "No.")
    assert record["userIdentity"]["accessKeyId"] == event["AccessKeyId"] == "AKID"
    assert record["additionalEventData"] == {}
    assert "Username" not in event


def test_the_newest_come_first_in_pages(bench: Bench, client: Any) -> None:
    for number in range(7):
        called(bench, f"Name{number}")
    bench.now -= 1000
    called(bench, "Name7")  # in the millisecond of the one before
    pages = list(client.get_paginator("lookup_events").paginate(PaginationConfig={"PageSize": 3}))
    assert [len(page["Events"]) for page in pages] == [3, 3, 2]
    seen = [name for page in pages for name in names(page)]
    assert sorted(seen) == [f"Name{number}" for number in range(8)]
    assert seen[2:] == [f"Name{number}" for number in range(5, -1, -1)]


@pytest.mark.parametrize(
    ("key", "value", "found"),
    [
        ("EventName", "SignUp", ["SignUp"]),
        ("EventName", "signup", []),
        ("Username", "bert", ["SignUp"]),
        ("AccessKeyId", "AKID", ["AdminInitiateAuth"]),
        ("EventSource", "cognito-idp.amazonaws.com", ["AdminInitiateAuth", "SignUp", "InitiateAuth"]),
        ("EventSource", "lambda.amazonaws.com", []),
        ("ReadOnly", "false", ["AdminInitiateAuth", "SignUp", "InitiateAuth"]),
        ("ReadOnly", "true", []),
        ("ResourceName", "x", []),
        ("ResourceType", "x", []),
        ("EventId", "x", []),
    ],
)
def test_an_attribute_is_looked_up(bench: Bench, client: Any, key: str, value: str, found: list[str]) -> None:
    called(bench)
    called(bench, "SignUp", username="bert")
    called(bench, "AdminInitiateAuth", access_key="AKID")
    assert names(client.lookup_events(**by(key, value))) == found


def test_an_event_is_found_by_its_id(bench: Bench, client: Any) -> None:
    called(bench, "SignUp")
    called(bench, "InitiateAuth")
    wanted = client.lookup_events()["Events"][1]
    assert client.lookup_events(**by("EventId", wanted["EventId"]))["Events"] == [wanted]


def test_a_time_is_looked_up_with_both_ends(bench: Bench, client: Any) -> None:
    for name in ("A", "B", "C", "D"):
        called(bench, name)
    start, end = (datetime.fromtimestamp(NOW / 1000 + seconds, UTC) for seconds in (1, 2))
    assert names(client.lookup_events(StartTime=start, EndTime=end)) == ["C", "B"]
    assert names(client.lookup_events(StartTime=end)) == ["D", "C"]
    assert refused(client, StartTime=end, EndTime=start)[0] == "InvalidTimeRangeException"


def test_regions_are_apart(bench: Bench, client: Any) -> None:
    called(bench)
    assert bench.client("cloudtrail", "eu-west-1").lookup_events()["Events"] == []


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"MaxResults": 0}, "InvalidMaxResultsException"),
        ({"MaxResults": 51}, "InvalidMaxResultsException"),
        ({"NextToken": "made-up"}, "InvalidNextTokenException"),
        ({"EventCategory": "insight"}, "InvalidEventCategoryException"),
        (by("Colour", "red"), "InvalidLookupAttributesException"),
        (by("EventName", ""), "InvalidLookupAttributesException"),
        (by("EventName", "x" * 2001), "InvalidLookupAttributesException"),
        ({"LookupAttributes": 2 * by("EventName", "x")["LookupAttributes"]}, "InvalidLookupAttributesException"),
    ],
)
def test_what_cannot_be_looked_up_is_refused(quick: Bench, members: dict[str, Any], code: str) -> None:
    assert refused(quick.client("cloudtrail"), **members)[0] == code


def test_a_token_holds_for_its_question_only(bench: Bench, client: Any) -> None:
    called(bench)
    called(bench)
    token = client.lookup_events(MaxResults=1)["NextToken"]
    assert len(client.lookup_events(MaxResults=1, NextToken=token)["Events"]) == 1
    assert refused(client, NextToken=token, **by("EventName", "InitiateAuth"))[0] == "InvalidNextTokenException"


def test_events_expire(bench: Bench, client: Any) -> None:
    called(bench, "Old")
    called(bench, "New")
    assert names(client.lookup_events()) == ["New", "Old"]
    assert bench.run(bench.store.write(api_events.expire, NOW + 1, 10)) == 1
    assert names(client.lookup_events()) == ["New"]


@pytest.mark.parametrize(
    "body", [b"[]", b"{", b"\xff", b'{"StartTime": 1e308}', b'{"StartTime": -1}', b'{"MaxResults": "1"}']
)
def test_a_body_that_is_not_of_the_form_is_refused(quick: Bench, body: bytes) -> None:
    assert quick.raw("cloudtrail", LOOKUP, body).status == 400


def test_another_operation_is_refused_by_name(quick: Bench) -> None:
    answer = quick.raw("cloudtrail", TARGET + "CreateTrail", b"{}")
    assert json.loads(answer.body)["__type"] == "UnknownOperationException"


VALUES = st.none() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | st.lists(st.none(), max_size=2)
ATTRIBUTES = st.lists(
    st.dictionaries(st.sampled_from(["AttributeKey", "AttributeValue"]), st.text(max_size=9)), max_size=2
)
MEMBERS = ["StartTime", "EndTime", "MaxResults", "NextToken", "LookupAttributes"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(st.dictionaries(st.sampled_from(MEMBERS), VALUES | ATTRIBUTES))
def test_any_input_is_answered_or_refused(bench: Bench, members: dict[str, Any]) -> None:
    assert bench.raw("cloudtrail", LOOKUP, json.dumps(members).encode()).status in {200, 400}
