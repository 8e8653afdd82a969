"""What a client may send without a limit, or not at all: RQ-07, RQ-08, RQ-15."""

import asyncio
import contextlib
import socket
import sys
import threading
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from tests.serving import Serving

from keydesk.cli import intake

pytestmark = pytest.mark.one_database

PIECE = 5000  # bytes of a body: more than its pace asks for in the seconds of these tests
HEAD = b"POST / HTTP/1.1\r\nHost: here\r\n"


@pytest.fixture
def line(server: Serving) -> Iterator[socket.socket]:
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as opened:
        yield opened


def heard(line: socket.socket) -> bytes:
    """Everything until the server closes the connection."""
    told = b""
    try:
        while data := line.recv(65536):
            told += data
    except ConnectionResetError:
        pass
    return told


def cut_off(line: socket.socket, piece: bytes, times: int) -> None:
    """Sends a head that does not end. The server closes the connection, and not only because it is late."""
    line.settimeout(intake.SECONDS / 2)
    with contextlib.suppress(ConnectionError):
        for _ in range(times):
            line.sendall(piece)
    heard(line)  # a timeout here is the failure


def test_a_head_that_never_ends_is_cut_off(line: socket.socket) -> None:
    line.sendall(HEAD + b"X-Long: ")
    cut_off(line, b"a" * intake.HEAD, 16)


def test_headers_without_end_are_cut_off(line: socket.socket) -> None:
    line.sendall(HEAD)
    cut_off(line, b"X: y\r\n" * intake.FIELDS, 2)


def test_so_many_headers_are_too_many(line: socket.socket) -> None:
    line.sendall(HEAD + b"X: y\r\n" * intake.FIELDS + b"\r\n")
    assert heard(line).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("begun", [b"2\r\n{}\r\n0\r\nX: ", b"2\r\n{}\r\n0\r\n", b"2\r\n{}\r\n2;x=", b""])
def test_what_is_around_the_pieces_of_a_body_has_an_end(line: socket.socket, begun: bytes) -> None:
    """A trailer's value, its name, the extension of a size, and a size of nothing but zeros."""
    line.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + begun)
    cut_off(line, (b"a" if begun else b"0") * intake.HEAD, 16)


def test_a_body_in_many_pieces_may_be_as_large_as_any(line: socket.socket) -> None:
    chunks = b"".join(b"%x;of=%d\r\n" % (PIECE, at) + b" " * PIECE + b"\r\n" for at in range(200))
    line.sendall(HEAD + b"X-Amz-Target: AWSCognitoIdentityProviderService.GetUser\r\nConnection: close\r\n")
    line.sendall(b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks)
    line.sendall(b"2\r\n{}\r\n0\r\nX-Sum: 1\r\n\r\n")
    assert b"validation error detected" in heard(line)


def test_a_request_names_its_host_once(line: socket.socket) -> None:
    """RQ-08, and also who named it well before, in the same connection. HTTP/1.0 knows of no hosts."""
    good = [
        b"1.0\r\n",
        *(b"1.1\r\nhOST: %s\r\n" % host for host in (b"", b"a_b.c", b"[::1]:1", b"%C3%A4:", b"1.2.3.4:80")),
    ]
    bad = [b"1.1\r\n", b"1.1\r\nHost: here\r\nHost: here\r\n", b"1.0\r\nHost: a\r\nhost: b\r\n"]
    bad += [b"1.1\r\nHost: %s\r\n" % host for host in (b"a b", b"a@b", b"a/b", b"a:b", b"[::1", b"\xe4", b"a,b:1:2")]
    for head in (*good, *bad):
        with socket.create_connection(line.getpeername(), timeout=20) as one:
            one.sendall(b"GET /_keydesk/health HTTP/1.1\r\nHost: here\r\n\r\n")
            assert one.recv(65536).startswith(b"HTTP/1.1 200 ")
            one.sendall(b"GET /_keydesk/health HTTP/" + head + b"Connection: close\r\n\r\n")
            told = heard(one)
        assert told.startswith(b"HTTP/1.1 200 " if head in good else b"HTTP/1.1 400 "), head
        assert told.endswith(b"The request must name its host once, in a Host header.") == (head in bad), head


def pieces(line: socket.socket) -> int:
    """Segments with data that have come: tcpi_data_segs_in of Linux's struct tcp_info."""
    info = line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 160)
    return int.from_bytes(info[152:156], sys.byteorder)


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel tells of segments on Linux")
def test_an_answer_comes_in_one_piece(line: socket.socket) -> None:
    asked = HEAD + b"Content-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\n\r\n{}"
    for number in range(1, 21):
        line.sendall(asked)
        answer = line.recv(65536)
        assert answer.startswith(b"HTTP/1.1 400 ")
        assert answer.endswith(b"}")
        assert pieces(line) == number


def test_what_is_asked_in_one_breath_is_answered_in_its_order(line: socket.socket) -> None:
    asked = HEAD + b"Content-Type: application/x-amz-json-1.1\r\nContent-Length: 2\r\n\r\n{}"
    line.sendall(asked * 9 + asked.replace(b"Host: here", b"Host: here\r\nConnection: close"))
    assert heard(line).count(b"HTTP/1.1 400 ") == 10


@pytest.mark.parametrize("said", [b"", b"POST / HT", HEAD, HEAD + b"Content-Length: 10\r\n\r\n{"])
def test_who_does_not_go_on_is_let_go(line: socket.socket, said: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "SECONDS", 0.1)
    where = line.getpeername()
    line.close()
    with socket.create_connection(where, timeout=20) as late:  # a connection takes the time that is set when it begins
        late.sendall(said)
        assert heard(late)[:13] in (b"", b"HTTP/1.1 400 ")


def test_empty_lines_after_an_answer_are_no_reason_to_wait(
    line: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin = intake.Intake.connection_made

    def soon_idle(one: intake.Intake, transport: asyncio.Transport) -> None:
        one.timeout_keep_alive = 1
        begin(one, transport)

    monkeypatch.setattr(intake.Intake, "connection_made", soon_idle)
    with socket.create_connection(line.getpeername(), timeout=20) as idle:
        idle.sendall(b"GET /_keydesk/health HTTP/1.1\r\nHost: here\r\n\r\n")
        assert idle.recv(65536).startswith(b"HTTP/1.1 200 ")
        with contextlib.suppress(ConnectionError):
            idle.sendall(b"\r\n")
        assert heard(idle) == b""


def test_a_body_that_comes_slowly_but_steadily_is_waited_for(server: Serving, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time is over again and again, and each time a piece of it has come: for less the time stands."""
    over, look = threading.Semaphore(0), intake.Intake._look

    def looked(one: intake.Intake) -> None:
        if one._received < PIECE:
            one._timer = one.loop.call_later(intake.SECONDS, looked, one)
            return
        look(one)
        over.release()

    monkeypatch.setattr(intake, "SECONDS", 0.05)
    monkeypatch.setattr(intake.Intake, "_look", looked)
    head = HEAD + b"X-Amz-Target: AWSCognitoIdentityProviderService.GetUser\r\n"
    head += b"Content-Type: application/json\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (6 * PIECE)
    where = urlsplit(server.url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as slow:
        slow.sendall(head + b" " * PIECE)
        for _ in range(5):
            assert over.acquire(timeout=20)
            slow.sendall(b" " * PIECE)
        assert b"1 validation error detected" in heard(slow)


@pytest.mark.parametrize(
    "said",
    [
        b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"Content-Length: -1\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    ],
)
def test_a_request_that_can_be_read_in_two_ways_is_refused(line: socket.socket, said: bytes) -> None:
    line.sendall(HEAD + said)
    assert heard(line).startswith(b"HTTP/1.1 400 ")


def test_one_connection_serves_many_requests(line: socket.socket) -> None:
    for _ in range(3):
        line.sendall(b"GET /_keydesk/health HTTP/1.1\r\nHost: here\r\n\r\n")
        assert line.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("protocol", [b"h2c", b"websocket"])
def test_an_offer_to_change_protocols_is_passed_over_and_hides_no_request(line: socket.socket, protocol: bytes) -> None:
    """Java's HTTP client offers HTTP/2 with each request. Its body is a body, even one that looks like a request."""
    offer = b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAA\r\nUpgrade: " + protocol + b"\r\n"
    body = HEAD + b"Content-Length: 0\r\n\r\n"
    asked = HEAD + offer + b"Content-Type: application/json\r\nX-Amz-Target: AWSCognitoIdentityProviderService.GetUser"
    line.sendall(asked + b"\r\nContent-Length: %d\r\n\r\n" % len(body))
    line.sendall(body)
    line.sendall(b"GET /_keydesk/health HTTP/1.1\r\nHost: here\r\nConnection: close\r\n" + offer + b"\r\n")
    told = heard(line)
    assert told.count(b"HTTP/1.1 ") == 2
    assert b"SerializationException" in told
    assert b'{"status":"ok"' in told


def test_nobody_tunnels(line: socket.socket) -> None:
    line.sendall(b"CONNECT / HTTP/1.1\r\nHost: here\r\n\r\n")
    assert heard(line).startswith(b"HTTP/1.1 400 ")


def test_nobody_speaks_by_web_socket(line: socket.socket) -> None:
    line.sendall(
        b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    assert line.recv(65536).startswith(b"HTTP/1.1 404 ")
