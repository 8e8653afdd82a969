"""Who runs where: Keydesk or its floor on one core, the load on the others. So what is told is what one core gives."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Final

ALL: Final = sorted(os.sched_getaffinity(0))
DESK: Final = {ALL[0]}
LOADS: Final = set(ALL[1:]) or DESK


def to_the_desk() -> None:
    """Put this process, and those that it starts, where Keydesk runs."""
    os.sched_setaffinity(0, DESK)


@contextmanager
def as_load() -> Iterator[None]:
    """This process beside Keydesk."""
    os.sched_setaffinity(0, LOADS)
    try:
        yield
    finally:
        os.sched_setaffinity(0, ALL)


@contextmanager
def as_desk() -> Iterator[None]:
    """This process in Keydesk's place: the other cores are as busy as a load makes them, with text to and from JSON."""
    with ExitStack() as stack:
        for core in sorted(LOADS - DESK):
            other = subprocess.Popen([sys.executable, __file__, str(core)])
            stack.callback(other.wait)
            stack.callback(other.kill)
        to_the_desk()
        try:
            yield
        finally:
            os.sched_setaffinity(0, ALL)


def keep_busy(core: int) -> None:
    """Until somebody kills it."""
    os.sched_setaffinity(0, {core})
    answer = {f"Member{number}": "x" * 200 for number in range(12)}
    while True:
        json.loads(json.dumps(answer))


if __name__ == "__main__":
    keep_busy(int(sys.argv[1]))
