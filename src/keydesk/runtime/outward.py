"""Botocore as it is used here: it signs and knows every error, and what it would send goes out by `reach`."""

import io
from collections.abc import Iterator
from typing import Any, Final

from keydesk.runtime.reach import Reach

SLOW_DOWN: Final = frozenset({"TooManyRequestsException", "ThrottlingException", "Throttling", "RequestLimitExceeded"})
OPTIONS: Final[Any] = {
    "retries": {"total_max_attempts": 1},  # whether to try again is the caller's own question (C-16)
    "ignore_configured_endpoint_urls": True,  # those lead developers' tools here, to this server
}


def send_through(client: Any, reach: Reach) -> None:
    """From now on the client opens no connection; for threads that have a run under way."""
    from botocore.awsrequest import AWSResponse

    def send(request: Any, **_: Any) -> Any:
        """In botocore's place; what is given back is what it would have received."""
        reached = reach.post(request.url, request.body, request.headers)
        headers: Any = reached.headers
        return AWSResponse(request.url, reached.status, headers, _Whole(reached.body))

    client.meta.events.register(f"before-send.{client.meta.service_model.service_id.hyphenize()}", send)


class _Whole(io.BytesIO):
    """A body in memory, as botocore reads one from a connection."""

    def stream(self) -> Iterator[bytes]:
        yield self.read()
