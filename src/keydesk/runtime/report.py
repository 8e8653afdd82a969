"""The lines and error objects that Lambda itself writes around a run: START, END, REPORT, time-outs, exits."""

import math
import signal
import sys
from datetime import UTC, datetime

import msgspec

from keydesk.runtime.channel import PAYLOAD_LIMIT

LATE = "Sandbox.Timedout"  # the errorType of a run or a start that came to no end in its time
_SIGNALS = {  # the words of Lambda's supervisor
    signal.SIGKILL: "killed",
    signal.SIGABRT: "aborted",
    signal.SIGSEGV: "segmentation fault",
    signal.SIGTERM: "terminated",
    signal.SIGBUS: "bus error",
    signal.SIGINT: "interrupt",
    signal.SIGHUP: "hangup",
    signal.SIGXFSZ: "file size limit exceeded",
}


class Failure(msgspec.Struct, frozen=True):
    """A run that ended without an answer of the handler's own."""

    kind: str  # errorType
    message: str
    status: str = "error"  # as REPORT says it

    body: bytes = b""  # the error object in the worker's own words, if it had any

    def payload(self) -> bytes:
        """The error object the caller sees."""
        return self.body or msgspec.json.encode({"errorType": self.kind, "errorMessage": self.message})

    def said(self) -> list[str]:
        """Its lines in the log; a worker has written its own already."""
        if self.body:
            return []
        return [self.message] if self.status == "timeout" else [self.message, self.kind]

    def of(self, request_id: str, other: str) -> "Failure":
        """The same, about another request."""
        return msgspec.structs.replace(self, message=self.message.replace(other, request_id))


def timed_out(request_id: str, seconds: float, now: float) -> Failure:
    """The function's own timeout passed. `now` is epoch seconds."""
    said = f"{_iso(now)} {request_id} Task timed out after {seconds:.2f} seconds"
    return Failure(LATE, said, "timeout")


def stopped(request_id: str, seconds: float, now: float) -> Failure:
    """The caller's limit passed; only the log sees this."""
    said = f"{_iso(now)} {request_id} Stopped by its caller after {seconds:.2f} seconds"
    return Failure(LATE, said, "timeout")


def exited(request_id: str, status: int | None) -> Failure:
    """The worker's process ended; `status` as `subprocess` tells it: negative for a signal."""
    if not status:
        return Failure("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited without providing a reason")
    if status < 0:
        why = "signal: " + _SIGNALS.get(signal.Signals(-status), signal.Signals(-status).name)
    else:
        why = f"exit status {status}"
    return Failure("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime exited with error: {why}")


def broke_protocol(request_id: str) -> Failure:
    """The worker wrote something that no runtime writes."""
    return Failure("Runtime.ExitError", f"RequestId: {request_id} Error: Runtime left the protocol and was stopped")


def too_large(size: int) -> Failure:
    """The response is beyond Lambda's limit."""
    sentence = f"Response payload size ({size} bytes) exceeded maximum allowed payload size ({PAYLOAD_LIMIT} bytes)."
    return Failure("Function.ResponseSizeTooLarge", sentence)


def cannot_start(why: str) -> Failure:
    """There is no program to run this function with."""
    return Failure("Runtime.InvalidEntrypoint", why)


def said_at_start(body: bytes) -> Failure:
    """The worker told itself why it cannot start; its error object is passed on as it came."""
    try:
        error = msgspec.json.decode(body, type=_ErrorObject)
    except msgspec.MsgspecError:
        error = _ErrorObject("Runtime.Unknown", "")
    return Failure(error.kind, error.message, body=body)


class _ErrorObject(msgspec.Struct, frozen=True):
    kind: str = msgspec.field(name="errorType", default="Runtime.Unknown")
    message: str = msgspec.field(name="errorMessage", default="")


def init_start(runtime: str) -> str:
    """First line of a cold start."""
    family = runtime.rstrip("x.0123456789")
    version = ".".join(map(str, sys.version_info[:3])) if family == "python" else runtime.removeprefix(family)
    return f"INIT_START Runtime Version: {family}:{version}"


def init_failed(milliseconds: float, kind: str) -> str:
    """How a cold start ended that gave no worker."""
    return f"INIT_REPORT Init Duration: {milliseconds:.2f} ms\tPhase: init\tStatus: error\tError Type: {kind}"


class Run(msgspec.Struct, frozen=True):
    """The figures of one REPORT line."""

    request_id: str
    duration: float  # ms
    memory: int  # MB allowed
    used: int  # bytes at most
    init: float | None = None  # ms, on a cold start
    failure: Failure | None = None


def line(run: Run) -> str:
    """REPORT, with Lambda's tabs."""
    said = (
        f"REPORT RequestId: {run.request_id}\tDuration: {run.duration:.2f} ms\tBilled Duration: "
        f"{math.ceil(run.duration)} ms\tMemory Size: {run.memory} MB\tMax Memory Used: {-(-run.used // 1048576)} MB\t"
    )
    if run.init is not None:
        said += f"Init Duration: {run.init:.2f} ms\t"
    if run.failure:
        said += f"Status: {run.failure.status}\t"
        if run.failure.status == "error":
            said += f"Error Type: {run.failure.kind}\t"
    return said


def stream_name(now: float, version: str, token: str) -> str:
    """The name of a worker's log stream: day, version, thirty-two hexadecimal digits."""
    return f"{datetime.fromtimestamp(now, UTC):%Y/%m/%d}/[{version}]{token}"


def _iso(now: float) -> str:
    return datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{int(now * 1000) % 1000:03d}Z"
