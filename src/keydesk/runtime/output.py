"""What a worker prints: read as it comes so that the worker never stalls, kept up to a limit, the rest only counted."""

import os
from collections.abc import Callable

Line = tuple[int, str]
"""Epoch milliseconds, text."""

KEEP = 256 * 1024  # bytes kept of one call
_READ = 65536
_BURST = 16  # reads in one go: a worker that prints without end must not hold the loop


class Output:
    """The reading end of the pipe that is a worker's stdout and stderr.

    A worker writes its output before it answers, so what a call printed is in the pipe when its answer is read:
    `drain` then takes it all.
    """

    __slots__ = ("_clock", "_dropped", "_fd", "_kept", "_parts", "ended", "total")

    def __init__(self, fd: int, clock: Callable[[], float]) -> None:
        self._fd = fd
        self._clock = clock
        self._parts: list[tuple[int, bytes]] = []
        self._kept = 0
        self._dropped = 0
        self.total = 0
        self.ended = False

    def drain(self) -> None:
        """Takes what is in the pipe now; at most a megabyte."""
        for _ in range(_BURST):
            try:
                data = os.read(self._fd, _READ)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if not data:
                self.ended = True
                return
            self._keep(data)

    def _keep(self, data: bytes) -> None:
        self.total += len(data)
        part = data[: max(0, KEEP - self._kept)]
        self._dropped += len(data) - len(part)
        if part:
            self._kept += len(part)
            self._parts.append((int(self._clock() * 1000), part))

    def take(self) -> list[Line]:
        """The lines since the last take. A carriage return inside a line stands for a line break of one event."""
        if not self._parts:
            return []
        lines: list[Line] = []
        rest, since = b"", self._parts[0][0]
        for at, part in self._parts:
            first, *more = part.split(b"\n")
            rest, since = rest + first, since if rest else at
            for piece in more:
                lines.append((since, _text(rest)))
                rest, since = piece, at
        if rest:
            lines.append((since, _text(rest)))
        if self._dropped:
            lines.append((self._parts[-1][0], f"[output cut: {self._dropped} more bytes were dropped]"))
        self._parts, self._kept, self._dropped, self.total = [], 0, 0, 0
        return lines


def _text(line: bytes) -> str:
    return line.decode("utf-8", "replace").rstrip("\r").replace("\r", "\n")
