"""Invoke through boto3: the three types, errors, logs, limits."""

import base64
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.aws.lambda_server import create, lam, packed, refusal, server
from tests.meeting import Meeting
from tests.serving import Serving

__all__ = ["lam", "server"]

CODE = """
import json, os, socket, time
def handler(event, context):
    if event.get("raise"):
        raise ValueError(event["raise"])
    if event.get("sleep"):
        time.sleep(event["sleep"])
    if event.get("tell"):
        with socket.create_connection(("127.0.0.1", event["tell"])) as there:
            there.send(b"ran")
    print("said", event.get("say", ""))
    context_client = context.client_context
    return {"event": event, "arn": context.invoked_function_arn, "client": getattr(context_client, "custom", None)}
"""


@pytest.fixture(scope="module")
def function(lam: Any) -> str:
    return str(create(lam, "invoked", CODE, Timeout=30)["FunctionArn"])


def test_an_invocation_waits_for_its_answer(lam: Any, function: str) -> None:
    answer = lam.invoke(FunctionName="invoked", Payload=b'{"a": 1}')
    assert answer["StatusCode"] == 200
    assert answer["ExecutedVersion"] == "$LATEST"
    assert "FunctionError" not in answer
    assert "LogResult" not in answer
    assert json.load(answer["Payload"]) == {"event": {"a": 1}, "arn": function, "client": None}


def test_no_payload_is_an_empty_event(lam: Any, function: str) -> None:
    assert json.load(lam.invoke(FunctionName=function)["Payload"])["event"] == {}


def test_the_client_context_reaches_the_handler(lam: Any, function: str) -> None:
    context = base64.b64encode(json.dumps({"custom": {"k": "v"}}).encode()).decode()
    answer = lam.invoke(FunctionName=function, ClientContext=context)
    assert json.load(answer["Payload"])["client"] == {"k": "v"}


@pytest.mark.parametrize(
    "context", ["e30x", "!", base64.b64encode(b"[1]").decode(), base64.b64encode(b"[" * 2000).decode()]
)
def test_a_client_context_that_is_no_object_is_refused(lam: Any, function: str, context: str) -> None:
    with pytest.raises(lam.exceptions.InvalidRequestContentException):
        lam.invoke(FunctionName=function, ClientContext=context)


def test_what_a_handler_raises_is_a_function_error(lam: Any, function: str) -> None:
    answer = lam.invoke(FunctionName=function, Payload=b'{"raise": "words"}')
    assert answer["StatusCode"] == 200
    assert answer["FunctionError"] == "Unhandled"
    said = json.load(answer["Payload"])
    assert (said["errorMessage"], said["errorType"]) == ("words", "ValueError")


def test_a_function_that_is_late_is_stopped_and_says_so(lam: Any) -> None:
    create(lam, "late", CODE, Timeout=1)
    answer = lam.invoke(FunctionName="late", Payload=b'{"sleep": 30}')
    assert answer["FunctionError"] == "Unhandled"
    assert "Task timed out after 1.00 seconds" in json.load(answer["Payload"])["errorMessage"]
    assert json.load(lam.invoke(FunctionName="late")["Payload"])["event"] == {}


def test_the_tail_of_the_log_is_at_most_four_kibibytes(lam: Any, function: str) -> None:
    short = base64.b64decode(
        lam.invoke(FunctionName=function, LogType="Tail", Payload=b'{"say": "hello"}')["LogResult"]
    )
    assert b"START RequestId: " in short
    assert b"said hello" in short
    assert b"REPORT RequestId: " in short
    long = json.dumps({"say": "ü" * 5000}).encode()
    tail = base64.b64decode(lam.invoke(FunctionName=function, LogType="Tail", Payload=long)["LogResult"])
    assert len(tail) == 4096
    assert b"REPORT RequestId: " in tail


def test_an_event_is_taken_at_once_and_runs_later(lam: Any, server: Serving) -> None:
    create(lam, "event", CODE)
    with Meeting() as meeting:
        payload = json.dumps({"tell": meeting.port}).encode()
        answer = lam.invoke(FunctionName="event", InvocationType="Event", Payload=payload)
        assert answer["StatusCode"] == 202
        assert answer["Payload"].read() == b""
        server.run(server.house.desk.functions.close())
        assert meeting.said(within=0) == b"ran"


def test_a_dry_run_runs_nothing(lam: Any, function: str) -> None:
    with Meeting() as meeting:
        payload = json.dumps({"tell": meeting.port}).encode()
        assert lam.invoke(FunctionName=function, InvocationType="DryRun", Payload=payload)["StatusCode"] == 204
        with pytest.raises(BlockingIOError):
            meeting.one(within=0)
    with pytest.raises(lam.exceptions.ResourceNotFoundException):
        lam.invoke(FunctionName="nobody", InvocationType="DryRun")


def test_a_payload_is_json_of_a_bounded_size(lam: Any, function: str) -> None:
    for payload in (b"{", b"\xff", b"[" * 100_000, b'{"a": NaN}'):
        with pytest.raises(lam.exceptions.InvalidRequestContentException) as fault:
            lam.invoke(FunctionName=function, Payload=payload)
        assert refusal(fault)[:2] == ("InvalidRequestContentException", 400)
    for kind, size in (("RequestResponse", 6_291_457), ("Event", 1_048_577)):
        with pytest.raises(lam.exceptions.RequestTooLargeException) as large:
            lam.invoke(FunctionName=function, InvocationType=kind, Payload=b'"' + b"a" * (size - 2) + b'"')
        assert refusal(large)[:2] == ("RequestTooLargeException", 413)


def test_reserved_concurrency_of_none_stops_a_function(lam: Any) -> None:
    create(lam, "reserved", CODE)
    lam.put_function_concurrency(FunctionName="reserved", ReservedConcurrentExecutions=0)
    assert lam.get_function_concurrency(FunctionName="reserved")["ReservedConcurrentExecutions"] == 0
    assert lam.get_function(FunctionName="reserved")["Concurrency"] == {"ReservedConcurrentExecutions": 0}
    with pytest.raises(lam.exceptions.TooManyRequestsException) as fault:
        lam.invoke(FunctionName="reserved")
    assert refusal(fault) == ("TooManyRequestsException", 429, "Rate Exceeded.")
    assert fault.value.response["Reason"] == "ConcurrentInvocationLimitExceeded"
    lam.delete_function_concurrency(FunctionName="reserved")
    assert "ReservedConcurrentExecutions" not in lam.get_function_concurrency(FunctionName="reserved")
    assert lam.invoke(FunctionName="reserved")["StatusCode"] == 200


def test_a_handler_finds_this_server_and_its_region(lam: Any, server: Serving) -> None:
    code = (
        "import boto3\n"
        "def handler(event, context):\n"
        "    pools = boto3.client('cognito-idp').list_user_pools(MaxResults=1)\n"
        "    return [boto3.client('lambda').meta.endpoint_url, boto3.client('logs').meta.endpoint_url,\n"
        "        boto3.client('kms').meta.endpoint_url, boto3.client('lambda').meta.region_name,\n"
        "        'UserPools' in pools]\n"
    )
    create(lam, "caller", code, MemorySize=512, Timeout=20)
    answer = lam.invoke(FunctionName="caller")
    assert json.load(answer["Payload"]) == [server.url, server.url, server.url, "us-east-1", True]


def test_node_handlers_run_too(lam: Any) -> None:
    create(
        lam,
        "node",
        Runtime="nodejs22.x",
        Code={"ZipFile": packed(index_mjs="export const handler = async (event) => ({node: event.a});")},
    )
    assert json.load(lam.invoke(FunctionName="node", Payload=b'{"a": 2}')["Payload"]) == {"node": 2}


def test_unknown_types_are_refused(lam: Any, function: str) -> None:
    lam.meta.events.register("before-call.lambda.Invoke", _strange)
    try:
        with pytest.raises(ClientError) as fault:
            lam.invoke(FunctionName=function)
    finally:
        lam.meta.events.unregister("before-call.lambda.Invoke", _strange)
    assert refusal(fault)[0] == "ValidationException"
    assert "Member must satisfy enum value set: [Event, RequestResponse, DryRun]" in refusal(fault)[2]


def _strange(params: dict[str, Any], **_: Any) -> None:
    params["headers"]["X-Amz-Invocation-Type"] = "Sometimes"
