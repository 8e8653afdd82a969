"""Threads for hashes and powers: as many as there are cores, and a bounded line before them."""

import os
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import Final, ParamSpec, TypeVar

from keydesk.errors import TooManyRequests

P = ParamSpec("P")
T = TypeVar("T")

LINE: Final = 200  # per thread; an argon2id hash takes about 20 ms, so the last one waits some four seconds


class Thinkers(ThreadPoolExecutor):
    """At most one argon2id hash (19 MiB) runs for each core; a caller who would wait too long is told at once."""

    def __init__(self, threads: int | None = None, line: int = LINE) -> None:
        count = threads or os.cpu_count() or 1
        super().__init__(count, thread_name_prefix="think")
        self._most = count * line
        self._taken = 0
        self._counting = Lock()

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Raises TooManyRequests where the line is full."""
        with self._counting:
            if self._taken >= self._most:
                raise TooManyRequests
            self._taken += 1
        try:
            future = super().submit(fn, *args, **kwargs)
        except BaseException:
            self._left()
            raise
        future.add_done_callback(lambda _: self._left())
        return future

    def _left(self) -> None:
        with self._counting:
            self._taken -= 1
