"""The verbs of AWS's Runtime API as frames on a socket pair. A worker that strays from them is broken, not argued with.

A frame: four bytes length of the rest, one byte verb, sixteen bytes call token, body. All numbers big-endian.
A call's body: four bytes length of a JSON head (id, deadline, arn, context), the head, the payload.
"""

import struct

import msgspec

NEXT, RESPONSE, ERROR, INIT_ERROR = b"NREI"  # said by a worker
CALL = ord("C")  # said by the server
NO_TOKEN = bytes(16)
PAYLOAD_LIMIT = 6_291_556  # bytes, Lambda's limit of a synchronous response
_PREFIX = 17  # verb and token
_VERBS = frozenset((NEXT, RESPONSE, ERROR, INIT_ERROR))

Frame = tuple[int, bytes, bytes]
"""Verb, call token, body."""


class Broken(Exception):
    """The other side does not speak the protocol."""


class TooLarge(Exception):
    """A response beyond `PAYLOAD_LIMIT`; the argument is its size in bytes."""


class Head(msgspec.Struct, frozen=True):
    """What a worker is told beside the payload."""

    id: str
    deadline: int  # epoch milliseconds
    arn: str
    context: str


_encode = msgspec.json.Encoder().encode


def call(token: bytes, head: Head, payload: bytes) -> bytes:
    """The frame that starts one run."""
    said = _encode(head)
    length = _PREFIX + 4 + len(said) + len(payload)
    return b"".join((struct.pack(">IB16sI", length, CALL, token, len(said)), said, payload))


class Frames:
    """Cuts a byte stream into frames; keeps at most one unfinished frame."""

    __slots__ = ("_rest",)

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, data: bytes) -> list[Frame]:
        """The frames that are complete with these bytes. Raises `Broken` or `TooLarge`."""
        if self._rest:
            self._rest += data
            data = bytes(self._rest) if self._complete() else b""
        frames: list[Frame] = []
        at = 0
        while len(data) - at >= 4:
            end = at + 4 + self._length(data, at)
            if end > len(data):
                break
            if data[at + 4] not in _VERBS:
                raise Broken("unknown verb")
            frames.append((data[at + 4], data[at + 5 : at + 21], data[at + 21 : end]))
            at = end
        if data:
            self._rest = bytearray(data[at:])
        return frames

    def _complete(self) -> bool:
        return len(self._rest) >= 4 and len(self._rest) >= 4 + self._length(self._rest, 0)

    @staticmethod
    def _length(data: bytes | bytearray, at: int) -> int:
        length = int.from_bytes(data[at : at + 4], "big")
        if length < _PREFIX:
            raise Broken("a frame too short")
        if length - _PREFIX > PAYLOAD_LIMIT:
            if len(data) - at >= 5 and data[at + 4] == RESPONSE:
                raise TooLarge(length - _PREFIX)
            if len(data) - at >= 5:
                raise Broken("a frame too long")
        return length
