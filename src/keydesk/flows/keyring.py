"""The pools' signing keys, opened once and kept loaded: reading one costs a hundred signatures."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

import structlog

from keydesk.crypto.keys import SigningKey
from keydesk.crypto.seal import Sealer
from keydesk.domain import places
from keydesk.errors import ResourceNotFound, ServiceUnavailable
from keydesk.store import signing_keys
from keydesk.store.signing_keys import SigningKeyRow
from keydesk.store.store import Store

log = structlog.get_logger("keydesk.keys")

PUBLISHED: Final = 3600  # seconds that a verifier may keep the published keys
FRESH: Final = 10_000  # milliseconds in which a pool's keys are not looked for again


@dataclass(slots=True)
class Ring:
    """A pool's keys as they were read, oldest first."""

    rows: list[SigningKeyRow]
    keys: dict[str, SigningKey]  # by kid
    read: int  # epoch milliseconds


@dataclass(slots=True)
class Keyring:
    """Keys by pool. Other servers may rotate them at any time: what is loaded is looked at again after a moment."""

    store: Store
    sealer: Sealer
    clock: Callable[[], int]  # epoch milliseconds
    _rings: dict[str, Ring] = field(default_factory=dict)
    _pools: dict[str, str] = field(default_factory=dict)  # by kid

    async def signing(self, pool: str) -> SigningKey:
        """The key that signs this pool's tokens now. Raises ResourceNotFound."""
        ring = await self._ring(pool)
        return ring.keys[signing_keys.signing(ring.rows, self.clock()).kid]

    async def public(self, pool: str) -> dict[str, SigningKey]:
        """Every key whose signature counts in this pool, by `kid`, oldest first. Raises ResourceNotFound."""
        ring = await self._ring(pool)
        if len(ring.rows) == 1:
            return ring.keys
        now = self.clock()
        return {row.kid: ring.keys[row.kid] for row in ring.rows if row.published(now)}

    async def pool_of(self, kid: str) -> str | None:
        """The pool whose key has this id."""
        if kid not in self._pools and (pool := await self.store.read(signing_keys.pool_of, kid)):
            self._pools[kid] = pool
            self.look_again(pool)
        return self._pools.get(kid)

    def look_again(self, pool: str) -> None:
        """The pool's keys are others now."""
        if pool in self._rings:
            self._rings[pool].read = 0

    def forget(self, pool: str) -> None:
        """The pool is gone."""
        if ring := self._rings.pop(pool, None):
            for kid in ring.keys:
                self._pools.pop(kid, None)

    async def _ring(self, pool: str) -> Ring:
        ring, now = self._rings.get(pool), self.clock()
        if ring is None:
            return await self._read(pool, Ring([], {}, now))
        if abs(now - ring.read) < FRESH:
            return ring
        ring.read = now  # others go on with what there is
        try:
            return await self._read(pool, ring)
        except ServiceUnavailable:
            return ring

    async def _read(self, pool: str, known: Ring) -> Ring:
        rows = await self.store.glance(signing_keys.of_pool, pool)
        if not rows:
            self.forget(pool)
            raise ResourceNotFound(f"User pool {pool} does not exist.")
        keys = dict(known.keys)
        if fresh := [row for row in rows if row.kid not in keys]:
            keys |= await asyncio.to_thread(self._opened, fresh)
        ring = self._rings[pool] = Ring(rows, {row.kid: keys[row.kid] for row in rows}, known.read)
        self._pools |= dict.fromkeys(ring.keys, pool)
        return ring

    def _opened(self, rows: Iterable[SigningKeyRow]) -> dict[str, SigningKey]:
        """The seal's key may be a service away: never on the loop."""
        return {
            row.kid: SigningKey.from_der(self.sealer.open(row.private, places.signing_key(row.kid))) for row in rows
        }
