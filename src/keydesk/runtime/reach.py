"""HTTP to elsewhere: a request in bounded time, to addresses that are allowed, without redirects.

Blocks, so it is for threads. Surprise: whoever waits may give a run up from another thread, which ends its socket.
"""

import contextlib
import re
import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Any, Final, NamedTuple

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from keydesk.runtime.channel import PAYLOAD_LIMIT, TooLarge
from keydesk.runtime.function import TimedOut, Unreached
from keydesk.settings import Settings

KEPT: Final = 64  # idle connections kept for one host
_CHUNK: Final = 65_536  # bytes
_TRANSLATED: Final = IPv6Network("64:ff9b::/96")  # NAT64: an IPv4 address stands in the last four bytes
# All that IANA gives out. Beyond it are site-local addresses, forms of IPv4's, and a network's own NAT64.
_GIVEN_OUT: Final = IPv6Network("2000::/3")
_ADDRESS: Final = re.compile("https?://[^/]", re.IGNORECASE)
_PLAIN_HEADERS: Final = {"Accept-Encoding": "identity"}  # nothing is ever unpacked, so nothing can be blown up


class Reached(NamedTuple):
    """An answer whole. Header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Run:
    """One run, for the time that its caller gives it."""

    def __init__(self, within: float) -> None:
        self._ends = time.monotonic() + within
        self._lock = threading.Lock()
        self._given_up = False
        self._socket: socket.socket | None = None

    def left(self) -> float:
        """Seconds. Raises TimedOut where there are none."""
        left = self._ends - time.monotonic()
        if left <= 0 or self._given_up:
            raise TimedOut
        return left

    @contextlib.contextmanager
    def under_way(self) -> Iterator[None]:
        """What this thread sends meanwhile belongs to the run."""
        token = _RUN.set(self)
        try:
            yield
        finally:
            _RUN.reset(token)
            with self._lock:
                self._socket = None

    def waits_on(self, one: socket.socket | None) -> None:
        """An answer is awaited on the socket."""
        with self._lock:
            self._socket = one
            if self._given_up:
                self._end()

    def give_up(self) -> None:
        """Nobody waits any more: a thread that still reads stops, however slowly the other side goes on (WK-17)."""
        with self._lock:
            self._given_up = True
            self._end()

    def _end(self) -> None:
        if self._socket is not None:
            with contextlib.suppress(
                OSError
            ):  # the plain shutdown: that of TLS would pull the state from under a reader
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


_RUN: ContextVar[Run] = ContextVar("run")


def may_be_private(settings: Settings, *, open: bool) -> bool:
    """Whether private addresses may be spoken to: as the setting says, else in development (`open`) alone."""
    return settings.flag("allow_private_functions") if settings["allow_private_functions"] else open


class Reach:
    """Sends. `private`: whether addresses of this machine and of private networks may be spoken to."""

    def __init__(self, *, private: bool) -> None:
        self._manager = urllib3.PoolManager(
            num_pools=64, maxsize=KEPT, retries=False, ssl_context=ssl.create_default_context()
        )
        self._manager.pool_classes_by_scheme = _pools(private)

    def post(self, url: str, body: bytes, headers: Mapping[str, Any]) -> Reached:
        """Send and read the answer, whatever its status, within the thread's run.

        Raises TimedOut, Unreached, and TooLarge for an answer beyond Lambda's limit.
        """
        return self._answer("POST", url, body, headers, PAYLOAD_LIMIT)

    def get(self, url: str, most: int) -> Reached:
        """As `post`, for a document of at most so many bytes."""
        return self._answer("GET", url, None, {}, most)

    def _answer(self, method: str, url: str, body: bytes | None, headers: Mapping[str, Any], most: int) -> Reached:
        run = _RUN.get()
        if not _ADDRESS.match(url):
            raise Unreached("NotAnAddress", url)
        try:
            answer = self._manager.urlopen(
                method,
                url,
                body=body,
                headers={**headers, **_PLAIN_HEADERS},
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                timeout=urllib3.Timeout(connect=run.left(), read=run.left()),
            )
            return _whole(answer, most)
        except (TimedOut, Unreached, TooLarge):
            raise
        except urllib3.exceptions.TimeoutError:
            raise TimedOut from None
        except urllib3.exceptions.SSLError as fault:
            raise Unreached("SSLError", str(fault)) from fault
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as fault:
            run.left()
            raise Unreached("ConnectionClosedError", str(fault)) from fault

    def close(self) -> None:
        """Let go of the connections that were kept."""
        self._manager.clear()


def _whole(answer: urllib3.BaseHTTPResponse, most: int) -> Reached:
    body = bytearray()
    try:
        for chunk in answer.stream(_CHUNK, decode_content=False):
            body += chunk
            if len(body) > most:
                raise TooLarge(len(body))
    except BaseException:
        answer.close()
        raise
    answer.release_conn()
    return Reached(answer.status, {name.lower(): value for name, value in answer.headers.items()}, bytes(body))


def is_public(address: str) -> bool:
    """Whether an address is the Internet's and nobody's own. An IPv4 address inside another is judged itself."""
    inner = _inside(ip_address(address))
    if isinstance(inner, IPv6Address) and inner not in _GIVEN_OUT:
        return False
    return inner.is_global and not inner.is_multicast


def _inside(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    if isinstance(address, IPv6Address):
        if address in _TRANSLATED:
            return IPv4Address(address.packed[-4:])
        return address.ipv4_mapped or address.sixtofour or address
    return address


def _pools(private: bool) -> dict[str, type[HTTPConnectionPool]]:
    """Pools of connections that look where they go. The address that was judged is the one that is connected to, so
    that a name which means another address a moment later gains nothing."""

    class Plain(HTTPConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self.host, self.port, private, False)

        def getresponse(self) -> Any:
            _RUN.get().waits_on(self.sock)
            return super().getresponse()

    class Encrypted(HTTPSConnection):
        def _new_conn(self) -> socket.socket:
            return _connected(self.host, self.port, private, True)

        def getresponse(self) -> Any:
            _RUN.get().waits_on(self.sock)
            return super().getresponse()

    class Plains(HTTPConnectionPool):
        ConnectionCls = Plain

    class Encrypteds(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": Plains, "https": Encrypteds}


def _connected(host: str, port: int, private: bool, encrypted: bool) -> socket.socket:
    """A socket to the first address of the host that may be spoken to (WK-16) and answers.

    A public one is spoken to under TLS only: events hold what users are. Raises TimedOut, Unreached.
    """
    run = _RUN.get()
    try:
        known = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as fault:
        raise Unreached("EndpointConnectionError", f"{host}: {fault}") from fault
    found = [one for one in known if (encrypted if is_public(str(one[4][0])) else private)]
    if not found:
        raise Unreached(*_refused(host, any(is_public(str(one[4][0])) for one in known)))
    why = ""
    for at, (family, kind, protocol, _, address) in enumerate(found):
        opened = socket.socket(family, kind, protocol)
        try:
            opened.settimeout(run.left() / (len(found) - at))
            opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            opened.connect(address)
            opened.settimeout(run.left())
        except BaseException as fault:
            opened.close()
            if not isinstance(fault, OSError):
                raise
            why = str(fault)
        else:
            return opened
    run.left()
    raise Unreached("EndpointConnectionError", f"{host}: {why}")


def _refused(host: str, public: bool) -> tuple[str, str]:
    if public:
        return "PlainHttpRefused", f"{host} is a public address, which is spoken to over https alone"
    return "PrivateAddressRefused", f"{host} is a private address, and allow_private_functions is not true"
