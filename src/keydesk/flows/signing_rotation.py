"""Signing keys give way (TK-12): a new one is published before it signs, the old one as long as its tokens live.

What changes is times in the database. Every server goes by them, and looks at them every few seconds.
"""

import asyncio
from typing import Final

import msgspec

from keydesk.crypto.keys import SigningKey
from keydesk.domain import places
from keydesk.flows.call import Desk
from keydesk.flows.keyring import PUBLISHED
from keydesk.store import signing_rotation as stored
from keydesk.store.signing_keys import SigningKeyRow

LEAD: Final = PUBLISHED  # seconds: until then every verifier has read the published keys again


async def forward(desk: Desk, pool: str, *, lead: int = LEAD) -> SigningKeyRow | None:
    """A new key of the pool, which signs in `lead` seconds; None where one waits already, or there is no such pool."""
    key, now = await asyncio.to_thread(SigningKey.generate), desk.clock()
    row = SigningKeyRow(
        kid=key.kid,
        pool=pool,
        private=desk.sealer.seal(key.to_der(), places.signing_key(key.kid), pool),
        public=msgspec.json.encode(key.public()),
        created=now,
        active=now + lead * 1000,
    )
    done = await desk.store.write(stored.forward, row, now)
    desk.keyring.look_again(pool)
    return row if done else None


async def back(desk: Desk, pool: str) -> SigningKeyRow | None:
    """The key that signed before signs again; gives it. None where there is no other than the present one."""
    row = await desk.store.write(stored.back, pool, desk.clock())
    desk.keyring.look_again(pool)
    return row


async def drop(desk: Desk, kid: str) -> str | None:
    """Forget a key that does not sign, at once; gives its pool. None where it signs, or there is none."""
    pool = await desk.store.write(stored.drop, kid, desk.clock())
    if pool:
        desk.keyring.look_again(pool)
    return pool
