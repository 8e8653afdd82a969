"""A real Keydesk server for tests: on a free port, in a thread, with a clock that a test can move."""

import asyncio
import io
import json
import threading
import time
import urllib.parse
import urllib.request
import zipfile
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import boto3
import uvloop
from botocore.config import Config

from keydesk.app import House, house
from keydesk.cli.listen import bound, server
from keydesk.settings import load

REGION = "us-east-1"
PASSWORD = "Correct-horse-9"


class Clock:
    """Wall time, moved by as much as a test says."""

    def __init__(self) -> None:
        self.offset = 0

    def __call__(self) -> int:
        return time.time_ns() // 1_000_000 + self.offset

    def forward(self, *, seconds: float) -> None:
        self.offset += int(seconds * 1000)


class Serving:
    """One server and the clients that speak to it. Use `serving(...)`."""

    def __init__(self, url: str, clock: Clock, opened: House, loop: asyncio.AbstractEventLoop) -> None:
        self.url = url
        self.clock = clock
        self.house = opened
        self._loop = loop

    def client(self, service: str = "cognito-idp", region: str = REGION, **more: Any) -> Any:
        """A boto3 client, unmodified but for its endpoint."""
        options = {"aws_access_key_id": "keydesk", "aws_secret_access_key": "keydesk"} | more
        config = Config(retries={"total_max_attempts": 1}, read_timeout=40)
        return boto3.client(service, region_name=region, endpoint_url=self.url, config=config, **options)

    def raw(self, target: str, body: bytes, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """One POST as it is: status, headers, body."""
        sent = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1", **headers}
        request = urllib.request.Request(self.url + "/", data=body, headers=sent, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as answer:
            with answer:
                return answer.code, dict(answer.headers), answer.read()

    def fetch(self, path: str, **headers: str) -> bytes:
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.read()

    def outbox(self, to: str) -> list[dict[str, Any]]:
        return json.loads(self.fetch(f"/_keydesk/outbox?to={urllib.parse.quote(to)}"))

    def code(self, to: str) -> str:
        """The newest code that went to an address or number."""
        return self.outbox(to)[-1]["code"]

    def run(self, work: Any) -> Any:
        """Await something on the server's loop."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)

    def deploy(self, name: str, code: str, runtime: str = "python3.11", **more: Any) -> str:
        """A function with this one file; gives its ARN."""
        file = {"python": "index.py", "nodejs": "index.mjs" if "export " in code else "index.js"}[runtime.rstrip("0123456789.x")]
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr(file, code)
        made = self.client("lambda").create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler=more.pop("handler", "index.handler"),
            Role="arn:aws:iam::000000000000:role/lambda",
            Code={"ZipFile": packed.getvalue()},
            **more,
        )
        return str(made["FunctionArn"])


@contextmanager
def serving(data: Path, *, open: bool = True, keys: dict[str, str] | None = None, folder: Path | None = None, **said: str) -> Any:
    """A server, from its start to its graceful stop. `said` are settings."""
    environment = {"KEYDESK_" + name.upper(): value for name, value in said.items()}
    settings = load(environment, file=data / "none.toml", data=str(data), port="0")
    listener, url = bound(settings)
    clock, started = Clock(), Future[tuple[House, Any, asyncio.AbstractEventLoop]]()

    async def answer() -> None:
        async with house(settings, url, open=open, keys=keys, folder=folder, clock=clock) as opened:
            one = server(opened.door)
            started.set_result((opened, one, asyncio.get_running_loop()))
            await one.serve(sockets=[listener])

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
                runner.run(answer())
        except BaseException as fault:
            if not started.done():
                started.set_exception(fault)
            else:
                raise

    thread = threading.Thread(target=run, name="keydesk")
    thread.start()
    try:
        opened, one, loop = started.result(60)
        yield Serving(url, clock, opened, loop)
        one.should_exit = True
    finally:
        if started.done() and not started.exception():
            started.result()[1].should_exit = True
        thread.join(30)
        listener.close()
