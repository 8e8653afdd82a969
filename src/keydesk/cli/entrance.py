"""What stands between the socket and the house: it passes requests on, lets houses change places, and says goodbye."""

import asyncio
from collections.abc import MutableMapping
from contextlib import suppress
from typing import Any, Final

from starlette.types import ASGIApp, Receive, Scope, Send

STOPPING: Final = "stopping"  # in the scope's state: this process takes no more requests soon
_CLOSE: Final = (b"connection", b"close")


class _Visited:
    """A door, and how many requests are behind it."""

    def __init__(self, door: ASGIApp) -> None:
        self.door = door
        self.inside = 0
        self.left = asyncio.Event()  # nobody is inside any more

    async def empty(self) -> None:
        while self.inside:
            self.left.clear()
            await self.left.wait()


class Entrance:
    """The ASGI application of one process. Requests that are inside when the house changes end where they began."""

    def __init__(self, door: ASGIApp) -> None:
        self._visited = _Visited(door)
        self.stopping = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.stopping:
            scope.setdefault("state", {})[STOPPING] = True
            send = _last(send)
        visited = self._visited
        visited.inside += 1
        try:
            await visited.door(scope, receive, send)
        finally:
            visited.inside -= 1
            if not visited.inside:
                visited.left.set()

    async def move(self, door: ASGIApp, within: float) -> None:
        """Requests go to this door from now on. Returns when nobody is behind the former one, or after so many seconds:
        who is inside still is let go with the house."""
        before, self._visited = self._visited, _Visited(door)
        with suppress(TimeoutError):
            await asyncio.wait_for(before.empty(), within)


def _last(send: Send) -> Send:
    """Answers that end their connection: the client's next request goes to a server that stays."""

    async def closing(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), _CLOSE]}
        await send(message)

    return closing
