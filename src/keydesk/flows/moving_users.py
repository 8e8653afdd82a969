"""Users and memberships of a live pool become those of the pool here, page by page. Run again, it goes on."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import TypeVar

from keydesk.domain import live_user
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.errors import AliasExists, ConcurrentModification, UsernameExists
from keydesk.flows.call import Desk
from keydesk.runtime.live_api import LiveApi
from keydesk.store import arrivals
from keydesk.store.arrivals import Became

T = TypeVar("T")


async def move(desk: Desk, api: LiveApi, pool: Pool) -> AsyncIterator[tuple[list[Became], int]]:
    """Every user; gives of each page what became of them, and how many have an authenticator app. Raises LiveFault."""
    asked = pool.settings.mfa_configuration in ("ON", "OPTIONAL")
    async for page in pages(api.users(factors=asked)):
        now = desk.clock()
        people = [live_user.arrived(one, pool, now) for one in page]
        yield await _settled(desk, pool, people), sum(one.has_app for one in page)


async def join(desk: Desk, api: LiveApi, pool: Pool, group: str) -> int:
    """Who is in the group there is in it here; gives how many are. Raises LiveFault."""
    staying: set[str] = set()
    async for subs in pages(api.members(group)):
        await desk.store.write(arrivals.join, pool.id, group, subs, desk.clock())
        staying.update(subs)
    await desk.store.write(arrivals.leave, pool, group, staying)
    return len(staying)


async def left(desk: Desk, pool: Pool) -> AsyncIterator[User]:
    """Who has no password here, in the order of their names."""
    after: str | None = ""
    while after is not None:
        found, after = await desk.store.read(arrivals.without_password, pool.id, after)
        for one in found:
            yield one


async def pages(told: Iterator[T]) -> AsyncIterator[T]:
    """What an iterator that blocks gives."""
    end = object()
    while (one := await asyncio.to_thread(next, told, end)) is not end:
        yield one  # type: ignore[misc]


async def _settled(desk: Desk, pool: Pool, people: list[User]) -> list[Became]:
    """Where somebody takes a name at this very moment it is looked at once more."""
    try:
        return await desk.store.write(arrivals.settle, pool, people)
    except (ConcurrentModification, AliasExists, UsernameExists):
        return await desk.store.write(arrivals.settle, pool, people)
