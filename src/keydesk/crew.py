"""Threads that work for event loops: `await crew.run(work)`.

An executor makes a future for the thread and another for the loop, with locks and callbacks between them, and the
interpreter changes hands at each: that costs more than a read, and a tenth of a sign-in by SRP (decision 21).
"""

import asyncio
import contextlib
import os
import sys
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from threading import Lock, Thread
from typing import Any, Final, TypeVar

T = TypeVar("T")


class Errand:
    """Work that a thread does for whoever awaits `future` on a loop, and what became of it."""

    __slots__ = ("begun", "fault", "future", "loop", "result", "work")

    def __init__(self, work: Callable[..., Any]) -> None:
        """Made on the loop that awaits it."""
        self.work: Final = work
        self.loop: Final = asyncio.get_running_loop()
        self.future: Final[asyncio.Future[Any]] = self.loop.create_future()
        self.begun = False
        self.result: Any = None
        self.fault: BaseException | None = None

    def settle(self) -> None:
        """Let whoever awaits it go on. Called on its loop."""
        if self.future.done():  # its task was cancelled meanwhile
            return
        if self.fault is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.fault)


def stand_back() -> None:
    """Let the thread that calls this never interrupt a loop: where both want a core, it begins when the loop rests.

    It has its full share of the time all the same (decision 24). Nothing changes where the system has no such order, or
    a container forbids it.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))


def tell(done: Iterable[Errand]) -> None:
    """Let those go on who await them; a loop is woken once. Called on a thread."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Errand]] = {}
    for errand in done:
        by_loop.setdefault(errand.loop, []).append(errand)
    for loop, settled in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, settled)
        except RuntimeError:  # the loop is closed: nobody waits any more
            continue


def _settle(errands: list[Errand]) -> None:
    for errand in errands:
        errand.settle()


class Crew:
    """At most so many threads, each started when those before it are at work."""

    def __init__(self, most: int, name: str) -> None:
        self._most: Final = most
        self._name: Final = name
        self._threads: Final[list[Thread]] = []
        self._queue: Final[SimpleQueue[Errand | None]] = SimpleQueue()
        self._counting: Final = Lock()
        self._closed = False
        self.taken = 0  # errands that wait, unless who wanted them gave up, or are at work, even so

    async def run(self, work: Callable[[], T]) -> T:
        """What `work` returns or raises, from a thread. Where the awaiting task is cancelled it may run all the same.

        Raises RuntimeError after `close`.
        """
        errand = Errand(work)
        self._take(errand)
        try:
            result: T = await errand.future
        except asyncio.CancelledError:
            self._given_up(errand)
            raise
        return result

    def _take(self, errand: Errand) -> None:
        with self._counting:
            if self._closed:
                raise RuntimeError(f"{self._name} takes no more work")
            self.taken += 1
            self._queue.put(errand)
            if len(self._threads) < min(self.taken, self._most):
                thread = Thread(target=self._work, name=f"{self._name}-{len(self._threads)}", daemon=True)
                self._threads.append(thread)
                thread.start()

    def _given_up(self, errand: Errand) -> None:
        with self._counting:
            if not errand.begun:
                self.taken -= 1

    def _work(self) -> None:
        stand_back()
        while errand := self._queue.get():
            if self._begins(errand):
                try:
                    errand.result = errand.work()
                except BaseException as fault:
                    errand.fault = fault
                with self._counting:
                    self.taken -= 1
                tell((errand,))
            del errand  # what it was about may be secret, and does not wait for the next one

    def _begins(self, errand: Errand) -> bool:
        with self._counting:
            errand.begun = not errand.future.cancelled()
            return errand.begun

    def close(self) -> None:
        """Take no more, and return when all that was taken has come to its end. Blocks."""
        with self._counting:
            self._closed = True
        for _ in self._threads:
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
