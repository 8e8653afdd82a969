"""Node.js handlers in real workers: callback style, promises, both kinds of modules, and their faults."""

import fcntl
import json
import select
import socket
import struct
import subprocess
import termios

import pytest
from tests.runtime.room import NODE, PATIENCE, function

from keydesk.runtime import channel, node
from keydesk.runtime.walls import HERE

NEVER_SETTLED = (
    "The Lambda runtime client detected an unexpected Node.js exit code. This is most commonly caused by a Promise "
    "that was never settled. For more information, see https://nodejs.org/docs/latest/api/process.html#exit-codes"
)
CANNOT_BE_TOLD = "What was thrown cannot be told: TypeError: Cannot convert object to primitive value"


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
        ("modern.neverSettles", "Runtime.NodeJsExit", NEVER_SETTLED),
        ("callbacks.oddPromise", "Error", "no promise at all"),
        ("callbacks.cannotBeTold", "handled", CANNOT_BE_TOLD),
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


@pytest.mark.parametrize(
    ("handler", "said"),
    [
        ("modern.threeParameters", "Runtime.CallbackHandlerDeprecated"),
        ("callbacks.promise", {"got": {}}),
        ("modern.neverSettles", "Runtime.NodeJsExit"),
        ("modern.never", "Runtime.NodeJsExit"),
        ("modern.raises", "TypeError"),
        (
            "modern.plain",
            [
                *("memoryLimitInMB", "logGroupName", "logStreamName", "clientContext", "identity"),
                *("invokedFunctionArn", "awsRequestId", "getRemainingTimeInMillis"),
            ],
        ),
    ],
)
def test_from_nodejs24_on_there_are_promises_alone(room, handler, said):
    """Who declares a callback is refused before the first call, and what is returned at once is an answer."""
    answer = room.ask(function(handler, runtime="nodejs24.x"))
    body = json.loads(answer.payload)
    assert (body["errorType"] if answer.error else body) == said


def test_an_errors_own_members_are_in_the_log(room):
    said = room.ask(function("modern.own"))
    assert failed(said).keys() == {"errorType", "errorMessage", "trace"}
    (line,) = (line for line in room.lines if "Invoke Error" in line)
    logged = json.loads(line.split("Invoke Error \t")[1])
    assert logged.pop("stack")[0] == "Error: refused"
    assert logged == {"errorType": "Error", "errorMessage": "refused", "code": "E_OWN", "$fault": "client"}


@pytest.mark.parametrize("handler", ["callbacks.saysMuchAndThrows", "modern.saysMuchAndExits"])
def test_an_answer_is_whole_before_anything_ends_the_process(room, handler):
    """A socket takes some 200 KB: a worker that leaves the rest for later loses it with the process."""
    answer = room.ask(function(handler), b'{"size":4000000}')
    assert answered(answer) == "x" * 4_000_000


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


class Line:
    """A worker's channel with nobody between: bytes go in as they are given, and come out when they are asked for."""

    def __init__(self, handler):
        self.ours, theirs = socket.socketpair()
        self.ours.settimeout(PATIENCE)
        script = [node.find().path, str(HERE / "node_worker.mjs"), handler, str(theirs.fileno())]
        own = {"LAMBDA_TASK_ROOT": NODE, "PATH": "/usr/bin:/bin"}
        self.process = subprocess.Popen(script, env=own, pass_fds=(theirs.fileno(),), stdout=subprocess.DEVNULL)
        theirs.close()
        assert self.frame()[0] == channel.NEXT

    def ask(self, payload, pieces):
        """One call, each piece of it sent when the one before has been read; the last takes what is left."""
        frame = channel.call(b"t" * 16, channel.Head("id", 2**52, "arn", ""), payload)
        while frame:
            size = next(pieces, len(frame))
            self.ours.sendall(frame[:size])
            frame = frame[size:]
            while struct.unpack("i", fcntl.ioctl(self.ours, termios.TIOCOUTQ, b"\0" * 4))[0]:
                select.select([], [], [], 0.0005)

    def frame(self):
        """The next frame: its verb, its token, its body."""
        size = int.from_bytes(self._read(4), "big")
        said = self._read(size)
        return said[0], said[1:17], said[17:]

    def _read(self, size):
        data = b""
        while len(data) < size:
            more = self.ours.recv(size - len(data))
            assert more, "the worker has ended"
            data += more
        return data

    def close(self):
        self.ours.close()
        assert self.process.wait(PATIENCE) == 0


def test_a_frame_may_come_in_any_pieces_and_the_server_read_when_it_likes():
    line = Line("callbacks.echo")
    small, large = b'{"a":"\xc3\xa9"}', json.dumps("x" * 200_000).encode()
    cuts = [[size] for size in range(1, 40)] + [[1] * 60, [65535, 1], [65536], [65537, 3], [2, 2, 65536, 65536]]
    for at, cut in enumerate(cuts):
        payload = large if at >= 39 else small
        line.ask(payload, iter(cut))
        verb, token, body = line.frame()
        assert (verb, token, json.loads(body)) == (channel.RESPONSE, b"t" * 16, json.loads(payload)), cut
        assert line.frame()[0] == channel.NEXT
    much = json.dumps("y" * 5_000_000).encode()
    line.ask(much, iter(()))
    select.select([line.ours], [], [])  # it answers: more than the socket takes, so that it has to wait for us
    assert line.frame()[2] == much
    assert line.frame()[0] == channel.NEXT
    line.close()


def test_a_worker_ends_with_its_server_whatever_it_waits_for():
    waiting, answering = Line("callbacks.waits"), Line("callbacks.echo")
    waiting.ask(b'{"seconds":600}', iter(()))
    answering.ask(json.dumps("z" * 5_000_000).encode(), iter(()))
    select.select([answering.ours], [], [])
    for line in (waiting, answering):
        line.close()
