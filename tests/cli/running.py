"""The command itself, as a person starts it: a process of its own with an environment and a folder of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

COMMAND = Path(sys.executable).with_name("keydesk")
REGION = "us-east-1"
PASSWORD = "Correct-horse-9"
OUT, ERR = "out.txt", "err.txt"
PATIENCE = 60  # seconds for a start on a busy machine
ADDRESS = re.compile(r"http://(?:127\.0\.0\.1|0\.0\.0\.0|\[::1\]):[0-9]+")


def environment(home: Path, **more: str) -> dict[str, str]:
    """What a fresh shell has, and no settings but those said."""
    return {"PATH": os.environ["PATH"], "HOME": str(home), "LC_ALL": "C.UTF-8", **more}


def command(home: Path, *line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run to its end, in the folder `home`."""
    said = environment(home, **variables)
    return subprocess.run([COMMAND, *line], env=said, cwd=home, capture_output=True, text=True, timeout=PATIENCE)


def until(what: Callable[[], bool]) -> None:
    """Other processes have no clock that could be set: this waits for what they do, not for a time."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


class Running:
    """A server in a process of its own that has said that it is ready."""

    def __init__(self, process: subprocess.Popen[bytes], home: Path) -> None:
        self.process = process
        self.home = home
        self._out, self._err = home / OUT, home / ERR
        self.address = ""

    @property
    def out(self) -> str:
        return self._out.read_text("utf-8")

    @property
    def err(self) -> str:
        return self._err.read_text("utf-8")

    def until_ready(self) -> None:
        end = time.monotonic() + PATIENCE
        while "/_keydesk/outbox\n" not in self.out and '"event": "ready"' not in self.err:
            assert self.process.poll() is None, f"it ended with {self.process.returncode}:\n{self.out}{self.err}"
            assert time.monotonic() < end, f"not ready:\n{self.out}{self.err}"
            time.sleep(0.02)
        found = ADDRESS.search(self.out or self.err)
        assert found
        self.address = found[0]

    @property
    def listens(self) -> bool:
        """Whether who comes is let in."""
        where = urlsplit(self.address)
        with socket.socket() as line:
            return line.connect_ex((where.hostname, where.port)) == 0

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Ask it to end, and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)

    def client(self, service: str = "cognito-idp", *, region: str = REGION, key: str = "any:any", **more: Any) -> Any:
        """A boto3 client with an access key `id:secret`."""
        name, _, secret = key.partition(":")
        settings = Config(retries={"total_max_attempts": 1}, read_timeout=40, **more)
        return boto3.client(
            service,
            region_name=region,
            endpoint_url=self.address,
            aws_access_key_id=name,
            aws_secret_access_key=secret,
            config=settings,
        )


@contextmanager
def begun(home: Path, *line: str, **variables: str) -> Iterator[Running]:
    """`keydesk` with these words on a free port, not ready yet, killed at the end if it is still there."""
    with (home / OUT).open("wb") as told, (home / ERR).open("wb") as logged:
        process = subprocess.Popen(
            [COMMAND, *line, "--port", "0"],
            env=environment(home, **variables),
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=logged,
        )
    one = Running(process, home)
    try:
        yield one
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()


@contextmanager
def running(home: Path, *line: str, **variables: str) -> Iterator[Running]:
    """The same, ready."""
    with begun(home, *line, **variables) as one:
        one.until_ready()
        yield one
