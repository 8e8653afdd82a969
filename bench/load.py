"""A server process and a load on it: so many keep-alive connections, each asking again when it is answered."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from bench import cores

KEYDESK: Final = Path(sys.executable).with_name("keydesk")
TICK: Final = 1000 / os.sysconf("SC_CLK_TCK")  # milliseconds
TARGET: Final = "AWSCognitoIdentityProviderService."


@dataclass(frozen=True, slots=True)
class Server:
    """A running `keydesk dev`."""

    pid: int
    address: str
    pool: str
    client: str
    start_ms: float

    def memory_mb(self) -> float:
        """Resident memory of the server process."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024  # type: ignore[index]

    def cpu_ms(self) -> tuple[float, float]:
        """CPU milliseconds until now: of the server, and of its workers, those that have ended included."""
        own, waited = times(self.pid)
        alive = sum(sum(times(pid)) for pid in children(self.pid))
        return own * TICK, (waited + alive) * TICK


@contextmanager
def running(data: Path, place: Callable[[], None] | None = None, **settings: str) -> Iterator[Server]:
    """A server on a free port, with `settings` by their names. `place` puts it on some cores."""
    started = time.perf_counter()
    command = [str(KEYDESK), "dev", "--port", "0", "--data", str(data)]
    said = {f"KEYDESK_{name.upper()}": value for name, value in settings.items()}
    environment = {**os.environ, "KEYDESK_LOG_LEVEL": "error", **said}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, preexec_fn=place) as process:
        assert process.stdout
        block = ""
        for line in process.stdout:
            block += line
            if "_keydesk/outbox" in line:
                break
        start_ms = (time.perf_counter() - started) * 1000
        address, pool, client = (
            re.search(rf"{word}\s+(\S+)", block)[1]  # type: ignore[index]
            for word in ("ready at", "user pool", "client")
        )
        try:
            yield Server(process.pid, address, pool, client, start_ms)
        finally:
            process.terminate()


@dataclass(frozen=True, slots=True)
class Result:
    """What a load cost."""

    per_second: float
    server_ms: float  # CPU, per call
    workers_ms: float


class Line:
    """One keep-alive connection."""

    def __init__(self, server: Server, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._server, self._reader, self._writer = server, reader, writer

    async def ask(self, operation: str, body: dict[str, Any], *, refused: bool = False) -> dict[str, Any]:
        """One call; the decoded answer. It may be a refusal only where `refused` says so."""
        return dict(json.loads(await self.send(_request(self._server, operation, body), refused=refused) or b"{}"))

    async def send(self, request: bytes, *, refused: bool = False) -> bytes:
        """One call as bytes; the body of its answer."""
        self._writer.write(request)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(re.search(rb"content-length: (\d+)", head.lower())[1])  # type: ignore[index]
        body = await self._reader.readexactly(length)
        if not refused and not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"the load was refused: {body!r}")
        return body

    def close(self) -> None:
        self._writer.close()


Talk = Callable[[Line, int], Awaitable[object]]  # one sign-in over a line; the number counts those of the line


def repeated(server: Server, operation: str, bodies: list[dict[str, Any]]) -> Talk:
    """One operation, with one body after the other."""
    requests = [_request(server, operation, body) for body in bodies]
    return lambda line, number: line.send(requests[number % len(requests)])


def drive(server: Server, talk: Talk, *, seconds: float, lines: int) -> Result:
    """Sign in over and over, on the load's cores; a third of the time before it counts."""
    with cores.as_load():
        asyncio.run(_for(server, talk, seconds / 3, lines))
        before, started = server.cpu_ms(), time.perf_counter()
        count = asyncio.run(_for(server, talk, seconds, lines))
        passed, after = time.perf_counter() - started, server.cpu_ms()
    return Result(count / passed, (after[0] - before[0]) / count, (after[1] - before[1]) / count)


def ask(server: Server, operation: str, body: dict[str, Any]) -> dict[str, Any]:
    """One call; the decoded answer."""

    async def once() -> dict[str, Any]:
        line = await connect(server)
        answer = await line.ask(operation, body)
        line.close()
        return answer

    return asyncio.run(once())


async def _for(server: Server, talk: Talk, seconds: float, lines: int) -> int:
    until = time.perf_counter() + seconds
    return sum(await asyncio.gather(*(_talks(server, talk, first, until) for first in range(lines))))


async def _talks(server: Server, talk: Talk, first: int, until: float) -> int:
    line = await connect(server)
    count = 0
    while time.perf_counter() < until:
        await talk(line, first + count)
        count += 1
    line.close()
    return count


async def connect(server: Server) -> Line:
    """A new line."""
    host, _, port = server.address.removeprefix("http://").rpartition(":")
    return Line(server, *await asyncio.open_connection(host, int(port)))


def _request(server: Server, operation: str, body: dict[str, Any]) -> bytes:
    content = json.dumps(body).encode()
    host = server.address.removeprefix("http://")
    # A claim is enough under `keydesk dev`.
    scope = "keydesk/20260101/us-east-1/cognito-idp/aws4_request"
    signed = f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature={'0' * 64}"
    head = (
        f"POST / HTTP/1.1\r\nhost: {host}\r\nx-amz-target: {TARGET}{operation}\r\nauthorization: {signed}\r\n"
        f"content-type: application/x-amz-json-1.1\r\ncontent-length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


def times(pid: int) -> tuple[int, int]:
    """Clock ticks of a process, and of its children that have ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except FileNotFoundError:
        return 0, 0
    return int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])


def children(pid: int) -> list[int]:
    """All that descend from it."""
    listed = Path(f"/proc/{pid}/task").glob("*/children")
    own = [int(child) for file in listed for child in file.read_text().split()]
    return own + [further for child in own for further in children(child)]
