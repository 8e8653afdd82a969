"""Another key-encryption key: the data keys are wrapped under it as well, and later under it alone (SE-04).

Nothing is sealed anew, and servers run on. Until it is finished either key opens everything; what a server adds
meanwhile that knows the former key only is wrapped under the new one by whoever meets it (`Rack`).
"""

import asyncio
from pathlib import Path
from typing import Final

from keydesk.crypto import key_file
from keydesk.crypto.kek import Kek
from keydesk.flows.rack import HeldByService, KeyFile, Rack, before, former
from keydesk.store import data_keys, facts

NEXT: Final = ".next"  # behind the name of a key file: the one that is to take its place
REST: Final = 86_400_000  # milliseconds for which servers may run on that know the former key only


async def in_place(rack: Rack, file: KeyFile, now: int) -> int:
    """A new key in the place of the one in the file; gives how many data keys it wraps. Raises KeyRefused.

    Killed at any moment, the file in its place opens everything, and the next try goes on from there.
    """
    drawn = file.path.with_name(file.path.name + NEXT)
    to = Kek(await asyncio.to_thread(key_file.load_or_make_key, drawn, data_exists=False))
    count = await _under(rack, to, now)
    await asyncio.to_thread(key_file.put_in_place, drawn, file.path)
    await rack.refresh()
    return count


async def to_file(rack: Rack, path: Path, now: int) -> int:
    """Under the key in another file as well; it is made where it is not there. Raises KeyRefused."""
    return await _under(rack, Kek(await asyncio.to_thread(key_file.load_or_make_key, path, data_exists=False)), now)


async def to_service(rack: Rack, keeper: HeldByService, now: int) -> int:
    """Under a key that a service keeps as well. Raises KeyRefused."""
    held = await rack.store.write(facts.claim, keeper.fact, await keeper.made())
    return await _under(rack, await keeper.kek(rack.store, founded=bool(held)), now)


async def finish(rack: Rack) -> int:
    """Under the key of this server alone; gives how many wrappings went. The former key opens nothing any more."""
    await rack.refresh()
    return await rack.store.write(data_keys.unwrap, rack.kek.id)


async def settle(rack: Rack, now: int) -> None:
    """Forget former keys when no server can be left that knows them alone, and nothing is wrapped under them."""
    said = await rack.store.read(facts.value, before(rack.kek))
    if not said or int(said.partition(" ")[0]) >= now - REST:
        return
    if not (await rack.store.read(data_keys.counts)).keys() - {rack.kek.id}:
        for one in (rack.kek, *rack.formers):
            await rack.store.write(facts.forget, before(one))


async def _under(rack: Rack, to: Kek, now: int) -> int:
    await rack.refresh()
    rows = await rack.store.read(data_keys.under, rack.kek.id)
    wrapped = [data_keys.Row(row.id, to.id, row.pool, _again(rack.kek, to, row), row.created) for row in rows]
    if to.id != rack.kek.id:
        await rack.store.write(data_keys.rewrap, wrapped, {before(to): former(to, rack.kek, now)})
    return len(wrapped)


def _again(kek: Kek, to: Kek, row: data_keys.Row) -> bytes:
    return to.wrap(kek.unwrap(row.wrapped, row.id, row.pool), row.id, row.pool)
