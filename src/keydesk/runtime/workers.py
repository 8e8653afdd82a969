"""Pools of warm workers, one pool per version of a function: hand out, start on demand, bound, retire.

Nothing here waits for a run: a worker comes back to its pool by itself, whether or not somebody still wants its answer.
"""

import asyncio
import contextlib
import itertools
import shutil
import time
import uuid
from collections import deque
from collections.abc import Callable

from keydesk.runtime import node, report, sandbox
from keydesk.runtime.function import Answer, Function, LogSink, Throttled, TimedOut
from keydesk.runtime.journal import Place
from keydesk.runtime.walls import NO_WALLS, Users, Walls
from keydesk.runtime.worker import Ask, State, Worker

_STARTS = 4  # simultaneous starts: more of them only slow each other and everybody else
_START_TURN = 1.0  # seconds that a slow start keeps its turn
_GRACE = 0.02  # seconds that a caller waits for a worker that is at work before another is started for it
_WATCH = 0.05  # seconds between looks at the memory of running calls
_MB = 1024 * 1024

Got = Worker | Answer
"""A worker, or the answer to the call for which none could be started."""


class _Waiter:
    __slots__ = ("ask", "got", "since")

    def __init__(self, ask: Ask, got: "asyncio.Future[Got]", since: float) -> None:
        self.ask = ask
        self.got = got
        self.since = since  # loop time


class _Pool:
    """The workers of one fingerprint."""

    __slots__ = ("current", "eager", "function", "idle", "members", "newest", "starting", "timer", "waiters")

    def __init__(self, function: Function) -> None:
        self.function = function
        self.idle: list[Worker] = []  # the most recently used one is last
        self.members: set[Worker] = set()
        self.starting = 0  # starts asked for and not yet over
        self.waiters: deque[_Waiter] = deque()
        self.current = True  # False once another fingerprint has replaced this one
        self.eager = False  # the last start has failed: every waiter gets one of its own
        self.newest = 0.0  # loop time at which the last worker was ready
        self.timer: asyncio.TimerHandle | None = None  # the next look at who waits


class Workers:
    """The `Runtime` that runs Python and Node.js handlers in processes of this machine."""

    def __init__(
        self,
        *,
        sink: LogSink,
        environment: Callable[[Function], dict[str, str]],
        limit: int = 10,
        total: int = 100,
        waiting: int = 1000,
        idle: float = 300.0,
        clock: Callable[[], float] = time.time,
        walls: Walls = NO_WALLS,
    ) -> None:
        """`limit` workers per function, `total` for all, `waiting` calls per function in line for one; a worker is
        retired after `idle` seconds without a call. `environment` gives the server's own variables for a function;
        `walls` stand around each worker."""
        self._environment = environment
        self._limit, self._total, self._waiting, self._idle = limit, total, waiting, idle
        self._place = Place(sink, clock, sandbox.folder_of_folders(walls), walls, Users())
        self._pools: dict[tuple[str, str], _Pool] = {}
        self._owners: dict[Worker, _Pool] = {}  # every worker that has not ended
        self._leaving: set[Worker] = set()  # ended, folder not yet removed
        self._turns = asyncio.Semaphore(_STARTS)
        self._starts: set[asyncio.Task[None]] = set()
        self._hungry: dict[_Pool, None] = {}  # pools with waiters, in order
        self._reserved = 0  # starts asked for, workers not yet made
        self._watching: asyncio.Task[None] | None = None
        self._sweeping: asyncio.TimerHandle | None = None
        self._closed = False

    # -- calls --------------------------------------------------------------------------------------------------------

    async def invoke(
        self,
        function: Function,
        payload: bytes,
        *,
        within: float,
        request_id: str = "",
        arn: str = "",
        client_context: str = "",
    ) -> Answer:
        """Runs the handler once. Raises `TimedOut` when `within` seconds have passed, `Throttled` when all workers were
        busy all that time or too many calls wait already. What the handler does wrong is in the `Answer`."""
        loop = asyncio.get_running_loop()
        ask = Ask(payload, request_id or str(uuid.uuid4()), arn, client_context, loop.time() + within, within)
        pool = self._pool(function)
        worker = self._warm(pool)
        while worker is None:
            got = await self._wait(pool, ask, loop)
            if isinstance(got, Answer):
                return got
            worker = got if got.alive() else None  # it may have ended since it was handed over
        self._look()
        return await worker.call(ask)

    def _pool(self, function: Function) -> _Pool:
        key = (function.arn, function.version)
        pool = self._pools.get(key)
        if pool is None or pool.function.fingerprint != function.fingerprint:
            if pool is not None:
                self._replace(pool)
            pool = self._pools[key] = _Pool(function)
        return pool

    def _replace(self, pool: _Pool) -> None:
        pool.current = False
        for worker in pool.idle[:]:
            worker.kill()
        pool.idle.clear()

    def _warm(self, pool: _Pool) -> Worker | None:
        while pool.idle:
            worker = pool.idle.pop()
            if worker.alive():
                return worker
        return None

    async def _wait(self, pool: _Pool, ask: Ask, loop: asyncio.AbstractEventLoop) -> Got:
        if self._closed:
            raise Throttled("the runtime is closed")
        if len(pool.waiters) >= self._waiting:
            raise Throttled(f"{len(pool.waiters)} calls wait for {pool.function.name} already")
        waiter = _Waiter(ask, loop.create_future(), loop.time())
        pool.waiters.append(waiter)
        self._hungry[pool] = None
        self._feed(pool)
        timer = loop.call_at(ask.ends, self._tired, pool, waiter)
        try:
            return await waiter.got
        except asyncio.CancelledError:
            self._give_back(waiter)
            raise
        finally:
            timer.cancel()
            with contextlib.suppress(ValueError):
                pool.waiters.remove(waiter)

    def _tired(self, pool: _Pool, waiter: _Waiter) -> None:
        if waiter.got.done():
            return
        if pool.starting:
            waiter.got.set_exception(TimedOut(f"no worker was ready within {waiter.ask.within:g} seconds"))
        else:
            waiter.got.set_exception(Throttled(f"all workers of {pool.function.name} were busy"))

    def _give_back(self, waiter: _Waiter) -> None:
        """The caller left in the very moment in which it was given a worker."""
        if waiter.got.done() and not waiter.got.cancelled() and not waiter.got.exception():
            got = waiter.got.result()
            if isinstance(got, Worker) and got.state is State.IDLE:
                self.idle(got)

    # -- starting -----------------------------------------------------------------------------------------------------

    def _feed(self, pool: _Pool) -> None:
        """Starts as many workers as the pool's waiters need and the limits allow; looks again while any wait."""
        while (
            not self._closed
            and self._wanted(pool) > pool.starting
            and len(pool.members) + self._unmade(pool) < self._limit
            and self._room(pool)
        ):
            pool.starting += 1
            self._reserved += 1
            task = asyncio.get_running_loop().create_task(self._start(pool))
            self._starts.add(task)
            task.add_done_callback(self._starts.discard)
        if not pool.waiters:
            self._hungry.pop(pool, None)
        elif pool.timer is None and not self._closed:
            pool.timer = asyncio.get_running_loop().call_later(_GRACE, self._grow, pool)

    def _grow(self, pool: _Pool) -> None:
        pool.timer = None
        self._feed(pool)

    def _wanted(self, pool: _Pool) -> int:
        """How many waiters need a worker more. Most runs are short, so that a few workers serve many callers in turn:
        the first one starts alone, and others for who has waited in vain."""
        if pool.eager:
            return len(pool.waiters)
        ready = any(worker.state is not State.STARTING for worker in pool.members)
        before = asyncio.get_running_loop().time() - (_GRACE if ready else _START_TURN)
        some = itertools.islice(pool.waiters, self._limit)
        late = sum(1 for waiter in some if max(waiter.since, pool.newest) <= before)
        return late if ready else max(late, min(1, len(pool.waiters)))

    def _unmade(self, pool: _Pool) -> int:
        return pool.starting - sum(1 for worker in pool.members if worker.state is State.STARTING)

    def _room(self, pool: _Pool) -> bool:
        """Whether one more worker may live; takes the place of the one that is idle longest if need be."""
        if len(self._owners) + self._reserved < self._total:
            return True
        idle = [worker for other in self._pools.values() if other is not pool for worker in other.idle]
        if not idle:
            return False
        oldest = min(idle, key=lambda worker: worker.since)
        self._owners[oldest].idle.remove(oldest)
        oldest.kill()
        return True

    async def _start(self, pool: _Pool) -> None:
        worker = Worker(pool.function, self._place, self)
        made = False
        try:
            async with self._turns:
                made = await self._make(worker, pool)
                if made:
                    await asyncio.wait((worker.ready,), timeout=_START_TURN)
            failure = await worker.ready
        finally:
            pool.starting -= 1
            if not made:
                self._reserved -= 1
        pool.eager = failure is not None
        if failure:
            self._fail(pool, worker, failure)
        else:
            pool.newest = asyncio.get_running_loop().time()
        self._feed(pool)

    async def _make(self, worker: Worker, pool: _Pool) -> bool:
        """Starts the process. False when that is impossible: `ready` then says why."""
        try:
            program = await self._program(pool.function)
            if self._closed:
                raise OSError("the runtime is closed")
            worker.start(self._environment(pool.function), program)
        except OSError as fault:
            worker.ready.set_result(report.cannot_start(fault.strerror or str(fault)))
            return False
        except node.NoNode as fault:
            worker.ready.set_result(report.cannot_start(str(fault)))
            return False
        self._reserved -= 1
        self._owners[worker] = pool
        pool.members.add(worker)
        self._look()
        if self._sweeping is None:
            self._sweeping = asyncio.get_running_loop().call_later(self._idle / 2, self._sweep)
        return True

    async def _program(self, function: Function) -> str:
        family = sandbox.family(function.runtime)
        if family == "nodejs":
            return (await asyncio.get_running_loop().run_in_executor(None, node.find)).path
        if family != "python":
            raise OSError(f"The runtime {function.runtime} cannot be run here; python3.x and nodejs2x.x can.")
        return ""

    def _fail(self, pool: _Pool, worker: Worker, failure: report.Failure) -> None:
        """One start has failed: one caller is told. The others have starts of their own coming."""
        while pool.waiters:
            waiter = pool.waiters.popleft()
            if not waiter.got.done():
                waiter.got.set_result(worker.refuse(waiter.ask, failure))
                return

    # -- what workers tell --------------------------------------------------------------------------------------------

    def idle(self, worker: Worker) -> None:
        """A worker waits for a call: the longest waiting caller gets it."""
        pool = self._owners.get(worker)
        if pool is None or self._closed:
            worker.kill()
            return
        while pool.waiters:
            waiter = pool.waiters.popleft()
            if not waiter.got.done():
                waiter.got.set_result(worker)
                return
        self._hungry.pop(pool, None)
        if not pool.current:
            worker.kill()
            return
        pool.idle.append(worker)
        for other in list(self._hungry):
            self._feed(other)  # an idle worker may make room for one of theirs

    def ended(self, worker: Worker) -> None:
        """A worker's process is gone: there is room for another."""
        pool = self._owners.pop(worker)
        pool.members.discard(worker)
        with contextlib.suppress(ValueError):
            pool.idle.remove(worker)
        self._leaving.add(worker)
        worker.gone.add_done_callback(lambda _: self._leaving.discard(worker))
        for hungry in list(self._hungry):
            self._feed(hungry)

    # -- keeping order ------------------------------------------------------------------------------------------------

    def _look(self) -> None:
        if self._watching is None:
            self._watching = asyncio.get_running_loop().create_task(self._watch())

    async def _watch(self) -> None:
        """Ends workers that use more memory than their function has, as Lambda does, or too many processes.

        Until none runs. In a thread: the kernel may keep who asks for the memory of processes that multiply waiting.
        """
        loop = asyncio.get_running_loop()
        try:
            while any(worker.running for worker in self._owners):
                await asyncio.sleep(_WATCH)
                for worker in [worker for worker in self._owners if worker.running > _WATCH]:
                    worker.meter.read()
                    limit = worker.function.memory * _MB
                    if await loop.run_in_executor(None, worker.meter.beyond, limit) and worker.running:
                        worker.kill()
        finally:
            self._watching = None

    def _sweep(self) -> None:
        self._sweeping = None
        self.retire_idle()
        if self._owners and not self._closed:
            self._sweeping = asyncio.get_running_loop().call_later(self._idle / 2, self._sweep)

    def retire_idle(self) -> None:
        """Ends the workers that had no call for `idle` seconds; happens by itself from time to time."""
        before = self._place.clock() - self._idle
        for key, pool in list(self._pools.items()):
            for worker in [worker for worker in pool.idle if worker.since <= before]:
                pool.idle.remove(worker)
                worker.kill()
            if not pool.members and not pool.waiters and not pool.starting:
                del self._pools[key]

    def count(self) -> dict[str, int]:
        """How many workers there are, by state."""
        counts = {state.name.lower(): 0 for state in State}
        for worker in self._owners:
            counts[worker.state.name.lower()] += 1
        return counts

    async def close(self) -> None:
        """Ends all workers and what they started; calls in progress end as if their worker had been killed."""
        self._closed = True
        for later in (self._watching, self._sweeping):
            if later:
                later.cancel()
        for pool in list(self._hungry):
            for waiter in pool.waiters:
                if not waiter.got.done():
                    waiter.got.set_exception(Throttled("the runtime is closed"))
        for worker in list(self._owners):
            worker.kill()
        while self._starts or self._owners or self._leaving:
            await asyncio.wait([*self._starts, *(worker.gone for worker in (*self._owners, *self._leaving))])
        await asyncio.get_running_loop().run_in_executor(None, shutil.rmtree, self._place.base, True)
