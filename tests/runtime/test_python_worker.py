"""Python handlers in real workers: what they may do, what they may see, how their faults look."""

import json
import sys

import msgspec
import pytest
from tests.runtime.room import PATIENCE, PYTHON, function, processes


def answered(answer):
    assert answer.error == ""
    return json.loads(answer.payload)


def failed(answer):
    assert answer.error == "Unhandled"
    return json.loads(answer.payload)


def test_the_event_comes_back(room):
    answer = room.ask(function("behaviours.echo"), '{"a":[1,null,"é"]}'.encode())
    assert answered(answer) == {"a": [1, None, "é"]}


@pytest.mark.parametrize("handler", ["nested/inner.handler", "nested.inner.handler"])
def test_a_handler_in_a_package_is_found_by_either_spelling(room, handler):
    assert answered(room.ask(function(handler, code=PYTHON))) == "inner"


def test_the_context_says_what_lambda_says(room):
    asked = function("behaviours.context", timeout=60.0, memory=256)
    said = answered(room.ask(asked, request_id="id-1", arn=asked.arn + ":live", client_context='{"custom":{"k":"v"}}'))
    assert 30_000 < said.pop("left") <= 60_000
    assert said.pop("stream") == room.batches[0][1]
    assert said == {
        "request": "id-1",
        "arn": asked.arn + ":live",
        "name": "sample",
        "version": "$LATEST",
        "memory": "256",
        "group": "/aws/lambda/sample",
        "custom": {"k": "v"},
    }


def test_a_raised_error_is_the_answer(room):
    said = failed(room.ask(function("behaviours.raises")))
    assert said["errorType"] == "ValueError"
    assert said["errorMessage"] == "the handler's own words"
    assert "behaviours.py" in said["stackTrace"][0]


def test_an_answer_that_is_no_json_is_a_fault_of_the_handler(room):
    """WK-12."""
    assert failed(room.ask(function("behaviours.unserializable")))["errorType"] == "Runtime.MarshalError"


def test_an_event_that_is_no_json_is_a_fault_too(room):
    assert failed(room.ask(function("behaviours.echo"), b"{"))["errorType"] == "Runtime.UnmarshalError"


@pytest.mark.parametrize(
    ("handler", "kind", "words"),
    [
        (
            "missing.handler",
            "Runtime.ImportModuleError",
            "Unable to import module 'missing': No module named",
        ),
        ("behaviours.missing", "Runtime.HandlerNotFound", "Handler 'missing' missing on module 'behaviours'"),
        ("behaviours", "Runtime.MalformedHandlerName", "Bad handler 'behaviours'"),
    ],
)
def test_a_handler_that_is_not_there_has_lambdas_own_error(room, handler, kind, words):
    said = failed(room.ask(function(handler, code=PYTHON)))
    assert said["errorType"] == kind
    assert said["errorMessage"].startswith(words)


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        ("def handler(event, context)\n", "Runtime.UserCodeSyntaxError"),
        ("import no_such_module\n", "Runtime.ImportModuleError"),
        ("raise RuntimeError('at import')\n", "RuntimeError"),
    ],
)
def test_a_module_that_cannot_be_loaded_is_the_answer(room, tmp_path, source, kind):
    (tmp_path / "broken.py").write_text(source)
    answer = room.ask(function("broken.handler", code=str(tmp_path)))
    assert failed(answer)["errorType"] == kind
    assert "INIT_REPORT" in answer.log
    assert f"Error Type: {kind}" in answer.log


def test_a_module_that_exits_is_an_exit(room, tmp_path):
    (tmp_path / "broken.py").write_text("import os\nos._exit(4)\n")
    answer = room.ask(function("broken.handler", code=str(tmp_path)), request_id="id-2")
    assert failed(answer) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: id-2 Error: Runtime exited with error: exit status 4",
    }


@pytest.mark.parametrize("handler", ["behaviours.exits", "behaviours.leaves"])
@pytest.mark.parametrize(
    ("status", "words"),
    [(129, "Runtime exited with error: exit status 129"), (0, "Runtime exited without providing a reason")],
)
def test_a_worker_that_exits_in_a_call_says_how(room, handler, status, words):
    answer = room.ask(function(handler), json.dumps({"status": status}).encode(), request_id="id-3")
    assert failed(answer) == {"errorType": "Runtime.ExitError", "errorMessage": f"RequestId: id-3 Error: {words}"}


def test_the_environment_is_lambdas_and_the_functions_own(room, monkeypatch):
    monkeypatch.setenv("KEYDESK_SECRET_OF_THE_SERVER", "canary")
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    asked = function("behaviours.environment", environment={"MINE": "1", "GIVEN": "mine", "PYTHONPATH": "/layer"})
    answer = room.play(
        lambda workers: workers.invoke(asked, b"{}", within=PATIENCE),
        environment=lambda function: {"GIVEN": "the server's", "AWS_ACCESS_KEY_ID": function.name},
    )
    said = answered(answer)
    variables = said["variables"]
    assert "canary" not in variables.values()
    assert variables["MINE"] == "1"
    assert variables["GIVEN"] == "mine"
    assert variables["AWS_ACCESS_KEY_ID"] == "sample"
    assert variables["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.11"
    assert variables["AWS_REGION"] == variables["AWS_DEFAULT_REGION"] == "eu-west-1"
    assert variables["LAMBDA_TASK_ROOT"] == said["cwd"] == said["path"] == PYTHON
    assert variables["TZ"] == ":UTC"
    assert variables["TMPDIR"] == variables["HOME"]
    assert not [name for name in variables if name.startswith(("KEYDESK", "VIRTUAL_ENV", "PYTEST"))]


def test_only_its_own_descriptors_are_open(room):
    said = answered(room.ask(function("behaviours.descriptors")))
    kinds = sorted(target.split(":")[0] for target in said["own"].values())
    assert kinds == ["/dev/null", "pipe", "pipe", "socket"]
    assert said["child"] == ["0", "1", "2", "3"]  # 3 is what `ls` itself opened


def test_it_leads_a_session_of_its_own(room):
    said = answered(room.ask(function("behaviours.group")))
    assert said["pid"] == said["group"] == said["session"]


def test_limits_are_taken(room):
    said = answered(room.ask(function("behaviours.limits", memory=200)))
    assert said["RLIMIT_CORE"] == 0
    assert said["RLIMIT_NOFILE"] == 1024
    assert said["RLIMIT_FSIZE"] == 512 * 1024 * 1024
    assert said["RLIMIT_DATA"] == (200 + 64) * 1024 * 1024


def test_boto3_can_be_imported(room):
    assert answered(room.ask(function("behaviours.imports_boto3", memory=256))) == "eu-west-1"


def test_the_temporary_folder_goes_with_the_worker(room):
    path = answered(room.ask(function("behaviours.writes")))
    assert path.startswith(room.base)  # and that is gone, which the room has looked at


@pytest.mark.parametrize("handler", ["behaviours.leaves_children", "behaviours.leaves_children_and_dies"])
def test_children_do_not_outlive_the_worker_nor_does_a_worker_that_left_some(room, handler):
    asked = function(handler)

    async def scene(workers):
        first = await workers.invoke(asked, b"{}", within=PATIENCE)
        second = await workers.invoke(asked, b"{}", within=PATIENCE)
        return first, second

    first, second = room.play(scene)
    assert processes(room.base) == []
    assert "INIT_START" in second.log
    if not first.error:
        assert answered(first)["pid"] != answered(second)["pid"]


def test_a_fork_that_comes_back_from_the_handler_answers_nothing(room):
    asked = function("behaviours.forks_and_returns_twice")

    async def scene(workers):
        return [answered(await workers.invoke(asked, b"{}", within=PATIENCE)) for _ in range(3)]

    assert room.play(scene) == [{"child": False}] * 3


@pytest.mark.parametrize("size", [1, 5_000_000])
def test_large_answers_and_events_pass_whole(room, size):
    asked = function("behaviours.echo", memory=512)
    event = msgspec.json.encode({"text": "x" * size})
    assert answered(room.ask(asked, event)) == {"text": "x" * size}


def test_too_large_an_answer_is_refused(room):
    """WK-12."""
    asked = function("behaviours.answers_much", memory=512)

    async def scene(workers):
        refused = await workers.invoke(asked, b'{"bytes":7000000}', within=PATIENCE)
        return refused, await workers.invoke(asked, b'{"bytes":3}', within=PATIENCE)

    refused, next_one = room.play(scene)
    assert failed(refused)["errorType"] == "Function.ResponseSizeTooLarge"
    assert answered(next_one) == "xxx"


def test_the_interpreter_is_the_servers(room):
    assert f"python:{sys.version.split()[0]}" in room.ask(function("behaviours.echo")).log
