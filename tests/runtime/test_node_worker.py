"""Node.js handlers in real workers: callback style, promises, both kinds of modules, and their faults."""

import json

import pytest
from tests.runtime.room import NODE, PATIENCE, function


def answered(answer):
    assert answer.error == ""
    return json.loads(answer.payload)


def failed(answer):
    assert answer.error == "Unhandled"
    return json.loads(answer.payload)


@pytest.mark.parametrize("handler", ["callbacks.echo", "modern.echo"])
def test_the_event_comes_back(room, handler):
    assert answered(room.ask(function(handler), '{"a":[1,null,"é"]}'.encode())) == {"a": [1, None, "é"]}


@pytest.mark.parametrize(
    ("handler", "value"),
    [
        ("callbacks.promise", {"got": {}}),
        ("callbacks.saysLater", "later"),
        ("callbacks.done", "done"),
        ("callbacks.succeed", "succeeded"),
        ("callbacks.deep.inside.handler", "deep"),
        ("callbacks.valueThenError", "first"),
        ("callbacks.twoValues", "first"),
        ("callbacks.saysNothing", None),
        ("callbacks.doesNotWait", "at once"),
        ("modern.nothing", None),
        ("modern.never", None),
        ("modern.inside", "by default"),
    ],
)
def test_every_style_of_answering(room, handler, value):
    assert answered(room.ask(function(handler))) == value


@pytest.mark.parametrize(
    ("handler", "kind", "words"),
    [
        ("callbacks.raises", "TypeError", "the handler's own words"),
        ("callbacks.fails", "RangeError", "the handler's own words"),
        ("callbacks.failsWithText", "string", "only text"),
        ("callbacks.errorThenValue", "Error", "denied"),
        ("callbacks.fail", "Error", "failed"),
        ("callbacks.unserializable", "Error", "Unable to stringify response body"),
        ("callbacks.throwsLater", "Error", "thrown later"),
        ("callbacks.rejectsUnseen", "Runtime.UnhandledPromiseRejection", "Error: nobody looks"),
        ("modern.raises", "TypeError", "the handler's own words"),
        ("modern.rejects", "Error", "rejected"),
        ("modern.rejectsNothing", "string", "handled"),
        ("callbacks.missing", "Runtime.HandlerNotFound", "callbacks.missing is undefined or not exported"),
        ("callbacks.notAFunction", "Runtime.HandlerNotFound", "callbacks.notAFunction is not a function"),
        ("callbacks.../outside", "Runtime.MalformedHandlerName", "'callbacks.../outside' is not a valid handler name."),
    ],
)
def test_every_style_of_failing(room, handler, kind, words):
    said = failed(room.ask(function(handler)))
    assert (said["errorType"], said["errorMessage"]) == (kind, words)
    assert isinstance(said["trace"], list)


@pytest.mark.parametrize("handler", ["callbacks.errorThenValue", "callbacks.valueThenError", "callbacks.twoValues"])
def test_the_first_callback_wins_and_the_worker_stays_whole(room, handler):
    """T-164: what is called after the first callback changes nothing, not in the next call either."""
    asked = function(handler)

    async def scene(workers):
        return [await workers.invoke(asked, b"{}", within=PATIENCE) for _ in range(4)]

    answers = room.play(scene)
    assert len({answer.error for answer in answers}) == 1
    assert sum("INIT_START" in answer.log for answer in answers) == 1


@pytest.mark.parametrize("handler", ["callbacks.throwsLater", "callbacks.rejectsUnseen"])
def test_an_error_nobody_caught_ends_the_worker(room, handler):
    asked = function(handler)

    async def scene(workers):
        return [await workers.invoke(asked, b"{}", within=PATIENCE) for _ in range(2)]

    assert all("INIT_START" in answer.log for answer in room.play(scene))


def test_a_callback_waits_for_what_is_left_to_do(room):
    answer = room.ask(function("callbacks.waitsForLoop"))
    assert answered(answer) == "waited"
    assert "after the callback" in answer.log


def test_process_exit_ends_at_once(room):
    """WK-15: a read from the thread pool would keep the process until it is killed, which would be told."""
    answer = room.ask(function("callbacks.exits"), b'{"status":3}', request_id="id-1")
    assert failed(answer)["errorMessage"] == "RequestId: id-1 Error: Runtime exited with error: exit status 3"


@pytest.mark.parametrize(
    ("folder", "handler", "value"), [("/modules", "index", "module"), ("", "nested/inner", "inner")]
)
def test_modules_are_found_as_node_finds_them(room, folder, handler, value):
    asked = function(handler + ".handler", runtime="nodejs20.x", code=NODE + folder)
    assert answered(room.ask(asked)) == value


@pytest.mark.parametrize(
    ("name", "source", "kind"),
    [
        ("broken.js", "exports.handler = (", "Runtime.UserCodeSyntaxError"),
        ("broken.mjs", "export const handler = (", "Runtime.UserCodeSyntaxError"),
        ("broken.js", "require('no-such-module')", "Runtime.ImportModuleError"),
        ("broken.mjs", "import 'no-such-module'", "Runtime.ImportModuleError"),
        ("broken.js", "throw new RangeError('at import')", "RangeError"),
        ("other.js", "", "Runtime.ImportModuleError"),
        ("broken.mjs", "await new Promise(() => {})", "Runtime.ExitError"),
        ("broken.js", "process.exit(9)", "Runtime.ExitError"),
    ],
)
def test_a_module_that_cannot_be_loaded_is_the_answer(room, tmp_path, name, source, kind):
    (tmp_path / name).write_text(source)
    answer = room.ask(function("broken.handler", runtime="nodejs20.x", code=str(tmp_path)))
    assert failed(answer)["errorType"] == kind
    assert "INIT_REPORT" in answer.log


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("const b = ;", "library.mjs:1\nconst b = ;"),
        ("import './other.mjs'", "other.mjs:2\nconst b = ;"),
        ("JSON.parse('{')", "library.mjs:1:6"),  # a SyntaxError that is no slip of the pen
    ],
)
def test_a_slip_of_the_pen_is_shown_with_its_place_wherever_it_is(room, tmp_path, source, where):
    (tmp_path / "index.mjs").write_text("import './library.mjs';\nexport const handler = async () => 1;\n")
    (tmp_path / "library.mjs").write_text(source)
    (tmp_path / "other.mjs").write_text("const a = 1;\nconst b = ;\n")
    answer = room.ask(function("index.handler", runtime="nodejs20.x", code=str(tmp_path)))
    assert failed(answer)["errorType"] == "Runtime.UserCodeSyntaxError"
    assert f"/{where}" in "\n".join(failed(answer)["trace"])


def test_the_context_says_what_lambda_says(room):
    asked = function("callbacks.context", timeout=60.0, memory=256)
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


def test_lines_carry_time_request_and_level(room):
    lines = room.ask(function("callbacks.says"), request_id="id-2").log.splitlines()
    start, end = lines.index("START RequestId: id-2 Version: $LATEST"), lines.index("END RequestId: id-2")
    told = sorted(line.split("\t", 1)[-1] for line in lines[start + 1 : end])
    assert told == ["from a child", "id-2\tERROR\ttwo", "id-2\tINFO\tfirst line", "lines 2", "raw"]


def test_a_line_break_stays_inside_its_event(room):
    room.ask(function("callbacks.says"))
    assert any(line.endswith("\tERROR\ttwo\nlines 2") for line in room.lines)


def test_the_environment_is_clean(room, monkeypatch):
    monkeypatch.setenv("KEYDESK_SECRET_OF_THE_SERVER", "canary")
    said = answered(room.ask(function("callbacks.environment", environment={"MINE": "1"})))
    assert "canary" not in said["variables"].values()
    assert said["variables"]["MINE"] == "1"
    assert said["cwd"] == said["variables"]["LAMBDA_TASK_ROOT"] == NODE


def test_children_get_no_descriptor(room):
    said = answered(room.ask(function("callbacks.descriptors")))
    assert [each for each in said["child"] if each] == ["0", "1", "2", "3"]  # 3 is what `ls` itself opened


def test_large_events_pass_whole(room):
    event = json.dumps({"text": "é" * 2_000_000}).encode()
    assert answered(room.ask(function("callbacks.echo", memory=512), event)) == {"text": "é" * 2_000_000}
