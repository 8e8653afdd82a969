"""Functions of a test in the test's process: what they see, what comes of them, and what goes on to the workers."""

import asyncio
import contextvars
import threading
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest
from tests.runtime.room import function

from keydesk.runtime.function import Answer, TimedOut
from keydesk.testing.in_test import InTest

ONE = function("in.test")
WORD: contextvars.ContextVar[str] = contextvars.ContextVar("WORD", default="none")


class Workers:
    """Stands for the workers behind; keeps what reached them."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.closed = False

    async def invoke(self, function: Any, payload: bytes, **more: Any) -> Answer:
        self.reached.append(function.arn)
        return Answer(payload=b'"worker"', request_id=more["request_id"], duration=1.0)

    async def close(self) -> None:
        self.closed = True


def play(scene: Callable[[InTest], Awaitable[Any]]) -> Any:
    async def whole() -> Any:
        front = InTest(Workers())
        found = await scene(front)
        await front.close()
        return found

    return asyncio.run(whole())


def ask(front: InTest, payload: bytes = b"{}", within: float = 5.0, one: Any = ONE) -> Awaitable[Answer]:
    return front.invoke(
        one, payload, within=within, request_id="the-id", arn="arn:asked", client_context='{"custom": 1}'
    )


def test_what_it_is_called_with() -> None:
    WORD.set("said")
    seen: list[Any] = []

    def code(event: Any, context: Any) -> Any:
        where = threading.current_thread() is threading.main_thread()
        seen.append((event, WORD.get(), where, context.aws_request_id, context.invoked_function_arn))
        seen.append((context.function_name, context.memory_limit_in_mb, context.log_group_name))
        return {"é": event["a"]}

    async def scene(front: InTest) -> Answer:
        front.bring(ONE.arn, code)
        return await ask(front, b'{"a": 1.5}')

    answer = play(scene)
    assert (msgspec.json.decode(answer.payload), answer.error) == ({"é": 1.5}, "")
    assert seen == [
        ({"a": 1.5}, "said", False, "the-id", "arn:asked"),
        ("sample", "128", "/aws/lambda/sample"),
    ]
    assert answer.log == "START RequestId: the-id Version: $LATEST\nEND RequestId: the-id\n"


def test_what_a_test_did_not_bring_runs_in_the_workers() -> None:
    async def scene(front: InTest) -> list[bytes]:
        front.bring(ONE.arn, lambda event, context: "here")
        answers = [await ask(front), await ask(front, one=function("other.test"))]
        front.clear()
        return [answer.payload for answer in [*answers, await ask(front)]]

    assert play(scene) == [b'"here"', b'"worker"', b'"worker"']


@pytest.mark.parametrize(
    ("code", "kind", "message"),
    [
        (lambda event, context: {}["email"], "KeyError", "'email'"),
        (lambda event, context: {1}, "Runtime.MarshalError", "Unable to marshal response"),
        (lambda event, context: "x" * 6_300_000, "Function.ResponseSizeTooLarge", "Response payload size"),
        (lambda event: event, "TypeError", "positional argument"),
    ],
)
def test_a_failure_is_an_error_object(code: Any, kind: str, message: str) -> None:
    async def scene(front: InTest) -> tuple[Answer, list[BaseException]]:
        front.bring(ONE.arn, code)
        return await ask(front), front.failed

    answer, failed = play(scene)
    told = msgspec.json.decode(answer.payload)
    assert (answer.error, told["errorType"], message in told["errorMessage"]) == ("Unhandled", kind, True)
    assert failed == []


def test_what_fails_a_test_is_kept_for_it() -> None:
    def code(event: Any, context: Any) -> Any:
        if event:
            pytest.fail("not so")
        raise AssertionError("never")

    async def scene(front: InTest) -> tuple[list[Answer], list[BaseException]]:
        front.bring(ONE.arn, code)
        return [await ask(front, b"{}"), await ask(front, b"1")], front.failed

    answers, failed = play(scene)
    assert [answer.error for answer in answers] == ["Unhandled", "Unhandled"]
    assert [str(one) for one in failed] == ["never", "not so"]


@pytest.mark.parametrize("within", [0.05, 5.0])
def test_time_limits_hold(within: float) -> None:
    """The caller's own, and the function's; the run goes on, and neither answers nor counts any more."""
    over, ended = threading.Event(), threading.Event()

    def code(event: Any, context: Any) -> None:
        over.wait(30)
        ended.set()

    async def scene(front: InTest) -> Answer | None:
        front.bring(ONE.arn, code)
        try:
            return await ask(front, within=within, one=msgspec.structs.replace(ONE, timeout=0.1))
        except TimedOut:
            return None
        finally:
            over.set()
            await asyncio.to_thread(ended.wait, 30)

    answer = play(scene)
    if within < 0.1:
        assert answer is None
    else:
        assert "Task timed out after 0.10 seconds" in msgspec.json.decode(answer.payload)["errorMessage"]
        assert "timed out" in answer.log
