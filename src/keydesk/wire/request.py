"""A request read whole within its limit, and the answer that goes back. Nothing here knows any operation."""

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any, Final

import msgspec

from keydesk.crypto.ids import uuid_of
from keydesk.errors import InvalidParameter, Refusal, RequestTooLarge

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Line = tuple[bytes, bytes]  # a header

BODY_LIMIT: Final = 1 << 20  # bytes: 1 MiB
DISCARDED: Final = 64 << 20  # bytes of a body too large that are taken from the line and thrown away
HEADER_LIMIT: Final = 8192  # characters of a header's value
DECIDING: Final = frozenset({"authorization", "content-type", "x-amz-date", "x-amz-security-token", "x-amz-target"})
_IN_HEADERS: Final = bytes(byte if byte >= 0x20 and byte != 0x7F else ord("?") for byte in range(256))
AMZ_JSON: Final = "application/x-amz-json-1.1"


class ClientGone(Exception):
    """The client closed the connection before its request was whole."""


class Request(msgspec.Struct, frozen=True):
    """One HTTP request. Header names are lower case; `ip` is the socket's peer."""

    method: str
    path: str  # decoded
    raw_path: str  # as sent, for signatures
    query: str
    headers: Mapping[str, str]
    body: bytes
    ip: str
    id: str


class Answer(msgspec.Struct, frozen=True):
    """One HTTP answer, not sent yet."""

    body: bytes
    status: int = 200
    media: str = AMZ_JSON
    headers: Mapping[str, str] = {}


async def read(scope: Scope, receive: Receive, limit: int = BODY_LIMIT) -> Request:
    """The whole request. Raises RequestTooLarge as soon as the body is known to pass `limit` bytes, ClientGone, and
    InvalidParameter where the headers say two things."""
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
    if len(headers) < len(scope["headers"]):
        _of_one_word(scope["headers"], headers)
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > limit:
        raise _too_large(limit)
    client = scope.get("client")
    return Request(
        method=scope["method"],
        path=scope["path"],
        raw_path=scope.get("raw_path", scope["path"].encode()).decode("latin-1"),
        query=scope["query_string"].decode("latin-1"),
        headers=headers,
        body=await _body(receive, limit),
        ip=client[0] if client else "",
        id=uuid_of(time.time_ns() // 1_000_000),
    )


def _of_one_word(lines: Iterable[Line], headers: Mapping[str, str]) -> None:
    """Raises InvalidParameter where what decides a request's meaning is said in two ways: a proxy may have judged the
    one, and the other be answered."""
    for name, value in lines:
        known = name.decode("latin-1").lower()
        if known in DECIDING and headers[known] != value.decode("latin-1"):
            raise InvalidParameter(f"The header {known} was sent more than once.")


def _too_large(limit: int) -> RequestTooLarge:
    return RequestTooLarge(f"The request body is larger than {limit >> 20} MiB.")


async def _body(receive: Receive, limit: int) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise _too_large(limit)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


async def send_answer(
    answer: Answer, request_id: str, send: Send, unread: Receive | None = None, more: Iterable[Line] = ()
) -> None:
    """Send it, with the id under which the log knows it, and with `more` headers.

    Where the body was refused for its size, `unread` takes some of what is still coming, and throws it away: a
    connection that is closed under a client that is still sending takes the answer with it.
    """
    headers = [
        (b"content-type", answer.media.encode()),
        (b"content-length", str(len(answer.body)).encode()),
        (b"x-amzn-requestid", request_id.encode()),
        *more,
    ]
    if answer.headers:
        headers += encoded(answer.headers)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": unread is not None})
    if unread is not None:
        await _discard(unread)
        await send({"type": "http.response.body", "body": b""})


def encoded(headers: Mapping[str, str]) -> list[Line]:
    """Headers as they are sent."""
    return [(name.encode(), _header(value)) for name, value in headers.items()]


async def _discard(receive: Receive) -> None:
    size = 0
    while size < DISCARDED:
        message = await receive()
        size += len(message.get("body", b""))
        if message["type"] == "http.disconnect" or not message.get("more_body", False):
            return


def json(document: object, status: int = 200) -> Answer:
    """A JSON 1.1 answer."""
    return Answer(msgspec.json.encode(document), status)


def refused(refusal: Refusal) -> Answer:
    """The refusal as the JSON 1.1 protocol writes it: `__type` and `message`, and the two headers old SDKs read."""
    body = msgspec.json.encode({"__type": refusal.code, "message": refusal.sentence})
    headers = {"x-amzn-errortype": refusal.code + ":", "x-amzn-errormessage": refusal.sentence, **refusal.headers}
    return Answer(body, refusal.status, headers=headers)


def _header(value: str) -> bytes:
    """A header's bytes: one line, Latin-1, no longer than clients read; what does not fit becomes a question mark."""
    line = " ".join(value[:HEADER_LIMIT].split()).encode("latin-1", "replace")
    return line.translate(_IN_HEADERS)
