"""Watches the processes of one worker through descriptors of /proc kept open: a reading costs a microsecond."""

import contextlib
import os
import signal
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE")
PROCESSES = 128  # most that a worker may have: fewer than the kernel lets it, for many that run hold up everybody


class Meter:
    """What a worker uses. Between the process that was started and the worker there may be others, bubblewrap's."""

    __slots__ = ("_beside", "_children", "_init", "_inside", "_started", "_statm", "peak", "pid")

    def __init__(self, pid: int, *, inside: int = 0) -> None:
        """`pid` was started; the worker is its child (`inside` 1), its child's child (2), or itself (0)."""
        self._started = self.pid = pid
        self._inside = inside
        self._init = self._beside = self._statm = self._children = -1
        self.peak = 0  # bytes resident, at most, as far as was looked
        if not inside:
            self._open()

    def find(self) -> None:
        """The worker has begun to speak, so it can be found."""
        way = [self._started]
        for _ in range(self._inside):
            way += _children(way[-1])[:1]
        if self.pid == self._started and 0 < self._inside < len(way):  # else there was nothing to find
            self.pid = way[-1]
            self._beside = _opened(_children_of(way[-2]))
            with contextlib.suppress(OSError):
                self._init = os.pidfd_open(way[-2])
            self._open()

    def _open(self) -> None:
        self._statm = _opened(f"/proc/{self.pid}/statm")
        self._children = _opened(_children_of(self.pid))

    def read(self) -> int:
        """Bytes resident in the worker itself, now; 0 where that cannot be known."""
        now = _resident(_pread(self._statm))
        self.peak = max(self.peak, now)
        return now

    def has_children(self) -> bool:
        """Whether processes that the handler started are still there."""
        return bool(_pread(self._children)) or len(_pread(self._beside).split()) > 1

    def beyond(self, memory: int) -> bool:
        """Whether worker and children together use more bytes than that, or are too many. May take a while: not for the
        event loop."""
        family = self._family()
        if len(family) > PROCESSES + self._inside:
            return True
        # pages that are shared were counted each time; to share them out is dearer, and not always allowed
        return sum(map(_used, family)) > memory and sum(_share(pid) or _used(pid) for pid in family) > memory

    def _family(self) -> list[int]:
        found = [self._started]
        for pid in found:
            if len(found) < 1024:
                found += _children(pid)
        return found

    def end(self) -> bool:
        """Ends the namespace that the worker lives in: all processes there, by the first of them. False where there is
        none, or none yet."""
        if self._init < 0:
            self.find()
        if self._init < 0:
            return False
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._init, signal.SIGKILL)
        return True

    def close(self) -> None:
        for descriptor in (self._statm, self._children, self._beside, self._init):
            if descriptor >= 0:
                os.close(descriptor)
        self._statm = self._children = self._beside = self._init = -1


def _children_of(pid: int) -> str:
    return f"/proc/{pid}/task/{pid}/children"


def _children(pid: int) -> list[int]:
    try:
        threads = os.listdir(f"/proc/{pid}/task")
    except OSError:
        return []
    return [int(child) for thread in threads for child in _text(f"/proc/{pid}/task/{thread}/children").split()]


def _opened(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1


def _pread(descriptor: int) -> bytes:
    try:
        return os.pread(descriptor, 16384, 0)
    except OSError:
        return b""


def _text(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def _resident(statm: bytes) -> int:
    fields = statm.split(None, 2)
    return int(fields[1]) * _PAGE if len(fields) > 1 else 0


def _used(pid: int) -> int:
    return _resident(_text(f"/proc/{pid}/statm"))


def _share(pid: int) -> int:
    for line in _text(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    return 0
