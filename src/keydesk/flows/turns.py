"""Taking turns at one thing on this node, without a lock for every thing there is."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Turns:
    """Whose password is being judged on this node right now, and how many wait for it.

    `wrong` counts the wrong passwords since the start: where it has moved, what was read of a user before may be old.
    """

    wrong: int = 0
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    _wanted: dict[str, int] = field(default_factory=dict)

    @asynccontextmanager
    async def of(self, sub: str) -> AsyncIterator[bool]:
        """Take turns at one user. Gives whether it had to wait: then what was read before is old."""
        lock = self._locks.setdefault(sub, asyncio.Lock())
        waited = lock.locked()
        self._wanted[sub] = self._wanted.get(sub, 0) + 1
        try:
            async with lock:
                yield waited
        finally:
            self._wanted[sub] -= 1
            if not self._wanted[sub]:
                del self._wanted[sub], self._locks[sub]
