"""The batches of lines that real workers give: complete, in order, one for each call."""

import asyncio
import json

import pytest
from tests.meeting import let_go
from tests.runtime.room import PATIENCE, function, until


def test_a_cold_call_tells_its_start(room):
    answer = room.ask(function("behaviours.says"), request_id="id-1")
    ((asked, stream, lines),) = room.batches
    texts = [line for _, line in lines]
    assert asked.name == "sample"
    assert stream[:11].count("/") == 3
    assert stream[11:20] == "[$LATEST]"
    assert len(stream) == 52
    assert texts[0].startswith("INIT_START Runtime Version: python:3.")
    assert texts[1:3] == ["module loaded", "START RequestId: id-1 Version: $LATEST"]
    assert sorted(texts[3:9])[1:] == sorted(
        ["first line", "to the error stream", "from a child", "without the wrapper", "last line"]
    )
    assert texts[9] == "END RequestId: id-1"
    assert texts[10].startswith("REPORT RequestId: id-1\tDuration: ")
    assert "\tInit Duration: " in texts[10]
    assert answer.log == "\n".join(texts) + "\n"


@pytest.mark.parametrize("handler", ["behaviours.says", "callbacks.says"])
def test_each_call_has_its_own_lines(room, handler):
    asked = function(handler)

    async def scene(workers):
        for n in range(20):
            await workers.invoke(
                asked, json.dumps({"word": f"word {n}"}).encode(), within=PATIENCE, request_id=f"id-{n}"
            )

    room.play(scene)
    assert len(room.batches) == 20
    for n, (_, _, lines) in enumerate(room.batches):
        texts = [line for _, line in lines]
        assert any(text.startswith(f"START RequestId: id-{n} ") for text in texts)
        assert "from a child" in texts
        assert texts[-2] == f"END RequestId: id-{n}"
        assert not any(f"id-{n - 1}" in text.split() for text in texts)
        if handler == "behaviours.says":
            assert f"word {n}" in texts


@pytest.mark.parametrize("handler", ["behaviours.prints_much", "callbacks.printsMuch"])
def test_a_flood_is_drained_and_cut(room, handler):
    answer = room.ask(function(handler), b'{"megabytes":100}', within=PATIENCE)
    assert json.loads(answer.payload) == "done"
    assert len(answer.log) < 300 * 1024
    dropped = next(line for line in room.lines if line.startswith("[output cut: "))
    assert int(dropped.split()[2]) > 99 * 1024 * 1024


def test_what_was_printed_before_an_exit_is_not_lost(room):
    assert "y" * 1023 * 200 in room.ask(function("callbacks.printsAndExits")).log


def test_what_is_printed_between_calls_is_in_no_call(room, meeting):
    asked = function("behaviours.prints_later")

    async def scene(workers):
        first = await workers.invoke(asked, meeting.event, within=PATIENCE)
        let_go(await asyncio.to_thread(meeting.one))
        await until(lambda: any(worker.output.total for worker in workers._owners))
        second = await workers.invoke(asked, meeting.event, within=PATIENCE)
        return first.log + second.log

    assert "printed after the answer" not in room.play(scene)
    assert "printed after the answer" in room.lines


def test_an_idle_worker_that_floods_is_ended(room, tmp_path):
    (tmp_path / "flood.py").write_text(
        "import threading\n"
        "def handler(event, context): threading.Thread(target=flood, daemon=True).start()\n"
        "def flood():\n"
        "    while True: print('x' * 10000)\n"
    )

    async def scene(workers):
        await workers.invoke(function("flood.handler", code=str(tmp_path)), b"{}", within=PATIENCE)
        await until(lambda: not sum(workers.count().values()))
        await asyncio.sleep(0)

    room.play(scene)


def test_a_run_without_an_answer_tells_why(room):
    log = room.ask(function("behaviours.leaves"), b'{"status":5}', request_id="id-1").log
    assert (
        "RequestId: id-1 Error: Runtime exited with error: exit status 5\nRuntime.ExitError\nEND RequestId: id-1" in log
    )
    assert "Status: error\tError Type: Runtime.ExitError" in log
