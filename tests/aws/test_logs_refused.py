"""What CloudWatch Logs refuses, each with a modelled error; and that no input does more than that."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.aws.calling import ACCOUNT, Bench
from tests.aws.lines import ARN, GROUP, ONE, refused, said, write

from keydesk.aws.logs import OPERATIONS, TARGET

pytestmark = pytest.mark.one_database


@pytest.fixture
def client(bench: Bench) -> Any:
    return bench.client("logs")


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("describe_log_streams", {"logGroupName": "none"}),
        ("get_log_events", {"logGroupName": "none", "logStreamName": "x"}),
        ("get_log_events", {"logGroupName": GROUP, "logStreamName": "none"}),
        ("filter_log_events", {"logGroupName": "none"}),
        ("filter_log_events", {"logGroupName": GROUP, "logStreamNames": [ONE, "none"]}),
        ("filter_log_events", {"logGroupIdentifier": ARN.replace("us-east-1", "eu-west-1")}),
        ("filter_log_events", {"logGroupIdentifier": ARN.replace(ACCOUNT, "9")}),
        ("delete_log_group", {"logGroupName": "none"}),
        ("put_retention_policy", {"logGroupName": "none", "retentionInDays": 1}),
        ("list_tags_for_resource", {"resourceArn": ARN + "x"}),
    ],
)
def test_what_is_not_there_is_not_found(bench: Bench, client: Any, operation: str, members: dict[str, Any]) -> None:
    write(bench, "x")
    code, sentence = refused(getattr(client, operation), **members)
    assert code == "ResourceNotFoundException"
    assert sentence in {"The specified log group does not exist.", "The specified log stream does not exist."}


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("describe_log_groups", {"limit": 51}),
        ("describe_log_groups", {"limit": 0}),
        ("describe_log_groups", {"logGroupNamePrefix": "a b"}),
        ("describe_log_groups", {"logGroupNamePrefix": "a", "logGroupNamePattern": "b"}),
        ("describe_log_groups", {"includeLinkedAccounts": True}),
        ("describe_log_groups", {"nextToken": "made-up"}),
        ("describe_log_streams", {}),
        ("describe_log_streams", {"logGroupName": GROUP, "logGroupIdentifier": GROUP}),
        ("describe_log_streams", {"logGroupName": GROUP, "orderBy": "Size"}),
        ("get_log_events", {"logGroupName": GROUP, "logStreamName": ONE, "nextToken": "f/x"}),
        ("get_log_events", {"logGroupName": GROUP, "logStreamName": ONE, "nextToken": "x/y"}),
        ("get_log_events", {"logGroupName": GROUP, "logStreamName": ONE, "limit": 10_001}),
        ("get_log_events", {"logGroupName": GROUP, "logStreamName": "a:b"}),
        ("get_log_events", {"logGroupName": GROUP, "logStreamName": ONE, "startTime": -1}),
        ("filter_log_events", {"logGroupName": GROUP, "endTime": 2**62}),
        ("filter_log_events", {"logGroupName": GROUP, "logStreamNames": ["a"], "logStreamNamePrefix": "a"}),
        ("filter_log_events", {"logGroupName": GROUP, "logStreamNames": []}),
        ("filter_log_events", {"logGroupName": GROUP, "nextToken": "é"}),
        ("create_log_group", {"logGroupName": "x", "kmsKeyId": "k"}),
        ("create_log_group", {"logGroupName": "x", "deletionProtectionEnabled": True}),
        ("create_log_group", {"logGroupName": "x", "logGroupClass": "INFREQUENT_ACCESS"}),
        ("create_log_group", {"logGroupName": "a" * 513}),
        ("put_retention_policy", {"logGroupName": GROUP, "retentionInDays": 2}),
    ],
)
def test_what_is_beyond_the_limits_is_refused(quick: Bench, operation: str, members: dict[str, Any]) -> None:
    write(quick, "x")
    assert refused(getattr(quick.client("logs"), operation), **members)[0] == "InvalidParameterException"


def test_a_token_leads_nowhere_in_another_group_or_direction_of_use(bench: Bench, client: Any) -> None:
    write(bench, *"abc")
    write(bench, *"xyz", group="other")
    token = client.filter_log_events(logGroupName=GROUP, limit=1)["nextToken"]
    assert refused(client.filter_log_events, logGroupName="other", nextToken=token)[0] == "InvalidParameterException"
    assert refused(client.describe_log_groups, nextToken=token)[0] == "InvalidParameterException"
    for at in range(0, len(token), 7):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert (
            refused(client.filter_log_events, logGroupName=GROUP, nextToken=changed)[0] == "InvalidParameterException"
        )


def test_two_regions_do_not_see_each_other(bench: Bench, client: Any) -> None:
    write(bench, "x")
    other = bench.client("logs", "eu-west-1")
    assert other.describe_log_groups()["logGroups"] == []
    assert refused(other.filter_log_events, logGroupName=GROUP)[0] == "ResourceNotFoundException"
    other.create_log_group(logGroupName=GROUP)
    assert said(other.filter_log_events(logGroupName=GROUP)) == []


def test_an_operation_that_is_not_served_is_refused_by_name(quick: Bench) -> None:
    code, sentence = refused(quick.client("logs").put_log_events, logGroupName="a", logStreamName="b", logEvents=[])
    assert code == "UnknownOperationException"
    assert "FilterLogEvents" in sentence


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b"{",
        b"\xff",
        b'"\\ud800"',
        b"[" * 5000,
        b'{"limit": "1"}',
        b'{"limit": 1e400}',
        b'{"limit": NaN}',
    ],
)
@pytest.mark.parametrize("name", OPERATIONS)
def test_a_body_that_is_not_the_operation_s_is_a_refusal(quick: Bench, name: str, body: bytes) -> None:
    answer = quick.raw("logs", TARGET + name, body)
    assert answer.status in {200, 400}
    if answer.status == 400:
        assert json.loads(answer.body)["__type"] in {"SerializationException", "InvalidParameterException"}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
MEMBERS = sorted({field for kind, _ in OPERATIONS.values() for field in kind.__struct_encode_fields__})


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=100)
@given(
    st.sampled_from(sorted(OPERATIONS)), st.dictionaries(st.sampled_from(MEMBERS), VALUES | st.just(GROUP), max_size=5)
)
def test_any_input_is_answered_or_refused(bench: Bench, name: str, members: dict[str, Any]) -> None:
    answer = bench.raw("logs", TARGET + name, json.dumps(members).encode())
    assert answer.status in {200, 400}
