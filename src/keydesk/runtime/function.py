"""What the rest of Keydesk sees of this room: a function, an answer, three exceptions and the `Runtime` protocol."""

from collections.abc import Callable
from typing import Protocol

import msgspec


class Function(msgspec.Struct, frozen=True, kw_only=True):
    """One runnable version of a function, unpacked on disk."""

    arn: str
    name: str
    version: str  # "$LATEST" or a number
    region: str
    account: str
    runtime: str  # "python3.12", "nodejs22.x"
    handler: str  # "module.function", "index.handler"
    code: str  # folder holding the unpacked code
    fingerprint: str  # identity of code and configuration: another fingerprint means other workers
    timeout: float = 3.0  # seconds
    memory: int = 128  # MB
    storage: int = 512  # MB that its temporary files may take
    in_place: bool = False  # the code is not unpacked from an archive but lies where its developer keeps it
    environment: dict[str, str] = {}

    @property
    def log_group(self) -> str:
        """Where CloudWatch Logs would keep this function's lines."""
        return f"/aws/lambda/{self.name}"


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What one run gave."""

    payload: bytes  # JSON the handler returned, or the error object (errorMessage, errorType, stackTrace or trace)
    error: str = ""  # "" or "Unhandled", Lambda's FunctionError
    log: str = ""  # START to REPORT of this call
    request_id: str
    duration: float  # milliseconds, without the start of a worker
    version: str = ""  # that answered, where the function lives elsewhere and its server tells


class TimedOut(Exception):
    """The caller's own limit passed; the run was stopped. `log` is START to REPORT of it, `run` its request id, both
    empty where it did not begin here."""

    def __init__(self, said: str = "", *, log: str = "", run: str = "") -> None:
        super().__init__(said)
        self.log = log
        self.run = run


class Throttled(Exception):
    """No worker was to be had in bounded waiting."""


class Unreached(Exception):
    """Who is elsewhere was not reached, or the answer did not arrive. `detail` is for the log alone."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


LogSink = Callable[[Function, str, list[tuple[int, str]]], None]
"""Takes a function, a log stream's name and its new lines as (epoch milliseconds, line). Never blocks."""


class Runtime(Protocol):
    """Runs functions. `within` is the caller's own limit in seconds, starts of workers included."""

    async def invoke(
        self,
        function: Function,
        payload: bytes,
        *,
        within: float,
        request_id: str = "",
        arn: str = "",
        client_context: str = "",
    ) -> Answer: ...

    async def close(self) -> None: ...
