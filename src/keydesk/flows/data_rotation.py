"""Data keys give way: new ones seal, what lies sealed is sealed anew, and old ones go when nothing needs them (SE-04).

All of it beside running servers. Whoever is killed in the middle has lost nothing: every value names its key, every key
is there until nothing is sealed under it, and a second run does what is left.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

import structlog

from keydesk.crypto.seal import ROOT, DataKey, SealBroken, Sealer
from keydesk.domain import places
from keydesk.flows.call import Desk
from keydesk.store import data_keys, pools
from keydesk.store import sealed as lying
from keydesk.store.data_keys import Row
from keydesk.store.sealed import SEALED, Change, Sealed

log = structlog.get_logger("keydesk.keys")

AT_ONCE: Final = 200  # rows in one write: others write in between
REST: Final = 86_400_000  # milliseconds that a key rests before it goes: longer than anything is under way


async def begin(desk: Desk, only: Sequence[str] = ()) -> list[str]:
    """New data keys for the server and all pools, or for some pools only; gives whose. From here on they seal."""
    whose = list(only) or [places.SERVER, *(pool.id for pool in await desk.store.read(pools.every))]
    rack = desk.rack
    await rack.refresh()
    for at in range(0, len(whose), AT_ONCE):
        now = desk.clock()
        keys = [DataKey.generate(pool, max(now, rack.sealer.made(pool) + 1)) for pool in whose[at : at + AT_ONCE]]
        await desk.store.write(data_keys.add, [row for key in keys for row in rack.wrapped(key)])
        rack.sealer.learn(keys)
    return whose


async def reseal(desk: Desk) -> Counter[str]:
    """Look at everything that is sealed, and seal anew what is not under the newest key of its pool.

    Gives how much by table, and under `left` how much is left: it changed meanwhile, or cannot be opened.
    """
    done: Counter[str] = Counter()
    for sealed in SEALED:
        last = None
        while rows := await desk.store.read(lying.page, sealed, last, AT_ONCE):
            last = lying.key(sealed, rows[-1])
            changes, broken = await asyncio.to_thread(_anew, rows, sealed, desk.sealer)
            stored = await desk.store.write(lying.swap, sealed, changes) if changes else 0
            done[sealed.column.table.name] += stored
            done["left"] += len(changes) - stored + broken
    return +done


async def retire(desk: Desk) -> int:
    """Delete the data keys that gave way a day ago, when nothing is sealed under any of them; gives how many.

    What is still sealed under one is sealed anew first. The root stays: it makes digests.
    """
    old = _old(await desk.store.read(data_keys.under, desk.rack.kek.id), desk.clock() - REST)
    if not old:
        return 0
    await desk.rack.refresh()
    if (await reseal(desk)).total():
        return 0  # the next time
    await desk.store.write(data_keys.remove, old)
    log.info("data keys retired", count=len(old))
    return len(old)


def _old(keys: Iterable[Row], before: int) -> list[bytes]:
    """Those which another one of the same pool took the place of before that time."""
    found, newer = [], dict[str, int]()
    for key in sorted(keys, key=lambda key: (key.created, key.id), reverse=True):
        if key.id != ROOT and newer.get(key.pool, before) < before:
            found.append(key.id)
        newer[key.pool] = key.created
    return found


def _anew(rows: Sequence[Any], sealed: Sealed, sealer: Sealer) -> tuple[list[Change], int]:
    """What is to be stored, and how many rows hold what cannot be opened."""
    changes, broken = [], 0
    for row in rows:
        fresh: list[bool] = []

        def again(value: bytes, place: str, whose: str = row.whose, fresh: list[bool] = fresh) -> bytes:
            after = sealer.again(value, place, whose)
            fresh.append(after is not value)
            return after

        try:
            after = sealed.renew(row, again)
        except SealBroken:
            broken += 1
            log.error("sealed under a key that is not here", table=sealed.column.table.name, key=lying.key(sealed, row))
            continue
        if any(fresh):
            changes.append(Change(lying.key(sealed, row), getattr(row, sealed.column.name), after))
    return changes, broken
