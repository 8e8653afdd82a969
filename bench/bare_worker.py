"""The least that runs a Python handler: AWS's own runtime client, with length-prefixed messages on a socket pair.

A script on its own: bare_worker.py <descriptor>. No limits, no output kept, no identity of calls.
"""

import json
import socket
import sys
from types import SimpleNamespace
from typing import Any

from awslambdaric import bootstrap  # type: ignore[import-untyped]
from awslambdaric.lambda_runtime_marshaller import LambdaMarshaller  # type: ignore[import-untyped]


class Channel:
    """What the bootstrap asks for work and gives answers to."""

    marshaller = LambdaMarshaller()

    def __init__(self, descriptor: int) -> None:
        self._socket = socket.socket(fileno=descriptor)

    def wait_next_invocation(self) -> SimpleNamespace:
        message = self._socket.recv(65536)
        if not message:
            sys.exit(0)
        return SimpleNamespace(
            invoke_id="1",
            deadline_time_in_ms=1 << 42,
            invoked_function_arn="arn",
            client_context=None,
            cognito_identity=None,
            tenant_id=None,
            x_amzn_trace_id=None,
            invocation_id=None,
            content_type="application/json",
            event_body=message[4:],
        )

    def post_invocation_result(self, invoke_id: str, result_data: Any, *_: Any, **__: Any) -> None:
        body = result_data if isinstance(result_data, bytes) else result_data.encode()
        self._socket.sendall(len(body).to_bytes(4, "big") + body)

    def post_invocation_error(self, invoke_id: str, error_response_data: str, *_: Any, **__: Any) -> None:
        raise SystemExit(json.dumps(error_response_data))

    post_init_error = post_invocation_error


if __name__ == "__main__":
    bootstrap.run("bench.bare_worker.echo", Channel(int(sys.argv[1])))


def echo(event: Any, context: Any) -> Any:
    """The handler."""
    return event
