"""One warm process: starting, idle, in a call, ended. Everything here happens on the event loop's thread.

A call is settled exactly once: by the worker's answer, by a limit, or by the end of the process. A worker that is not
plainly waiting for its next call after an answer never returns to its pool.
"""

import asyncio
import enum
import os
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

import msgspec

from keydesk.runtime import channel, report, sandbox
from keydesk.runtime.channel import Frames, Head
from keydesk.runtime.function import Answer, Function, TimedOut
from keydesk.runtime.journal import Journal, Place
from keydesk.runtime.output import Output
from keydesk.runtime.report import Failure

_RECEIVE = 262144
_GLANCE = socket.MSG_PEEK | socket.MSG_DONTWAIT
_NEXT_WITHIN = 1.0  # seconds from an answer to the request for more work
_IDLE_OUTPUT = 1024 * 1024  # bytes that a worker may print between calls
_INIT = 10.0  # seconds, Lambda's limit of a cold start


class State(enum.Enum):
    STARTING = enum.auto()
    IDLE = enum.auto()
    BUSY = enum.auto()
    ENDED = enum.auto()


class Owner(Protocol):
    """Who is told what becomes of a worker."""

    def idle(self, worker: "Worker") -> None: ...
    def ended(self, worker: "Worker") -> None: ...


class Ask(msgspec.Struct, frozen=True):
    """One run as it is asked for."""

    payload: bytes
    request_id: str
    arn: str
    context: str
    ends: float  # loop time: the caller's own limit
    within: float  # seconds: the same limit as the caller said it


class _Call:
    __slots__ = ("answer", "ask", "began", "settled", "timer", "token")

    def __init__(self, ask: Ask, answer: "asyncio.Future[Answer]") -> None:
        self.ask = ask
        self.answer = answer
        self.token = secrets.token_bytes(16)
        self.settled = False
        self.began = 0.0
        self.timer: asyncio.TimerHandle


class Worker:
    """A process that runs one function's handler, one call at a time."""

    def __init__(self, function: Function, place: Place, owner: Owner) -> None:
        self.function = function
        self.place = place
        self.owner = owner
        self.state = State.STARTING
        self.token = secrets.token_hex(16)
        stream = report.stream_name(place.clock(), function.version, self.token)
        self.journal = Journal(function, stream, place)
        self.since = place.clock()  # when it became idle
        self._loop = asyncio.get_running_loop()
        self.ready: asyncio.Future[Failure | None] = self._loop.create_future()
        self.gone: asyncio.Future[None] = self._loop.create_future()
        self._call: _Call | None = None
        self._failure: Failure | None = None
        self._frames = Frames()
        self._unsent = b""
        self._timer: asyncio.TimerHandle | None = None

    # -- start --------------------------------------------------------------------------------------------------------

    def start(self, given: Mapping[str, str], node: str) -> None:
        """Starts the process; `ready` tells when it waits for calls, or why it never will. Raises OSError."""
        self._began = time.perf_counter()
        ours, theirs = socket.socketpair()
        reading, writing = os.pipe()
        try:
            self._begin(given, node, theirs.fileno(), writing)
        except BaseException:
            ours.close()
            os.close(reading)
            raise
        finally:
            theirs.close()
            os.close(writing)
        ours.setblocking(False)
        os.set_blocking(reading, False)
        self._socket, self._pipe = ours, reading
        self.output = Output(reading, self.place.clock)
        self.meter = sandbox.meter(self.launch, self._process.pid)
        self.journal.attach(self.output, self.meter)
        self._loop.add_reader(ours.fileno(), self._readable)
        self._loop.add_reader(reading, self._printed)
        _watch(self._process, self._loop, self._exited)
        self._timer = self._loop.call_later(_INIT, self._init_late)
        self._send(self.launch.first)

    def _begin(self, given: Mapping[str, str], node: str, theirs: int, output: int) -> None:
        user = sandbox.user_for(self.function, self.place.walls, self.place.users)
        try:
            self.launch = sandbox.launch(
                self.function,
                self.place.walls,
                user,
                token=self.token,
                stream=self.journal.stream,
                given=given,
                base=self.place.base,
                node=node,
                channel=theirs,
            )
            self._process = sandbox.start(self.launch, theirs, output)
        except BaseException:
            self.place.users.free(user)
            raise

    def _init_late(self) -> None:
        self.kill(report.timed_out(self.token, _INIT, self.place.clock()))

    # -- calls --------------------------------------------------------------------------------------------------------

    def alive(self) -> bool:
        """Whether a call may be sent: idle, and nothing unread on the channel, not even its end."""
        if self.state is not State.IDLE:
            return False
        try:
            self._socket.recv(1, _GLANCE)
        except BlockingIOError:
            return True
        except OSError:
            pass
        self.kill()
        return False

    def call(self, ask: Ask) -> "asyncio.Future[Answer]":
        """Sends one call to an idle worker. The run goes on when nobody waits for the answer any more."""
        assert self.state is State.IDLE
        self.journal.begin(ask.request_id)
        self.state = State.BUSY
        call = self._call = _Call(ask, self._loop.create_future())
        now, loop_now, limit = self.place.clock(), self._loop.time(), self.function.timeout
        if ask.ends < loop_now + limit:
            call.timer = self._loop.call_at(ask.ends, self._caller_left)
        else:
            call.timer = self._loop.call_at(loop_now + limit, self._function_late)
        call.began = time.perf_counter()
        head = Head(ask.request_id, int((now + limit) * 1000), ask.arn or self.function.arn, ask.context)
        self._send(channel.call(call.token, head, ask.payload))
        return call.answer

    @property
    def running(self) -> float:
        """Seconds that the current call, or the start, has taken so far; 0 if idle."""
        if self.state is State.BUSY and self._call:
            return time.perf_counter() - self._call.began
        return time.perf_counter() - self._began if self.state is State.STARTING else 0.0

    def _caller_left(self) -> None:
        call = self._call
        if call and not call.settled:
            said = report.stopped(call.ask.request_id, call.ask.within, self.place.clock())
            self._settle(call, said.payload(), said, late=True)
            self.kill()

    def _function_late(self) -> None:
        if self._call:
            self.kill(report.timed_out(self._call.ask.request_id, self.function.timeout, self.place.clock()))

    def _settle(
        self, call: _Call, payload: bytes, failure: Failure | None = None, *, error: str = "", late: bool = False
    ) -> None:
        """Ends a call: its lines to the sink, its answer to whoever waits."""
        duration = (time.perf_counter() - call.began) * 1000
        call.settled = True
        call.timer.cancel()
        run = call.ask.request_id
        log = self.journal.close(run, duration, failure)
        if call.answer.done():
            return
        if late:
            call.answer.set_exception(TimedOut(f"no answer within {call.ask.within:g} seconds", log=log, run=run))
        else:
            error = "Unhandled" if failure else error
            call.answer.set_result(Answer(payload=payload, error=error, log=log, request_id=run, duration=duration))

    # -- the channel --------------------------------------------------------------------------------------------------

    def _send(self, data: bytes) -> None:
        try:
            sent = self._socket.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            return  # its end is about to be noticed
        if sent < len(data):
            self._unsent = data[sent:]
            self._loop.add_writer(self._socket.fileno(), self._writable)

    def _writable(self) -> None:
        try:
            self._unsent = self._unsent[self._socket.send(self._unsent) :]
        except BlockingIOError:
            return
        except OSError:
            self._unsent = b""
        if not self._unsent:
            self._loop.remove_writer(self._socket.fileno())

    def _readable(self) -> None:
        try:
            data = self._socket.recv(_RECEIVE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:  # the process is ending, or closed its only way to speak
            self._loop.remove_reader(self._socket.fileno())
            self._again(self.kill)
            return
        self._understand(data)
        if self.state is State.BUSY and self._call and self._call.settled:
            self._again(self.kill)  # its request for work should have come along

    def _again(self, then: Callable[[], None]) -> None:
        if self._timer:
            self._timer.cancel()
        self._timer = self._loop.call_later(_NEXT_WITHIN, then)

    def _understand(self, data: bytes) -> None:
        try:
            for verb, token, body in self._frames.feed(data):
                self._take(verb, token, body)
        except channel.TooLarge as fault:
            self.kill(report.too_large(fault.args[0]))
        except channel.Broken:
            self.kill(report.broke_protocol(self._call.ask.request_id if self._call else self.token))

    def _take(self, verb: int, token: bytes, body: bytes) -> None:
        call = self._call
        if self.state is State.ENDED:
            return
        if verb == channel.NEXT and self.state is State.STARTING:
            self.meter.find()
            self.journal.started((time.perf_counter() - self._began) * 1000)
            self._rest()
            self.ready.set_result(None)
            self.owner.idle(self)
        elif verb == channel.NEXT and call and call.settled:
            self._call = None
            if self.meter.has_children():  # a worker that left processes behind is not used again
                self.kill()
            else:
                self._rest()
                self.owner.idle(self)
        elif verb in (channel.RESPONSE, channel.ERROR) and call and not call.settled and token == call.token:
            self._settle(call, body, error="Unhandled" if verb == channel.ERROR else "")
        elif verb == channel.INIT_ERROR and self.state is State.STARTING:
            self.kill(report.said_at_start(body))
        else:
            raise channel.Broken("out of turn")

    def _rest(self) -> None:
        self.state = State.IDLE
        self.since = self.place.clock()
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _printed(self) -> None:
        self.output.drain()
        if self.output.ended:
            self._loop.remove_reader(self._pipe)
        elif self.state is State.IDLE and self.output.total > _IDLE_OUTPUT:
            self.kill()

    # -- the end ------------------------------------------------------------------------------------------------------

    def kill(self, failure: Failure | None = None) -> None:
        """Ends the process and all it started. A call in progress is answered with the failure."""
        if self.state is State.ENDED:
            return
        starting, self.state = self.state is State.STARTING, State.ENDED
        self._failure = failure
        sandbox.end(self._process.pid, self.meter)
        if failure and self._call and not self._call.settled:
            self._settle(self._call, failure.payload(), failure)
        if starting and failure:
            self._fail_start(failure)

    def _exited(self) -> None:
        """The process has ended, by itself or by us; it is not reaped yet, so its number is still its own."""
        sandbox.end(self._process.pid, self.meter)
        while self.state is not State.ENDED:  # what it said before it went
            try:
                data = self._socket.recv(_RECEIVE)
            except OSError:
                break
            if not data:
                break
            self._understand(data)
        starting, self.state = self.state is State.STARTING, State.ENDED
        status = sandbox.status(self.launch, self._process.wait())
        if self._call and not self._call.settled:
            failure = self._failure or report.exited(self._call.ask.request_id, status)
            self._settle(self._call, failure.payload(), failure)
        if starting or not self.ready.done():
            self._fail_start(self._failure or report.exited(self.token, status))
        self._release()
        self.owner.ended(self)
        cleared = self._loop.run_in_executor(None, sandbox.clear, self.launch, self.token)
        cleared.add_done_callback(self._cleared)

    def _fail_start(self, failure: Failure) -> None:
        if not self.ready.done():
            self.journal.not_started((time.perf_counter() - self._began) * 1000, failure)
            self.ready.set_result(failure)

    def refuse(self, ask: Ask, failure: Failure) -> Answer:
        """The answer to the call for which this worker was started in vain, with the lines of the start."""
        failure = failure.of(ask.request_id, self.token)
        log = self.journal.refuse(ask.request_id, failure)
        return Answer(payload=failure.payload(), error="Unhandled", log=log, request_id=ask.request_id, duration=0.0)

    def _release(self) -> None:
        self.journal.stray()
        if self._timer:
            self._timer.cancel()
        self._loop.remove_reader(self._socket.fileno())
        self._loop.remove_writer(self._socket.fileno())
        self._loop.remove_reader(self._pipe)
        self._socket.close()
        os.close(self._pipe)
        self.meter.close()

    def _cleared(self, cleared: "asyncio.Future[None]") -> None:
        if not cleared.cancelled():
            cleared.exception()  # a folder that cannot be removed harms nobody
        self.place.users.free(self.launch.user)
        if not self.gone.done():
            self.gone.set_result(None)


def _watch(process: "subprocess.Popen[bytes]", loop: asyncio.AbstractEventLoop, then: Callable[[], None]) -> None:
    """Calls `then` on the loop once the process has ended, without reaping it where the system allows that."""
    if hasattr(os, "pidfd_open"):
        descriptor = os.pidfd_open(process.pid)

        def seen() -> None:
            loop.remove_reader(descriptor)
            os.close(descriptor)
            then()

        loop.add_reader(descriptor, seen)
        return

    def wait() -> None:
        process.wait()
        loop.call_soon_threadsafe(then)

    threading.Thread(target=wait, daemon=True).start()
