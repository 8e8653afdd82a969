"""A room to run handlers in: real workers on the server's kind of event loop; what is left behind fails the test."""

import asyncio
import functools
import json
import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from keydesk.runtime import isolation
from keydesk.runtime.function import Answer, Function
from keydesk.runtime.isolation import Isolation
from keydesk.runtime.walls import NO_WALLS
from keydesk.runtime.workers import Workers

HANDLERS = Path(__file__).parent.parent / "handlers"
PYTHON = str(HANDLERS / "python")
NODE = str(HANDLERS / "node")
PATIENCE = 30.0  # seconds, where a limit is only there so that nothing hangs
ARN = "arn:aws:lambda:eu-west-1:123456789012:function:"
EITHER = pytest.mark.parametrize("language", ["python", "node"])


def said(answer: Answer) -> Any:
    """What a function answered."""
    return json.loads(answer.payload)


def function(handler: str, **settings: Any) -> Function:
    """A function on one of the sample handlers; `callbacks.` and `modern.` are Node's."""
    in_node = handler.startswith(("callbacks.", "modern."))
    known: dict[str, Any] = {
        "name": "sample",
        "version": "$LATEST",
        "region": "eu-west-1",
        "account": "123456789012",
        "runtime": "nodejs22.x" if in_node else "python3.11",
        "handler": handler,
        "code": NODE if in_node else PYTHON,
        "fingerprint": handler,
        "timeout": PATIENCE,
    }
    known.update(settings)
    return Function(arn=ARN + handler, **known)


@functools.cache
def isolated() -> Isolation:
    """How far this machine isolates handlers."""
    with tempfile.TemporaryDirectory() as data:
        return asyncio.run(isolation.find("auto", Path(data), []))


class Room:
    """Runs scenes with workers; keeps the log lines they gave."""

    def __init__(self, loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop) -> None:
        self.batches: list[tuple[Function, str, list[tuple[int, str]]]] = []
        self.loop = loop
        self.now = 1_700_000_000.0
        self.base = ""
        self.walls = NO_WALLS

    def sink(self, function: Function, stream: str, lines: list[tuple[int, str]]) -> None:
        self.batches.append((function, stream, list(lines)))

    @property
    def lines(self) -> list[str]:
        return [line for _, _, lines in self.batches for _, line in lines]

    def play(self, scene: Callable[[Workers], Awaitable[Any]], **options: Any) -> Any:
        """Runs the scene, closes the workers and looks whether anything of them is left."""
        given = {"environment": lambda function: {}, "sink": self.sink, "walls": self.walls, **options}
        troubles: list[dict[str, Any]] = []

        async def play() -> Any:
            asyncio.get_running_loop().set_exception_handler(lambda loop, trouble: troubles.append(trouble))
            workers = Workers(**given)
            self.base = workers._place.base
            try:
                return await asyncio.wait_for(scene(workers), 2 * PATIENCE)
            finally:
                await workers.close()

        with asyncio.Runner(loop_factory=self.loop) as runner:
            result = runner.run(play())
        assert troubles == []
        assert not os.path.exists(self.base)
        assert processes(self.base) == []
        return result

    def ask(self, asked: Function, payload: bytes = b"{}", *, within: float = PATIENCE, **said: Any) -> Any:
        """One call of a function in workers of its own."""
        return self.play(lambda workers: workers.invoke(asked, payload, within=within, **said))


def processes(mark: str) -> list[int]:
    """The processes that have this text in the environment they were started with."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and mark.encode() in (entry / "environ").read_bytes():
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; one that is dead and not yet reaped does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def until(condition: Callable[[], bool], seconds: float = PATIENCE) -> None:
    """Waits for what happens by itself, such as the end of a process."""
    for _ in range(int(seconds * 100)):
        if condition():
            return
        await asyncio.sleep(0.01)
    raise AssertionError("it did not happen")
