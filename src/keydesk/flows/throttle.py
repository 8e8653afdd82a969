"""Requests are let through as fast as somebody has said, and no faster (RQ-14). Nobody has: then this costs nothing.

A second's requests are counted in the database, so that a limit holds over all nodes; each node takes them from there
in blocks, and when there are none left, refuses by itself until the second is over.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import structlog

from keydesk.crypto import jwt
from keydesk.domain.request_limit import ANSWERS, ANSWERS_FOR_ONE, AUTHENTICATION, category_of
from keydesk.errors import Refusal, TooManyRequests
from keydesk.store import clients, request_limits
from keydesk.store.request_limits import Batch, Scope
from keydesk.store.store import Store

log = structlog.get_logger("keydesk.limits")

REFRESH: Final = 5.0  # seconds after which every node knows of a new limit
BLOCKS: Final = 20  # in which a second's requests are taken, about, at most


@dataclass(slots=True)
class Bucket:
    """What this node may still let through in a second."""

    second: int = -1
    left: int = 0
    dry: bool = False  # the database has none left
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    def take(self, second: int) -> bool | None:
        """Whether one more is let through; None where only the database knows."""
        if self.second != second or not (self.left or self.dry):
            return None
        self.left -= not self.dry
        return not self.dry


class Throttle:
    """One for each server."""

    def __init__(self, store: Store, clock: Callable[[], int]) -> None:
        """`clock` gives epoch milliseconds."""
        self._store = store
        self._clock = clock
        self._limits: Mapping[Scope, int] = {}
        self._buckets: dict[Scope, Bucket] = {}
        self._looking = asyncio.Lock()

    async def refresh(self) -> None:
        """Look what is limited now. One look ends before the next begins, so that the latest has the last word."""
        async with self._looking:
            self._limits = await self._store.read(request_limits.every)

    async def run(self) -> None:
        """Look again and again. Where that fails the limits stay as they were."""
        while True:
            try:
                await self.refresh()
            except Refusal as refusal:
                log.warning("limits not read", why=refusal.code, detail=refusal.detail)
            await asyncio.sleep(REFRESH)

    async def admit(self, operation: str, members: Mapping[str, Any], region: str) -> None:
        """Raises TooManyRequests where a limit of the request's pool, or of its region, is reached.

        `region` is the caller's, or the server's own where nobody signed; a pool's own counts more.
        """
        if not self._limits:
            return
        category = category_of(operation, members)
        pool = await self._pool(members)
        region = pool.rpartition("_")[0] or region
        for scope in dict.fromkeys((Scope(region, pool, category), Scope(region, "", category))):
            limit = self._limits.get(scope)
            if limit is not None and not await self._admitted(scope, limit, operation):
                raise TooManyRequests

    async def _admitted(self, scope: Scope, limit: int, operation: str) -> bool:
        """Answers to challenges have a rate of their own first."""
        if operation in ANSWERS and scope.category == AUTHENTICATION:
            answers = scope._replace(category=f"{AUTHENTICATION} answers")
            if await self._taken(answers, limit * ANSWERS_FOR_ONE):
                return True
        return await self._taken(scope, limit)

    async def _taken(self, scope: Scope, limit: int) -> bool:
        bucket = self._buckets.setdefault(scope, Bucket())
        second = self._clock() // 1000
        if (taken := bucket.take(second)) is not None:
            return taken
        async with bucket.turn:
            if (taken := bucket.take(second)) is not None:
                return taken
            block = -(-limit // BLOCKS)
            found = await self._store.write(request_limits.take, scope, Batch(second, block, limit))
            bucket.second, bucket.left, bucket.dry = second, found, not found
        return bool(bucket.take(second))

    async def _pool(self, members: Mapping[str, Any]) -> str:
        """The pool's id, as the request says it; "" where it names none. Nothing of it is proved yet."""
        if said := members.get("UserPoolId"):
            return str(said)
        if arn := members.get("ResourceArn"):
            return str(arn).rpartition("/")[2]
        client = members.get("ClientId") or _client(members.get("AccessToken"))
        if not client:
            return ""
        return clients.seen(client) or await self._store.glance(clients.pool_of, client)


def _client(token: str | None) -> str:
    try:
        return jwt.unverified(token).client if token else ""
    except jwt.TokenRefused:
        return ""
