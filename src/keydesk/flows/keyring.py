"""The pools' signing keys, opened once and kept loaded: reading one costs a hundred signatures."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

from keydesk.crypto.keys import SigningKey
from keydesk.crypto.seal import Sealer
from keydesk.domain import places
from keydesk.errors import ResourceNotFound
from keydesk.store import signing_keys
from keydesk.store.signing_keys import SigningKeyRow
from keydesk.store.store import Store


@dataclass(slots=True)
class Keyring:
    """Keys by pool. A key is made with its pool and never changes hands, so what is loaded stays true."""

    store: Store
    sealer: Sealer
    _loaded: dict[str, dict[str, SigningKey]] = field(default_factory=dict)
    _pools: dict[str, str] = field(default_factory=dict)  # by kid

    async def signing(self, pool: str) -> SigningKey:
        """The key that signs this pool's tokens: the newest."""
        return next(reversed((await self.public(pool)).values()))

    async def public(self, pool: str) -> dict[str, SigningKey]:
        """Every key whose signature counts in this pool, by `kid`, oldest first. Raises ResourceNotFound."""
        if pool not in self._loaded:
            rows = await self.store.read(signing_keys.of_pool, pool)
            if not rows:
                raise ResourceNotFound(f"User pool {pool} does not exist.")
            opened = await asyncio.to_thread(self._opened, rows)
            self._loaded[pool] = {key.kid: key for key in opened}
            self._pools |= dict.fromkeys(self._loaded[pool], pool)
        return self._loaded[pool]

    def _opened(self, rows: Iterable[SigningKeyRow]) -> list[SigningKey]:
        """Tens of milliseconds each: never on the loop."""
        return [SigningKey.from_der(self.sealer.open(row.private, places.signing_key(row.kid))) for row in rows]

    async def pool_of(self, kid: str) -> str | None:
        """The pool whose key has this id."""
        if kid not in self._pools and (pool := await self.store.read(signing_keys.pool_of, kid)):
            self._pools[kid] = pool
        return self._pools.get(kid)

    def forget(self, pool: str) -> None:
        """The pool is gone."""
        for kid in self._loaded.pop(pool, {}):
            self._pools.pop(kid, None)
