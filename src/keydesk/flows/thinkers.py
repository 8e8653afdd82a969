"""Threads for hashes and powers: as many as there are cores, and a bounded line before them."""

import os
import sys
from collections.abc import Callable
from typing import Final, TypeVar

from keydesk.crew import Crew
from keydesk.errors import TooManyRequests

T = TypeVar("T")

LINE: Final = 200  # per thread; an argon2id hash takes about 20 ms, so the last one waits some four seconds


def cores() -> int:
    """How many cores this process may run on: a container may have fewer than the machine."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


class Thinkers(Crew):
    """At most one argon2id hash (19 MiB) runs for each core; a caller who would wait too long is told at once."""

    def __init__(self, threads: int, line: int = LINE) -> None:
        super().__init__(threads, "think")
        self._longest: Final = threads * line

    async def run(self, work: Callable[[], T]) -> T:
        """Raises TooManyRequests where the line is full."""
        if self.taken >= self._longest:
            raise TooManyRequests
        return await super().run(work)
