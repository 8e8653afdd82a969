"""Threads that work for loops: what is asked for comes back, and nobody waits for nothing."""

import asyncio
import os
import sys
import threading

import pytest

from keydesk.crew import Crew, stand_back

pytestmark = pytest.mark.one_database


class Held:
    """Work that a thread begins, and ends when the test lets it go on."""

    def __init__(self) -> None:
        self._begun, self._goes_on = threading.Event(), threading.Event()

    def __call__(self) -> None:
        self._begun.set()
        self._goes_on.wait(30)

    async def at_work(self) -> None:
        await asyncio.to_thread(self._begun.wait, 30)

    def go_on(self) -> None:
        self._goes_on.set()


def test_what_a_thread_finds_or_raises_comes_to_whoever_waits() -> None:
    async def work() -> None:
        crew = Crew(2, "some")
        found = await asyncio.gather(*(crew.run(lambda number=number: number**2) for number in range(100)))
        assert found == [number**2 for number in range(100)]
        with pytest.raises(ZeroDivisionError):
            await crew.run(lambda: 1 // 0)
        assert crew.taken == 0
        crew.close()

    asyncio.run(work())


def test_a_thread_is_started_when_all_others_are_at_work_and_never_one_too_many() -> None:
    def name() -> str:
        return threading.current_thread().name

    def meet(with_others: threading.Barrier) -> str:
        with_others.wait(30)
        return name()

    async def work() -> None:
        crew = Crew(2, "few")
        assert {await crew.run(name) for _ in range(20)} == {"few-0"}
        both = threading.Barrier(2)
        assert set(await asyncio.gather(*(crew.run(lambda: meet(both)) for _ in range(6)))) == {"few-0", "few-1"}
        crew.close()

    asyncio.run(work())


def test_who_gives_up_is_not_waited_for_and_what_had_not_begun_is_left() -> None:
    held, reached = Held(), []

    async def work() -> None:
        crew = Crew(1, "one")
        running = asyncio.create_task(crew.run(held))
        waiting = asyncio.create_task(crew.run(lambda: reached.append("waiting")))
        await held.at_work()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert crew.taken == 1
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert crew.taken == 1, "a thread is at work for it all the same"
        held.go_on()
        assert await crew.run(lambda: "still there") == "still there"
        crew.close()

    asyncio.run(work())
    assert reached == []


def test_nobody_waits_behind_work_that_was_given_up_while_there_may_be_more_threads() -> None:
    held = Held()

    async def work() -> None:
        crew = Crew(2, "two")
        stuck = asyncio.create_task(crew.run(held))
        await held.at_work()
        stuck.cancel()
        with pytest.raises(asyncio.CancelledError):
            await stuck
        async with asyncio.timeout(20):
            assert await crew.run(lambda: "at once") == "at once"
        held.go_on()
        crew.close()
        assert crew.taken == 0

    asyncio.run(work())


def test_closing_ends_what_was_taken_and_takes_no_more() -> None:
    goes_on = threading.Event()

    async def work() -> None:
        crew = Crew(1, "last")
        taken = [asyncio.create_task(crew.run(lambda: goes_on.wait(30))) for _ in range(3)]
        await asyncio.sleep(0)
        closing = asyncio.create_task(asyncio.to_thread(crew.close))
        goes_on.set()
        await closing
        assert await asyncio.gather(*taken) == [True] * 3
        with pytest.raises(RuntimeError):
            await crew.run(lambda: None)
        assert crew.taken == 0

    asyncio.run(work())


def test_a_loop_that_has_gone_is_no_trouble() -> None:
    crew, goes_on = Crew(1, "left"), threading.Event()

    async def leave() -> None:
        abandoned = asyncio.create_task(crew.run(lambda: goes_on.wait(30)))
        await asyncio.sleep(0)
        abandoned.cancel()

    asyncio.run(leave())
    goes_on.set()

    async def come() -> str:
        return await crew.run(lambda: "here")

    assert asyncio.run(come()) == "here"
    crew.close()


@pytest.mark.skipif(sys.platform != "linux", reason="the order of threads is Linux's")
def test_threads_that_work_for_a_loop_never_interrupt_it() -> None:
    async def work() -> None:
        crew = Crew(1, "behind")
        assert await crew.run(lambda: os.sched_getscheduler(0)) == os.SCHED_BATCH
        assert os.sched_getscheduler(0) == os.SCHED_OTHER
        crew.close()

    asyncio.run(work())


def test_where_a_container_forbids_it_they_work_as_any_thread_does(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", forbidden, raising=False)
    stand_back()
