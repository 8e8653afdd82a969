"""A small HTTP server for tests: what a function's own address, or somebody else's Lambda API, answers."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext
from typing import Any


class Asked(BaseHTTPRequestHandler):
    """One request. What the site does with it is the test's."""

    protocol_version = "HTTP/1.1"
    site: "Site"
    body: bytes

    def do_POST(self) -> None:
        self.body = self.rfile.read(int(self.headers["Content-Length"] or 0))
        self.site.take(self)
        try:
            self.site.does(self)
        except OSError:  # the other side has gone
            self.close_connection = True

    do_GET = do_PATCH = do_POST

    def says(self, body: Any, status: int = 200, **headers: str) -> None:
        said = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Content-Length": str(len(said)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_: Any) -> None:
        pass


def echo(asked: Asked) -> None:
    """What came, as a function that gives its event back."""
    asked.says(asked.body)


class Site:
    """Where it is, what it does, and what it was sent. `leave` ends whatever still goes on when the test is over."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.does: Callable[[Asked], None] = echo
        self.bodies: list[bytes] = []
        self.heads: list[dict[str, str]] = []
        self.paths: list[str] = []
        self.connections = 0
        self.leave = threading.Event()
        self._came = threading.Condition()

    def take(self, asked: Asked) -> None:
        with self._came:
            self.bodies.append(asked.body)
            self.heads.append({name.lower(): value for name, value in asked.headers.items()})
            self.paths.append(asked.path)
            self._came.notify_all()

    def asked(self, times: int) -> bool:
        """Whether so many requests have come, or come yet: who asks may give up before this site has read."""
        with self._came:
            return self._came.wait_for(lambda: len(self.paths) >= times, 20)

    def silent(self, asked: Asked) -> None:
        """No answer."""
        self.leave.wait(20)
        asked.close_connection = True

    def dripping(self, asked: Asked) -> None:
        """An answer that goes on and on, a byte at a time, and so is never late for the next one."""
        asked.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        for _ in range(400):
            if self.leave.wait(0.05):
                break
            asked.wfile.write(b"x")
            asked.wfile.flush()
        asked.close_connection = True


class _Server(ThreadingHTTPServer):
    site: Site
    request_queue_size = 128

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        self._lines: list[socket.socket] = []

    def process_request(self, request: Any, client_address: Any) -> None:
        self.site.connections += 1
        self._lines.append(request)
        super().process_request(request, client_address)

    def hang_up(self) -> None:
        """A site that is gone answers on no connection that was kept either."""
        for line in self._lines:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *_: Any) -> None:
        """A client that goes away, or does not trust the certificate, is no failure of the test's."""


@contextmanager
def site(certificate: Path | None = None) -> Iterator[Site]:
    """On a free port of loopback. `certificate`: a file with a key and its certificate, for https."""
    handler = type("Handler", (Asked,), {})
    server = _Server(("127.0.0.1", 0), handler)
    if certificate:
        context = SSLContext(PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    host = "localhost" if certificate else "127.0.0.1"
    opened = Site(f"{'https' if certificate else 'http'}://{host}:{server.server_address[1]}")
    handler.site = server.site = opened  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield opened
    finally:
        opened.leave.set()
        server.shutdown()
        thread.join()
        server.hang_up()
        server.server_close()
