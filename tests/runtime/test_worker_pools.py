"""How many workers there are: shared by short runs, more for who waits, within limits, and retired when idle."""

import asyncio

import pytest
from tests.meeting import let_go
from tests.runtime.room import EITHER, PATIENCE, function, said, until

from keydesk.runtime.function import Throttled

MEET = {"python": "behaviours.meets", "node": "callbacks.meets"}


@EITHER
def test_calls_at_once_run_on_several_workers(room, language, meeting):
    """As many as may be, and the rest after them on the same: none goes on before four have come."""
    asked = function(MEET[language])

    async def scene(workers):
        calls = [asyncio.ensure_future(workers.invoke(asked, meeting.event, within=PATIENCE)) for _ in range(8)]
        come = [await asyncio.to_thread(meeting.one) for _ in range(4)]
        for _ in range(4):
            let_go(come.pop(0))
            come.append(await asyncio.to_thread(meeting.one))
        for one in come:
            let_go(one)
        answers = await asyncio.gather(*calls)
        return {said(answer)["pid"] for answer in answers}, workers.count()

    pids, counts = room.play(scene, limit=4)
    assert len(pids) == 4
    assert counts == {"starting": 0, "idle": 4, "busy": 0, "ended": 0}


def test_short_calls_at_once_share_the_first_worker(room, monkeypatch):
    """On a cold function, too: a second one is started for who has waited in vain, and here nobody does."""
    monkeypatch.setattr("keydesk.runtime.workers._GRACE", PATIENCE)
    asked = function("behaviours.count")

    async def scene(workers):
        answers = await asyncio.gather(*(workers.invoke(asked, b"{}", within=PATIENCE) for _ in range(20)))
        return sorted(said(answer)["calls"] for answer in answers), workers.count()

    calls, counts = room.play(scene)
    assert calls == list(range(1, 21))
    assert counts == {"starting": 0, "idle": 1, "busy": 0, "ended": 0}


def test_a_start_that_takes_long_is_not_waited_for_alone(room, monkeypatch, meeting):
    """The first comes to its meeting with its imports, and so does the second beside it."""
    monkeypatch.setattr("keydesk.runtime.workers._GRACE", 0.01)
    monkeypatch.setattr("keydesk.runtime.workers._START_TURN", 0.05)
    asked = function("begins_late.handler", environment=meeting.environment["Variables"])

    async def scene(workers):
        calls = [asyncio.ensure_future(workers.invoke(asked, b"{}", within=PATIENCE)) for _ in range(2)]
        come = [await asyncio.to_thread(meeting.one) for _ in range(2)]
        for one in come:
            let_go(one)
        await asyncio.gather(*calls)

    room.play(scene)


def test_failed_starts_answer_every_caller(room, monkeypatch):
    asked = function("missing.handler")

    async def scene(workers):
        return await asyncio.gather(*(workers.invoke(asked, b"{}", within=PATIENCE) for _ in range(5)))

    monkeypatch.setattr("keydesk.runtime.workers._GRACE", PATIENCE)
    answers = room.play(scene, limit=2)
    assert {said(answer)["errorType"] for answer in answers} == {"Runtime.ImportModuleError"}


def test_waiting_for_a_busy_worker_ends_with_the_callers_limit(room, meeting):
    asked = function("behaviours.meets")

    async def scene(workers):
        busy = asyncio.ensure_future(workers.invoke(asked, meeting.event, within=PATIENCE))
        come = await asyncio.to_thread(meeting.one)
        with pytest.raises(Throttled):
            await workers.invoke(asked, b"{}", within=0.1)
        let_go(come)
        return await busy

    assert room.play(scene, limit=1).error == ""


def test_too_many_waiting_calls_are_refused_at_once(room):
    asked = function("behaviours.count")

    async def scene(workers):
        calls = [asyncio.ensure_future(workers.invoke(asked, b"{}", within=PATIENCE)) for _ in range(5)]
        return await asyncio.gather(*calls, return_exceptions=True)

    results = room.play(scene, limit=1, waiting=2)
    assert sum(isinstance(result, Throttled) for result in results) == 3


def test_an_idle_worker_of_another_function_makes_room(room):
    one, two = function("behaviours.count", name="one"), function("behaviours.echo", name="two")

    async def scene(workers):
        await workers.invoke(one, b"{}", within=PATIENCE)
        await workers.invoke(two, b"{}", within=PATIENCE)
        return sum(workers.count().values())

    assert room.play(scene, total=1) == 1


def test_a_full_house_serves_everybody_in_turn(room):
    functions = [function("behaviours.waits", fingerprint=str(n), version=str(n)) for n in range(4)]

    async def scene(workers):
        calls = [workers.invoke(asked, b'{"seconds":0.05}', within=PATIENCE) for asked in functions * 2]
        return await asyncio.gather(*calls)

    assert [answer.error for answer in room.play(scene, total=2)] == [""] * 8


def test_idle_workers_are_retired(room):
    asked = function("behaviours.count")

    async def scene(workers):
        await workers.invoke(asked, b"{}", within=PATIENCE)
        room.now += 59
        workers.retire_idle()
        kept = workers.count()["idle"]
        room.now += 2
        workers.retire_idle()
        await until(lambda: not (sum(workers.count().values())))
        return kept, said(await workers.invoke(asked, b"{}", within=PATIENCE))["calls"]

    assert room.play(scene, idle=60.0, clock=lambda: room.now) == (1, 1)
