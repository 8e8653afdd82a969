"""Pools of workers: warm reuse, limits, time-outs, faults, replacement, and that nothing is left behind."""

import asyncio
import json
import os
import signal
import threading

import pytest
from tests.meeting import let_go
from tests.runtime.room import EITHER, PATIENCE, Room, alive, function, processes, said, until

from keydesk.runtime.function import Throttled, TimedOut
from keydesk.runtime.meter import Meter

COUNT = {"python": "behaviours.count", "node": "callbacks.count"}
LOOP = {"python": "behaviours.loops", "node": "callbacks.loops"}
KILL = {"python": "behaviours.kills_itself", "node": "callbacks.killsItself"}


@EITHER
def test_a_worker_is_used_again(room, language):
    asked = function(COUNT[language])

    async def scene(workers):
        return [said(await workers.invoke(asked, b"{}", within=PATIENCE)) for _ in range(3)]

    answers = room.play(scene)
    assert [answer["calls"] for answer in answers] == [1, 2, 3]
    assert len({answer["pid"] for answer in answers}) == 1


def test_plain_asyncio_serves_too():
    room = Room(asyncio.new_event_loop)
    assert said(room.ask(function("behaviours.count")))["calls"] == 1


@EITHER
def test_the_functions_own_timeout_is_an_answer(room, language):
    """WK-01."""
    asked = function(LOOP[language], timeout=0.3)

    async def scene(workers):
        late = await workers.invoke(asked, b"{}", within=PATIENCE, request_id="id-1")
        return late, workers.count()["idle"]

    answer, idle = room.play(scene)
    assert answer.error == "Unhandled"
    error = said(answer)
    assert error["errorType"] == "Sandbox.Timedout"
    assert error["errorMessage"].endswith("Z id-1 Task timed out after 0.30 seconds")
    assert error["errorMessage"][10] == "T"
    assert answer.duration >= 280  # the loop counts in milliseconds
    assert "Status: timeout" in answer.log
    assert idle == 0


@EITHER
def test_the_callers_limit_stops_the_run(room, language):
    asked = function(LOOP[language], timeout=3.0)
    warm = function(COUNT[language], fingerprint="warm")

    async def scene(workers):
        await workers.invoke(warm, b"{}", within=PATIENCE)
        with pytest.raises(TimedOut):
            await workers.invoke(asked, b"{}", within=0.3)
        await until(lambda: sum(workers.count().values()) == workers.count()["idle"])
        return len(processes(room.base))

    assert room.play(scene) <= 2  # the warm one, and one that was only started when the limit passed


def test_the_next_call_after_a_stopped_run_is_prompt(room):
    asked = function("behaviours.waits")

    async def scene(workers):
        await workers.invoke(asked, b'{"seconds":0}', within=PATIENCE)
        with pytest.raises(TimedOut):
            await workers.invoke(asked, b'{"seconds":30}', within=0.2)
        await workers.invoke(asked, b'{"seconds":0}', within=20)

    room.play(scene)
    assert any("Stopped by its caller after 0.20 seconds" in line for line in room.lines)


def test_a_cold_start_is_not_on_the_functions_time(room, tmp_path):
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(1.2)\ndef handler(event, context): return 1\n")
    answer = room.ask(function("slow.handler", code=str(tmp_path), timeout=1.0))
    assert (answer.error, answer.duration < 1000) == ("", True)


def test_a_cold_start_is_on_the_callers_time(room, tmp_path):
    (tmp_path / "slow.py").write_text("import time\ntime.sleep(30)\ndef handler(event, context): return 1\n")
    with pytest.raises(TimedOut):
        room.ask(function("slow.handler", code=str(tmp_path)), within=0.3)


@EITHER
def test_a_worker_that_kills_itself_is_replaced(room, language):
    dying, counting = function(KILL[language], name="dying"), function(COUNT[language])

    async def scene(workers):
        dead = await workers.invoke(dying, b"{}", within=PATIENCE, request_id="id-2")
        return dead, await workers.invoke(counting, b"{}", within=PATIENCE)

    dead, counted = room.play(scene)
    assert said(dead) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: id-2 Error: Runtime exited with error: signal: killed",
    }
    assert said(counted)["calls"] == 1


def test_a_worker_that_died_idle_is_not_called(room):
    asked = function("behaviours.count")

    async def scene(workers):
        first = said(await workers.invoke(asked, b"{}", within=PATIENCE))
        os.kill(first["pid"], signal.SIGKILL)
        while alive(first["pid"]):
            os.sched_yield()  # the loop does not run: it cannot have noticed
        return first, said(await workers.invoke(asked, b"{}", within=PATIENCE))

    first, second = room.play(scene)
    assert second["calls"] == 1
    assert second["pid"] != first["pid"]


@pytest.mark.parametrize(
    ("handler", "event"),
    [
        ("behaviours.hogs", {"bytes": 400_000_000}),
        ("behaviours.hogs_slowly", {}),
        ("behaviours.hogs_in_children", {}),
        ("callbacks.hogs", {}),
        ("callbacks.hogsBuffers", {}),
    ],
)
def test_memory_is_a_real_limit(room, handler, event):
    asked = function(handler)
    answer = room.ask(asked, json.dumps(event).encode(), within=PATIENCE)
    assert answer.error == "Unhandled"
    error = said(answer)
    assert error["errorType"] == "MemoryError" or "Runtime exited with error: signal: " in error["errorMessage"]


def test_processes_are_limited(room):
    answer = room.ask(function("behaviours.multiplies", memory=4096), within=PATIENCE)
    # whom the kernel limits is told so; root's worker is ended
    assert answer.error == "Unhandled" or said(answer)["forks"] <= 260


def test_nobody_waits_for_a_look_at_memory(room, monkeypatch):
    """The kernel may keep who looks at processes that multiply waiting."""
    looked, go_on = threading.Event(), threading.Event()

    def beyond(meter, memory):
        looked.set()
        return not go_on.wait(PATIENCE)

    monkeypatch.setattr(Meter, "beyond", beyond)

    async def scene(workers):
        slow = asyncio.ensure_future(workers.invoke(function("behaviours.waits"), b'{"seconds": 1}', within=PATIENCE))
        await until(looked.is_set)
        other = await workers.invoke(function("behaviours.count"), b"{}", within=PATIENCE)
        waited = not go_on.is_set()
        go_on.set()
        return said(other)["calls"], waited, (await slow).error

    assert room.play(scene) == (1, True, "")


def test_a_forged_answer_is_not_taken(room):
    asked = function("behaviours.speaks_out_of_turn")

    async def scene(workers):
        return await workers.invoke(asked, b"{}", within=PATIENCE), workers.count()["idle"]

    answer, idle = room.play(scene)
    assert said(answer)["errorType"] == "Runtime.ExitError"
    assert idle == 0


def test_a_worker_that_speaks_between_calls_is_thrown_away(room, meeting):
    asked = function("behaviours.speaks_later")

    async def scene(workers):
        first = said(await workers.invoke(asked, meeting.event, within=PATIENCE))
        let_go(await asyncio.to_thread(meeting.one))
        await until(lambda: not (alive(first)))
        return first, said(await workers.invoke(asked, meeting.event, within=PATIENCE))

    first, second = room.play(scene)
    assert first != second


def test_a_worker_that_closes_its_channel_is_ended(room):
    answer = room.ask(function("behaviours.closes_its_channel"))
    assert said(answer)["errorType"] == "Runtime.ExitError", "and not that its time was over"


def test_a_caller_that_leaves_does_not_break_the_worker(room, meeting):
    asked = function("behaviours.meets")

    async def scene(workers):
        leaving = asyncio.ensure_future(workers.invoke(asked, meeting.event, within=PATIENCE))
        come = await asyncio.to_thread(meeting.one)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        busy = workers.count()["busy"]
        let_go(come)
        await until(lambda: not (workers.count()["busy"]))
        next_one = asyncio.ensure_future(workers.invoke(asked, meeting.event, within=PATIENCE))
        let_go(await asyncio.to_thread(meeting.one))
        return busy, (await next_one).log

    busy, log = room.play(scene)
    assert (busy, "INIT_START" in log) == (1, False), "it is the same worker"


def test_a_caller_that_leaves_while_a_worker_starts_leaves_it_to_the_next(room):
    asked = function("behaviours.count")

    async def scene(workers):
        leaving = asyncio.ensure_future(workers.invoke(asked, b"{}", within=PATIENCE))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.gather(leaving, return_exceptions=True)
        return said(await workers.invoke(asked, b"{}", within=PATIENCE)), workers.count()

    answer, counts = room.play(scene, limit=1)
    assert answer["calls"] == 1
    assert counts["idle"] == 1


@EITHER
def test_another_fingerprint_runs_the_new_code(room, tmp_path, language):
    file = tmp_path / {"python": "code.py", "node": "code.js"}[language]
    source = {
        "python": "def handler(event, context): return {}\n",
        "node": "exports.handler = async () => {};\n",
    }[language]
    runtime = {"python": "python3.11", "node": "nodejs20.x"}[language]

    async def scene(workers):
        values = []
        for value in (1, 2):
            file.write_text(source.replace("{}", str(value)))
            asked = function("code.handler", code=str(tmp_path), runtime=runtime, fingerprint=str(value))
            values.append(said(await workers.invoke(asked, b"{}", within=PATIENCE)))
        await until(lambda: not (sum(workers.count().values()) > 1))
        return values

    assert room.play(scene) == [1, 2]


def test_a_busy_worker_of_old_code_ends_its_call_and_goes(room, meeting):
    old, new = function("behaviours.meets", fingerprint="old"), function("behaviours.meets", fingerprint="new")

    async def scene(workers):
        running = asyncio.ensure_future(workers.invoke(old, meeting.event, within=PATIENCE))
        come = await asyncio.to_thread(meeting.one)
        replacing = asyncio.ensure_future(workers.invoke(new, meeting.event, within=PATIENCE))
        let_go(await asyncio.to_thread(meeting.one))
        fresh = said(await replacing)
        let_go(come)
        stale = said(await running)
        await until(lambda: not (alive(stale["pid"])))
        return stale, fresh

    stale, fresh = room.play(scene)
    assert stale["pid"] != fresh["pid"]


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"runtime": "java21"}, "The runtime java21 cannot be run here; python3.x and nodejs2x.x can."),
        ({"code": "/no/such/folder"}, "No such file or directory"),
    ],
)
def test_what_cannot_be_started_is_an_answer(room, settings, words):
    answer = room.ask(function("behaviours.echo", **settings))
    assert said(answer) == {"errorType": "Runtime.InvalidEntrypoint", "errorMessage": words}


def test_close_ends_calls_and_refuses_new_ones(room):
    asked = function("behaviours.waits")

    async def scene(workers):
        running = asyncio.ensure_future(workers.invoke(asked, b'{"seconds":30}', within=60))
        await until(lambda: workers.count()["busy"] == 1)
        await workers.close()
        with pytest.raises(Throttled):
            await workers.invoke(asked, b"{}", within=1)
        return await running

    assert room.play(scene).error == "Unhandled"
