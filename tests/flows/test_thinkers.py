"""The line before the threads that hash: bounded, and free again when somebody leaves it."""

import threading

import pytest

from keydesk.errors import TooManyRequests
from keydesk.flows.thinkers import Thinkers


def test_a_full_line_refuses_at_once_and_takes_whoever_comes_later() -> None:
    goes_on = threading.Event()
    with Thinkers(threads=2, line=2) as thinkers:
        taken = [thinkers.submit(goes_on.wait, 30) for _ in range(4)]
        with pytest.raises(TooManyRequests):
            thinkers.submit(goes_on.wait, 30)
        goes_on.set()
        assert all(one.result(30) for one in taken)
        assert [thinkers.submit(pow, 2, 5).result(30) for _ in range(5)] == [32] * 5


def test_whoever_fails_or_gives_up_leaves_the_line_too() -> None:
    goes_on = threading.Event()
    with Thinkers(threads=1, line=2) as thinkers:
        running, waiting = thinkers.submit(goes_on.wait, 30), thinkers.submit(int, "no number")
        with pytest.raises(TooManyRequests):
            thinkers.submit(int, "1")
        assert waiting.cancel()
        failing = thinkers.submit(int, "no number")
        goes_on.set()
        assert running.result(30)
        with pytest.raises(ValueError):
            failing.result(30)
        assert thinkers.submit(int, "1").result(30) == 1


def test_no_more_run_at_once_than_there_are_threads() -> None:
    both, most, running = threading.Barrier(2), [0], [0]
    lock = threading.Lock()

    def think() -> None:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        both.wait(30)
        with lock:
            running[0] -= 1

    with Thinkers(threads=2) as thinkers:
        for future in [thinkers.submit(think) for _ in range(6)]:
            future.result(30)
    assert most == [2]


def test_after_the_end_nobody_is_taken() -> None:
    thinkers = Thinkers(threads=1, line=1)
    thinkers.shutdown()
    for _ in range(3):  # a refused one does not stay in the line
        with pytest.raises(RuntimeError):
            thinkers.submit(int, "1")
