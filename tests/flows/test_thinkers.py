"""The line before the threads that hash: bounded, and free again when somebody leaves it."""

import asyncio
import threading

import pytest

from keydesk.errors import TooManyRequests
from keydesk.flows.thinkers import Thinkers

pytestmark = pytest.mark.one_database


def test_a_full_line_refuses_at_once_and_takes_whoever_comes_later() -> None:
    goes_on = threading.Event()

    async def work() -> None:
        thinkers = Thinkers(threads=2, line=2)
        taken = [asyncio.create_task(thinkers.run(lambda: goes_on.wait(30))) for _ in range(4)]
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequests):
            await thinkers.run(lambda: goes_on.wait(30))
        goes_on.set()
        assert await asyncio.gather(*taken) == [True] * 4
        assert [await thinkers.run(lambda: 2**5) for _ in range(5)] == [32] * 5
        thinkers.close()

    asyncio.run(work())


def test_whoever_fails_or_gives_up_leaves_the_line_too() -> None:
    goes_on = threading.Event()

    async def work() -> None:
        thinkers = Thinkers(threads=1, line=2)
        running = asyncio.create_task(thinkers.run(lambda: goes_on.wait(30)))
        waiting = asyncio.create_task(thinkers.run(lambda: int("no number")))
        await asyncio.sleep(0)
        with pytest.raises(TooManyRequests):
            await thinkers.run(lambda: 1)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        failing = asyncio.create_task(thinkers.run(lambda: int("no number")))
        await asyncio.sleep(0)
        goes_on.set()
        assert await running
        with pytest.raises(ValueError):
            await failing
        assert await thinkers.run(lambda: 1) == 1
        thinkers.close()

    asyncio.run(work())


def test_no_more_run_at_once_than_there_are_threads() -> None:
    both, most, running = threading.Barrier(2), [0], [0]
    lock = threading.Lock()

    def think() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        both.wait(30)
        with lock:
            running[0] -= 1

    async def work() -> None:
        thinkers = Thinkers(threads=2)
        await asyncio.gather(*(thinkers.run(think) for _ in range(6)))
        thinkers.close()

    asyncio.run(work())
    assert most == [2]


def test_after_the_end_nobody_is_taken() -> None:
    async def work() -> None:
        thinkers = Thinkers(threads=1, line=1)
        thinkers.close()
        for _ in range(3):  # a refused one does not stay in the line
            with pytest.raises(RuntimeError):
                await thinkers.run(lambda: 1)

    asyncio.run(work())
