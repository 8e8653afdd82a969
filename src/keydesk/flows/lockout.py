"""Guessing passwords gets slow: after five failures in a row the user is locked for 1 s, doubling to about 15 minutes.

Guesses at one user's password are judged one after the other on a node, each with the count as it then stands, so many
at once gain nothing (AU-05). The count is a column: it holds over nodes and restarts (AU-06). Where a client must not
learn who exists, names that nobody has are locked in the same way (EN-03).
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.errors import NotAuthorized, Refusal, TooManyRequests, UnexpectedLambda
from keydesk.flows.call import Call
from keydesk.flows.existence import stranger
from keydesk.store import budgets, users

FREE: Final = 5  # wrong passwords that cost nothing
LONGEST: Final = 15 * 60 * 1000  # milliseconds of the longest lock, and of the quiet after which the count starts anew
PURPOSE: Final = "password"  # under which wrong passwords for a name that nobody has are counted
EXCEEDED: Final = "Password attempts exceeded"


class Exceeded(NotAuthorized):
    """Nothing is judged before the lock is over."""

    default = EXCEEDED


# The function, the live pool, or the server could not be asked.
UNJUDGED: Final = (UnexpectedLambda, TooManyRequests, Exceeded)


def locked_until(failures: int, failed: int) -> int:
    """Epoch milliseconds until which a user with so many failures, the last at `failed`, is locked (AU-01)."""
    if failures < FREE:
        return 0
    return failed + min(1000 << min(failures - FREE, 20), LONGEST)


class judging:
    """The user's turn to have a password judged, for `async with`. Raises NotAuthorized while they are locked (AU-02).

    `seen` is `Turns.wrong` from before the user was read; it saves another read where no password was wrong since.
    """

    __slots__ = ("_call", "_seen", "_turn", "_user")

    def __init__(self, user: User, call: Call, seen: int | None = None) -> None:
        self._user = user
        self._call = call
        self._seen = seen
        self._turn = call.desk.turns.of(user.sub)

    async def __aenter__(self) -> None:
        user, call = self._user, self._call
        waited = await self._turn.__aenter__()
        try:
            if waited or self._seen != call.desk.turns.wrong:
                user.failures, user.failed = await call.store.glance(users.failures, user.key)
            _refuse_locked(user.failures, user.failed, call)
        except BaseException:
            self._turn.end()
            raise

    async def __aexit__(self, *fault: object) -> None:
        self._turn.end()


async def failed(user: User, call: Call) -> None:
    """Count one wrong password. After 15 quiet minutes the count starts anew (AU-03)."""
    await call.store.write(users.count_failure, user.key, call.now(), LONGEST)
    call.desk.turns.wrong += 1


@asynccontextmanager
async def judging_nobody(pool: Pool, typed: str, call: Call) -> AsyncIterator[None]:
    """As `judging`, for a name that nobody has: the password said is wrong, and is counted."""
    nobody = stranger(pool, typed, call)
    async with call.desk.turns.of(nobody.sub):
        _refuse_locked(*await call.store.glance(budgets.failures, nobody, PURPOSE), call)
        yield
        await call.store.write(budgets.count_failure, nobody, PURPOSE, call.now(), LONGEST)


@asynccontextmanager
async def judging_elsewhere(pool: Pool, typed: str, call: Call) -> AsyncIterator[None]:
    """As `judging_nobody`, where a function may know whose name it is: what is raised inside is counted.

    Not so UNJUDGED: nobody has said whether the password is right.
    """
    nobody = stranger(pool, typed, call)
    async with call.desk.turns.of(nobody.sub):
        _refuse_locked(*await call.store.glance(budgets.failures, nobody, PURPOSE), call)
        try:
            yield
        except UNJUDGED:
            raise
        except Refusal:
            await call.store.write(budgets.count_failure, nobody, PURPOSE, call.now(), LONGEST)
            raise


def _refuse_locked(failures: int, failed: int, call: Call) -> None:
    """A last failure that lies in the future is a clock set back: no lock outlives that for longer than the longest."""
    now = call.now()
    if failed - LONGEST < now < locked_until(failures, failed):
        raise Exceeded
