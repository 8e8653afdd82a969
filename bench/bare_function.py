"""A warm function with nothing around it: what one call cannot do without, in the server and in its process."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.load import TICK, times
from keydesk.runtime import node

HERE: Final = Path(__file__).parent
EVENT: Final = {
    "version": "1",
    "triggerSource": "PreAuthentication_Authentication",
    "region": "us-east-1",
    "userPoolId": "us-east-1_000000000",
    "userName": "ada",
    "callerContext": {"awsSdkVersion": "aws-sdk-unknown-unknown", "clientId": "1" * 26},
    "request": {"userAttributes": {"sub": "0" * 36, "cognito:user_status": "CONFIRMED"}, "validationData": None},
    "response": {},
}
COMMANDS: Final = {
    "Python": lambda: [sys.executable, "-m", "bench.bare_worker"],
    "Node.js": lambda: [node.find().path, str(HERE / "bare_worker.mjs")],
}


class BareFunction:
    """One process at the other end of a socket pair, its handler loaded."""

    def __init__(self, line: socket.socket, pid: int) -> None:
        self._line = line
        self._pid = pid

    def ask(self) -> None:
        """Encode an event and send it."""
        event = msgspec.json.encode(EVENT)
        self._line.send(len(event).to_bytes(4, "big") + event)

    def told(self) -> Any:
        """Read the answer and decode it."""
        return msgspec.json.decode(self._line.recv(65536)[4:])

    def cpu_ms(self) -> float:
        """CPU milliseconds of the process until now."""
        return times(self._pid)[0] * TICK


@contextmanager
def bare_function(kind: str) -> Iterator[BareFunction]:
    """A warm one, of a kind in COMMANDS."""
    ours, theirs = socket.socketpair()
    environment = {**os.environ, "AWS_LAMBDA_FUNCTION_NAME": "f", "PYTHONPATH": os.pathsep.join(sys.path)}
    with (
        ours,
        theirs,
        subprocess.Popen(
            [*COMMANDS[kind](), str(theirs.fileno())],
            pass_fds=(theirs.fileno(),),
            env=environment,
            cwd=HERE.parent,
            stdout=subprocess.DEVNULL,
        ) as process,
    ):
        function = BareFunction(ours, process.pid)
        try:
            function.ask()
            function.told()
            yield function
        finally:
            ours.close()
            theirs.close()
            process.kill()
