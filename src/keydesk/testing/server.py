"""A Keydesk server in a thread of this process: on a free port of loopback, with a clock that a test can move."""

import asyncio
import socket
import threading
import time
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import boto3
import uvloop
from botocore.config import Config

from keydesk.app import house
from keydesk.cli.listen import bound, server
from keydesk.flows.call import Desk
from keydesk.log import configure_as_guest
from keydesk.runtime.function import Runtime
from keydesk.settings import Settings, load
from keydesk.testing.in_test import InTest
from keydesk.triggers.functions import DEV_CREDENTIALS

T = TypeVar("T")

START: Final = 60.0  # seconds that a start may take, or an answer of the loop
STOP: Final = 30.0


class Server(Protocol):
    """What ends the answering."""

    should_exit: bool


class Clock:
    """The server's clock: wall time, moved on by as much as a test says. Callable: epoch milliseconds."""

    def __init__(self) -> None:
        self._moved = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self._moved

    def forward(self, *, seconds: float) -> None:
        """Codes, sessions and tokens are older now by so much. Functions see the machine's own clock."""
        self._moved += int(seconds * 1000)

    def reset(self) -> None:
        """Back to wall time."""
        self._moved = 0


class Running:
    """A server that answers. Get one by `running(...)`."""

    def __init__(self, url: str, clock: Clock, desk: Desk, in_test: InTest, loop: asyncio.AbstractEventLoop) -> None:
        self.url = url
        self.clock = clock
        self.desk = desk
        self.in_test = in_test
        self.region = desk.settings["region"]
        self._loop = loop
        keys = {name.lower(): value for name, value in DEV_CREDENTIALS.items()}
        session: Any = boto3.session.Session  # the stubs would have each key named
        self._session = session(region_name=self.region, **keys)
        self.api = self.client("cognito-idp")

    @property
    def environment(self) -> dict[str, str]:
        """Variables by which an SDK or the AWS CLI speaks to this server."""
        return {"AWS_ENDPOINT_URL": self.url, "AWS_DEFAULT_REGION": self.region, **DEV_CREDENTIALS}

    def client(self, service: str, **options: Any) -> Any:
        """A new boto3 client of this server. An answer is never asked for twice: a retry would hide what happened."""
        config = Config(retries={"total_max_attempts": 1}, read_timeout=60)
        return self._session.client(service, **{"endpoint_url": self.url, "config": config} | options)

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Await something on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(START)


@contextmanager
def running(data: Path, said: Mapping[str, str | int]) -> Iterator[Running]:
    """A server, from its start to its graceful stop. `said` are settings by their names; the environment has no say."""
    configure_as_guest(str(said.get("log_level", "error")))
    settings = load({}, file=data / "none.toml", **{"data": str(data), "port": "0", **said})
    listener, url = bound(settings)
    started = Future[tuple[Running, Server]]()

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(_answer(settings, listener, url, started))
        except BaseException as fault:
            if started.done():
                raise
            started.set_exception(fault)

    thread = threading.Thread(target=run, name="keydesk", daemon=True)
    thread.start()
    try:
        opened, one = started.result(START)
        try:
            yield opened
        finally:
            one.should_exit = True
    finally:
        thread.join(STOP)
        listener.close()


async def _answer(
    settings: Settings, listener: socket.socket, url: str, started: Future[tuple[Running, Server]]
) -> None:
    clock = Clock()
    fronts: list[InTest] = []

    def front(workers: Runtime) -> Runtime:
        fronts.append(InTest(workers))
        return fronts[0]

    async with house(settings, url, open=True, clock=clock, front=front) as opened:
        one = server(opened.door)
        loop = asyncio.get_running_loop()
        started.set_result((Running(url, clock, opened.desk, fronts[0], loop), one))
        await one.serve(sockets=[listener])
