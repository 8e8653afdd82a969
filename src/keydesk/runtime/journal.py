"""The lines of one worker's log stream: what Lambda writes around each run, and between it what the handler printed."""

from collections.abc import Callable

import msgspec

from keydesk.runtime import report
from keydesk.runtime.function import Function, LogSink
from keydesk.runtime.meter import Meter
from keydesk.runtime.output import Line, Output
from keydesk.runtime.report import Failure
from keydesk.runtime.walls import NO_WALLS, Users, Walls


class Place(msgspec.Struct, frozen=True):
    """What all workers share."""

    sink: LogSink
    clock: Callable[[], float]  # epoch seconds
    base: str  # folder of temporary folders
    walls: Walls = NO_WALLS
    users: Users = msgspec.field(default_factory=Users)


class Journal:
    """Collects lines and hands them to the sink, one batch per call. A cold start is part of the call it was for."""

    def __init__(self, function: Function, stream: str, place: Place) -> None:
        self.stream = stream
        self._function = function
        self._place = place
        self._lines: list[Line] = []
        self._init: float | None = None
        self._add(report.init_start(function.runtime))

    def attach(self, output: Output, meter: Meter) -> None:
        """From now on there is a process to listen to."""
        self.output, self.meter = output, meter

    def started(self, milliseconds: float) -> None:
        """The worker is warm. What it printed on the way is part of the first call."""
        self._init = milliseconds
        self.output.drain()
        self._lines += self.output.take()

    def not_started(self, milliseconds: float, failure: Failure) -> None:
        """The worker will never be warm."""
        self.output.drain()
        self._lines += self.output.take()
        self._add(report.init_failed(milliseconds, failure.kind))

    def begin(self, request_id: str) -> None:
        """A call begins. What was printed since the last one ended belongs to neither."""
        self.stray()
        self._add(f"START RequestId: {request_id} Version: {self._function.version}")

    def close(self, request_id: str, duration: float, failure: Failure | None = None) -> str:
        """A call is over after so many milliseconds; gives its log."""
        self.output.drain()
        self.meter.read()
        lines = self._lines
        lines += self.output.take()
        return self._finish(lines, request_id, duration, failure)

    def refuse(self, request_id: str, failure: Failure) -> str:
        """As `close`, for a call that no worker could be started for."""
        self._add(f"START RequestId: {request_id} Version: {self._function.version}")
        return self._finish(self._lines, request_id, 0.0, failure)

    def stray(self) -> None:
        """Hands over what was printed outside of any call."""
        self.output.drain()
        lines = self.output.take()
        if lines:
            self._place.sink(self._function, self.stream, lines)

    def _finish(self, lines: list[Line], request_id: str, duration: float, failure: Failure | None) -> str:
        now = int(self._place.clock() * 1000)
        if failure:
            lines += [(now, said) for said in failure.said()]
        used = self.meter.peak if hasattr(self, "meter") else 0
        run = report.Run(request_id, duration, self._function.memory, used, self._init, failure)
        lines.append((now, f"END RequestId: {request_id}"))
        lines.append((now, report.line(run)))
        self._lines, self._init = [], None
        self._place.sink(self._function, self.stream, lines)
        return "\n".join([line for _, line in lines]) + "\n"

    def _add(self, line: str) -> None:
        self._lines.append((int(self._place.clock() * 1000), line))
