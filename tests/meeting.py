"""Where a test meets a handler that runs: at a port of loopback, for files they do not share."""

import json
import socket
from typing import Any

# For a handler that has imported os: it comes to the meeting, and waits until it is let go.
COMES = "there = __import__('socket').create_connection(('127.0.0.1', int(os.environ['MEETING'])), 30)\n"
WAITS = COMES + "assert there.recv(1), 'nobody let it go'\nthere.close()\n"


class Meeting:
    """Listens for handlers. Each that comes is a socket that ends with it."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.environment = {"Variables": {"MEETING": str(self.port)}}
        self.event = json.dumps({"port": self.port}).encode()

    def one(self, within: float = 30.0) -> socket.socket:
        """The next that has come, or comes in so many seconds. Raises TimeoutError or BlockingIOError."""
        self._listener.settimeout(within)
        come, _ = self._listener.accept()
        come.settimeout(30.0)
        return come

    def said(self, within: float = 30.0) -> bytes:
        """All that the next one says until it ends."""
        said = b""
        with self.one(within) as come:
            while more := come.recv(65536):
                said += more
        return said

    def __enter__(self) -> "Meeting":
        return self

    def __exit__(self, *fault: Any) -> None:
        self._listener.close()


def let_go(come: socket.socket) -> None:
    """What waits goes on."""
    with come:
        come.sendall(b".")
