"""Guessing passwords gets slow: after five failures in a row the user is locked for 1 s, doubling to about 15 minutes.

Guesses at one user's password are judged one after the other on a node, each with the count as it then stands, so many
at once gain nothing (AU-05). The count is a column: it holds over nodes and restarts (AU-06).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from keydesk.domain.user import User
from keydesk.errors import NotAuthorized
from keydesk.flows.call import Call
from keydesk.store import users

FREE: Final = 5  # wrong passwords that cost nothing
LONGEST: Final = 15 * 60 * 1000  # milliseconds of the longest lock, and of the quiet after which the count starts anew
EXCEEDED: Final = "Password attempts exceeded"


def locked_until(failures: int, failed: int) -> int:
    """Epoch milliseconds until which a user with so many failures, the last at `failed`, is locked (AU-01)."""
    if failures < FREE:
        return 0
    return failed + min(1000 << min(failures - FREE, 20), LONGEST)


@asynccontextmanager
async def judging(user: User, call: Call) -> AsyncIterator[None]:
    """The user's turn to have a password judged. Raises NotAuthorized while the user is locked (AU-02)."""
    async with call.desk.turns.of(user.sub) as waited:
        if waited:
            user.failures, user.failed = await call.store.read(users.failures, user.sub)
        if call.now() < locked_until(user.failures, user.failed):
            raise NotAuthorized(EXCEEDED)
        yield


async def failed(user: User, call: Call) -> None:
    """Count one wrong password. After 15 quiet minutes the count starts anew (AU-03)."""
    await call.store.write(users.count_failure, user.sub, call.now(), LONGEST)
