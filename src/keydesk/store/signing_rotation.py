"""Transactions in the life of a pool's signing keys: one gives way to another, forwards or back."""

from typing import Final

from sqlalchemy import Connection

from keydesk.store import signing_keys
from keydesk.store.signing_keys import SigningKeyRow, signing

LIFE: Final = 86_400_000 + 300_000  # milliseconds: the longest that a token may live, and five minutes for clocks


def forward(db: Connection, new: SigningKeyRow, now: int) -> bool:
    """Publish the new key, which signs from its time on; the others end when the tokens of before have.

    False where another one waits for its time already, or the pool is gone.
    """
    rows = signing_keys.held(db, new.pool)
    if not rows or any(row.active > now for row in rows):
        return False
    signing_keys.add(db, new)
    for row in rows:
        if not row.until:
            signing_keys.time(db, row._replace(until=new.active + LIFE))
    return True


def back(db: Connection, pool: str, now: int) -> SigningKeyRow | None:
    """The key that signed before signs again, at once: it is published still. One that has not signed yet goes.

    Gives the key that signs from here on; None where there is no other than the present one.
    """
    rows = signing_keys.held(db, pool)
    if not rows:
        return None
    present = signing(rows, now)
    if early := [row for row in rows if row.active > now]:
        for row in early:
            signing_keys.remove(db, row.kid)
        signing_keys.time(db, present._replace(until=0))
        return present
    others = [row for row in rows if row.kid != present.kid and row.published(now)]
    if not others:
        return None
    former = signing(others, now)._replace(active=max(now, present.active + 1), until=0)
    signing_keys.time(db, former)
    signing_keys.time(db, present._replace(until=now + LIFE))
    return former


def drop(db: Connection, kid: str, now: int) -> str | None:
    """Delete a key that does not sign: its tokens die. Gives its pool; None for the key that signs, or none at all."""
    pool = signing_keys.pool_of(db, kid)
    if pool is None or signing(signing_keys.held(db, pool), now).kid == kid:
        return None
    signing_keys.remove(db, kid)
    return pool
