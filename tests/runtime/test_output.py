import os

import pytest

from keydesk.runtime.output import KEEP, Output


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_lines_carry_the_time_they_began_at(pipe):
    reading, writing = pipe
    now = [1.0]
    output = Output(reading, lambda: now[0])
    for at, text in ((1.0, b"a\nhal"), (2.0, b"f\n\nc"), (3.0, b"\nd")):
        now[0] = at
        os.write(writing, text)
        output.drain()
    assert output.take() == [(1000, "a"), (1000, "half"), (2000, ""), (2000, "c"), (3000, "d")]
    assert output.take() == []


def test_a_carriage_return_is_a_break_within_an_event(pipe):
    reading, writing = pipe
    output = Output(reading, lambda: 0.0)
    os.write(writing, b"one\rtwo\nthree\r\n\xff\n")
    output.drain()
    assert [line for _, line in output.take()] == ["one\ntwo", "three", "\N{REPLACEMENT CHARACTER}"]


def test_what_is_too_much_is_counted_and_dropped(pipe):
    reading, writing = pipe
    output = Output(reading, lambda: 0.0)
    block = b"x" * 1023 + b"\n"
    for _ in range(KEEP // 1024 + 32):
        os.write(writing, block)
        output.drain()
    lines = [line for _, line in output.take()]
    assert len(lines) == KEEP // 1024 + 1
    assert lines[-1] == f"[output cut: {32 * 1024} more bytes were dropped]"
    os.write(writing, b"next\n")
    output.drain()
    assert output.take() == [(0, "next")]


def test_the_end_is_noticed():
    reading, writing = os.pipe()
    os.close(writing)
    output = Output(reading, lambda: 0.0)
    output.drain()
    assert output.ended
    os.close(reading)
