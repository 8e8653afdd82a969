"""Runs a Python handler in AWS's own runtime client, `awslambdaric`, with a socket pair where Lambda has HTTP.

A script on its own: python_worker.py <handler> <channel descriptor>. See channel.py for the frames.
"""

import json
import os
import socket
import sys
from typing import Any

from awslambdaric import bootstrap  # type: ignore[import-untyped]
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller  # type: ignore[import-untyped]

_NEXT = (17).to_bytes(4, "big") + b"N" + bytes(16)


class Invocation:
    """One call, with the attributes that the bootstrap reads."""

    __slots__ = ("client_context", "deadline_time_in_ms", "event_body", "invoke_id", "invoked_function_arn")
    cognito_identity = tenant_id = x_amzn_trace_id = invocation_id = None
    content_type = "application/json"

    def __init__(self, head: dict[str, Any], payload: bytes) -> None:
        self.invoke_id = head["id"]
        self.deadline_time_in_ms = head["deadline"]
        self.invoked_function_arn = head["arn"]
        self.client_context = head["context"] or None
        self.event_body = payload


class Channel:
    """The runtime client that the bootstrap asks for work. An answer travels together with the next request."""

    marshaller = LambdaMarshaller()

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)
        self._socket.set_inheritable(False)
        self._process = os.getpid()
        self._token = bytes(16)
        self._answer = b""

    def wait_next_invocation(self) -> Invocation:
        self._send(self._answer + _NEXT)
        self._answer = b""
        frame = self._frame()
        self._token = frame[1:17]
        head = 21 + int.from_bytes(frame[17:21], "big")
        return Invocation(json.loads(frame[21:head]), frame[head:])

    def post_invocation_result(
        self, invoke_id: str, result_data: Any, content_type: str = "application/json", invocation_id: Any = None
    ) -> None:
        body = result_data if isinstance(result_data, bytes) else result_data.encode("utf-8", "replace")
        self._answer = self._said(b"R", body)

    def post_invocation_error(
        self, invoke_id: str, error_response_data: str, xray_fault: str, invocation_id: Any = None
    ) -> None:
        self._answer = self._said(b"E", error_response_data.encode("utf-8", "replace"))

    def post_init_error(self, error_response_data: Any, error_type_override: str | None = None) -> None:
        self._send(self._said(b"I", json.dumps(error_response_data).encode()))

    def _said(self, verb: bytes, body: bytes) -> bytes:
        return (17 + len(body)).to_bytes(4, "big") + verb + self._token + body

    def _send(self, data: bytes) -> None:
        if os.getpid() != self._process:
            os._exit(0)  # a fork that came back from the handler must not answer for its parent
        for stream in (sys.__stdout__, sys.__stderr__):
            try:
                stream.flush()  # type: ignore[union-attr]
            except Exception:  # the handler closed or replaced it
                continue
        self._socket.sendall(data)

    def _frame(self) -> bytes:
        data = self._read(65536)
        while len(data) < 4:
            data += self._read(65536)
        length = 4 + int.from_bytes(data[:4], "big")
        if len(data) < length:
            whole = bytearray(data)
            while len(whole) < length:
                whole += self._read(length - len(whole))
            data = bytes(whole)
        return data[4:]

    def _read(self, size: int) -> bytes:
        data = self._socket.recv(size)
        if not data:
            os._exit(0)  # the server is gone, or wants us gone
        return data


def main(handler: str, descriptor: str) -> None:
    root = os.environ["LAMBDA_TASK_ROOT"]
    sys.path[:0] = [root, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]
    sys.argv = [handler]
    bootstrap.run(handler, Channel(int(descriptor)))


if __name__ == "__main__":
    main(*sys.argv[1:])
