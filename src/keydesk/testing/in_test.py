"""Runs functions of a test in the test's own process, so that they see its variables and stop at its breakpoints.

What runs them around the call (event in, answer or error object out) is AWS's own runtime client, as in a worker. What
differs: a thread in place of a process, the test's environment, and a run that is late is left alone, not stopped.
"""

import asyncio
import contextlib
import contextvars
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

from awslambdaric import bootstrap  # type: ignore[import-untyped]
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller  # type: ignore[import-untyped]

from keydesk.runtime import report
from keydesk.runtime.channel import PAYLOAD_LIMIT
from keydesk.runtime.function import Answer, Function, Runtime, TimedOut

Code = Callable[[Any, Any], Any]
"""A handler as Lambda calls it: event and context in, answer out."""

JSON: Final = "application/json"


class InTest:
    """The `Runtime` in front of the workers: functions that a test brought run here, all others there."""

    def __init__(self, workers: Runtime) -> None:
        self._workers = workers
        self._brought: dict[str, tuple[Code, contextvars.Context]] = {}
        self.failed: list[BaseException] = []  # assertions that did not hold in such a function

    def bring(self, arn: str, code: Code) -> None:
        """From now on this is the function's code. It sees the context variables of whoever brings it."""
        self._brought[arn] = (code, contextvars.copy_context())

    def clear(self) -> None:
        """A test is over: its functions and what they asserted are forgotten."""
        self._brought.clear()
        self.failed = []  # another list: a run that is late yet must not tell the next test

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
        """Run it once, on a thread of its own. Raises `TimedOut` when `within` seconds have passed."""
        if function.arn not in self._brought:
            return await self._workers.invoke(
                function, payload, within=within, request_id=request_id, arn=arn, client_context=client_context
            )
        code, context = self._brought[function.arn]
        run = _Run(function, request_id or str(uuid.uuid4()), arn or function.arn, self.failed)
        began = time.perf_counter()
        limit = min(within, function.timeout)
        try:
            await asyncio.wait_for(run.start(code, payload, client_context, context), limit)
        except TimeoutError:
            if within <= function.timeout:
                raise TimedOut(f"no answer within {within:g} seconds") from None
            return run.late((time.perf_counter() - began) * 1000)
        return run.answer((time.perf_counter() - began) * 1000)

    async def close(self) -> None:
        await self._workers.close()


class _Run:
    """One run; for AWS's runtime client also what it posts the outcome to, and where it writes the error."""

    marshaller = LambdaMarshaller()

    def __init__(self, function: Function, request_id: str, arn: str, failed: list[BaseException]) -> None:
        self._function = function
        self._id = request_id
        self._arn = arn
        self._failed = failed
        self._payload = b""
        self._error = ""
        self._log: list[str] = []

    def start(
        self, code: Code, payload: bytes, client_context: str, context: contextvars.Context
    ) -> "asyncio.Future[None]":
        """Begin; what is given is done when the run is. The thread dies with the process, however long it takes."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def settle() -> None:
            if not done.done():
                done.set_result(None)

        def work() -> None:
            context.copy().run(self._handle, code, payload, client_context)
            with contextlib.suppress(RuntimeError):  # the server is gone
                loop.call_soon_threadsafe(settle)

        threading.Thread(target=work, name=self._function.name, daemon=True).start()
        return done

    def _handle(self, code: Code, payload: bytes, client_context: str) -> None:
        def called(event: Any, context: Any) -> Any:
            context.function_name = self._function.name
            context.function_version = self._function.version
            context.memory_limit_in_mb = str(self._function.memory)
            context.log_group_name = self._function.log_group
            context.log_stream_name = report.stream_name(time.time(), self._function.version, "test")
            try:
                return code(event, context)
            except AssertionError as fault:
                self._failed.append(fault)
                raise
            except Exception:
                raise
            except BaseException as fault:  # pytest.fail, pytest.skip, SystemExit: no plain error to the runtime client
                self._failed.append(fault)
                raise RuntimeError(str(fault)) from fault

        deadline = int((time.time() + self._function.timeout) * 1000)
        bootstrap.handle_event_request(
            self, called, self._id, payload, JSON, client_context, None, self._arn, deadline, None, self
        )

    def post_invocation_result(self, invoke_id: str, result: Any, content_type: str, invocation_id: Any = None) -> None:
        self._payload = result if isinstance(result, bytes) else result.encode("utf-8", "replace")

    def post_invocation_error(self, invoke_id: str, error: str, fault: str, invocation_id: Any = None) -> None:
        self._payload, self._error = error.encode("utf-8", "replace"), "Unhandled"

    def log_error(self, lines: list[str]) -> None:
        self._log += lines

    def answer(self, milliseconds: float) -> Answer:
        """What came of a run that is over."""
        if len(self._payload) > PAYLOAD_LIMIT:
            return self._failure(report.too_large(len(self._payload)), milliseconds)
        return self._told(self._payload, self._error, milliseconds)

    def late(self, milliseconds: float) -> Answer:
        """The function's own time is over; the thread goes on, and nobody hears of it."""
        return self._failure(report.timed_out(self._id, self._function.timeout, time.time()), milliseconds)

    def _failure(self, failure: report.Failure, milliseconds: float) -> Answer:
        self._log += failure.said()
        return self._told(failure.payload(), "Unhandled", milliseconds)

    def _told(self, payload: bytes, error: str, milliseconds: float) -> Answer:
        first = f"START RequestId: {self._id} Version: {self._function.version}"
        log = "\n".join([first, *self._log, f"END RequestId: {self._id}"]) + "\n"
        return Answer(payload=payload, error=error, log=log, request_id=self._id, duration=milliseconds)
