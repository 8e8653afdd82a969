"""Uvicorn's HTTP protocol with what it leaves open: a request's head has a size, and requests arrive in time (RQ-07).

Without it one client could fill the memory with a head that never ends, or hold connections open by saying nothing.
A request names one host, as RFC 9112 section 3.2 has it: a proxy and we might each believe another of two (RQ-08).
An offer to change protocols is declined by going on without it, as RFC 9110 section 7.8 has it: what uvicorn takes for
the other protocol is the request's body, which it would lose, and answer as one more request (RQ-08).
And an answer's head leaves with its body, which uvicorn writes one after the other: each is a call of the kernel, and
wakes the client.
"""

import asyncio
import re
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from keydesk.wire.host import plain_ip

HEAD: Final = 64 << 10  # bytes of request line and headers, beyond the first piece that the kernel hands over
FIELDS: Final = 200  # headers of one request
SECONDS: Final = 20.0  # in which a head must be whole
PACE: Final = 4096  # bytes a second, at least, in which a body must come
_HOST: Final = re.compile(rb"([\w.~!$&'()*+,;=%-]*|\[[\w.:]+])(:[0-9]*)?")  # RFC 3986, section 3.2; loosely in brackets


class _Malformed(Exception):
    """No request of HTTP; the sentence is for the client."""


class _Together:
    """A connection's transport on which what is written first waits for what is written next, in the same turn of the
    loop."""

    __slots__ = ("_held", "_loop", "_transport")

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._transport: Final = transport
        self._loop: Final = loop
        self._held = b""

    def write(self, data: bytes) -> None:
        if self._held:
            self._transport.write(self._held + data)
            self._held = b""
        else:
            self._held = data
            self._loop.call_soon(self._let_go)

    def close(self) -> None:
        self._let_go()
        self._transport.close()

    def is_closing(self) -> bool:
        return self._transport.is_closing()

    def __getattr__(self, name: str) -> Any:
        """All else is the transport's own."""
        return getattr(self._transport, name)

    def _let_go(self) -> None:
        if self._held:
            self._transport.write(self._held)
            self._held = b""


class Intake(HttpToolsProtocol):
    """One connection. What arrives whole in one piece, as nearly everything does, costs two comparisons more."""

    _head = -1  # bytes of an unfinished head after its first piece; -1 outside of heads
    _arriving = True  # a request is awaited or under way
    _received = 0  # bytes since the timer was set
    _bare = 0  # bytes of size lines and trailers since the piece in which the body last went on; -1 in that piece
    _hosts: list[bytes] | None = None  # the `Host` headers of the request before this one, which were judged
    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(_Together(transport, self.loop))  # type: ignore[arg-type]
        if self.client is not None:
            self.client = (plain_ip(self.client[0]), self.client[1])
        self._set_timer()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unset_timer()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        began = self._head
        self._feed(data)
        if not self._arriving:
            if self._timer is not None:
                self._unset_timer()
            return
        self._unset_keepalive_if_required()
        self._received += len(data)
        if self._timer is None:
            self._set_timer()
        if began >= 0 and self._head >= 0:
            self._head += len(data)
            if self._head > HEAD:
                self._refuse("The head of the request is too large.")
        elif self._head < 0:
            self._bare = 0 if self._bare < 0 else self._bare + len(data)
            if self._bare > HEAD:
                self.transport.close()  # its reader learns that the client is gone

    def _feed(self, data: bytes) -> None:
        """As uvicorn does, but for offers of another protocol, which Java's HTTP client makes with each request."""
        try:
            while data:
                try:
                    self.parser.feed_data(data)
                    return
                except httptools.HttpParserUpgrade as offer:
                    data = self._without_offer() + data[offer.args[0] :]
        except httptools.HttpParserError as fault:
            why = fault.__context__
            self._refuse(str(why) if isinstance(why, _Malformed) else "Invalid HTTP request received.")

    def _without_offer(self) -> bytes:
        """The head that was just read, for a parser that has seen nothing of it."""
        version = self.parser.get_http_version().encode()
        lines = [b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, version)]
        lines += [b"%s: %s" % (name, value) for name, value in self.headers if name != b"upgrade"]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's
        return b"\r\n".join([*lines, b"", b""])

    def on_message_begin(self) -> None:
        self._unset_keepalive_if_required()  # here, because empty lines between requests are nobody's request
        super().on_message_begin()
        self._head, self._bare, self._arriving = 0, 0, True

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > FIELDS:
            raise _Malformed("The request has too many headers.")  # the parser stops

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            if self.parser.get_method() == b"CONNECT":
                raise _Malformed("There are no tunnels here.")
            return  # it begins again, without
        hosts = [value for name, value in self.headers if name == b"host"]
        if hosts != self._hosts:
            self._judge(hosts)
        super().on_headers_complete()
        self._head = self._bare = -1

    def _judge(self, hosts: list[bytes]) -> None:
        """Most clients name one host again and again, and it is judged once."""
        if not hosts and self.parser.get_http_version() in ("0.9", "1.0"):
            return
        if len(hosts) != 1 or not _HOST.fullmatch(hosts[0]):
            raise _Malformed("The request must name its host once, in a Host header.")
        self._hosts = hosts

    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._bare = -1

    def on_message_complete(self) -> None:
        if self.parser.should_upgrade():
            return
        super().on_message_complete()
        self._arriving = False

    def _set_timer(self) -> None:
        self._received = 0
        self._timer = self.loop.call_later(SECONDS, self._look)

    def _unset_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """A head that is not whole by now is late; a body has more time as long as it comes at a fair pace."""
        self._timer = None
        if self._head < 0 and self._received >= PACE * SECONDS:
            self._set_timer()
        elif self._head >= 0:
            self._refuse("The request did not arrive in time.")
        else:
            self.transport.close()  # nothing was said, or a body stopped: its reader learns that the client is gone

    def _refuse(self, why: str) -> None:
        if not self.transport.is_closing():
            self.send_400_response(why)
