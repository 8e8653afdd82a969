"""How often something may be tried in a window of time. Counted by the database, so on all nodes together.

Whose tries they are is a user's key, or looks like one: of a keyed digest of a name that nobody in the pool has, or of
what is counted for the whole server, whose pool is empty.
"""

from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select, text

from keydesk.domain.user import UserKey
from keydesk.store.hot import Hot
from keydesk.store.tables import budgets

_SPEND: Final = text(
    "INSERT INTO budgets (pool, subject, purpose, spent, since) VALUES (:pool, :sub, :purpose, :count, :now)"
    " ON CONFLICT (pool, subject, purpose) DO UPDATE SET"
    " spent = CASE WHEN budgets.since <= :now - :window THEN :count ELSE budgets.spent + :count END,"
    " since = CASE WHEN budgets.since <= :now - :window THEN :now ELSE budgets.since END"
    " RETURNING spent, since"
)
_COUNT_FAILURE: Final = text(
    "INSERT INTO budgets (pool, subject, purpose, spent, since) VALUES (:pool, :sub, :purpose, 1, :now)"
    " ON CONFLICT (pool, subject, purpose) DO UPDATE SET"
    " spent = CASE WHEN budgets.since + :quiet <= :now THEN 1 ELSE budgets.spent + 1 END, since = :now"
)
_FAILURES: Final = Hot(
    select(budgets.c.spent, budgets.c.since).where(
        budgets.c.pool == bindparam("pool"),
        budgets.c.subject == bindparam("sub"),
        budgets.c.purpose == bindparam("purpose"),
    )
)
_FORGET: Final = text("DELETE FROM budgets WHERE pool = :pool AND subject = :sub AND purpose = :purpose")


def spend(db: Connection, whose: UserKey, purpose: str, *, limit: int, window: int, now: int) -> bool:
    """Whether one more try is within `limit` tries in `window` milliseconds, counted from the first.

    A write that raises gives its tries back.
    """
    return take(db, whose, purpose, count=1, limit=limit, window=window, now=now).left == 1


class Taken(NamedTuple):
    """How many tries somebody may make, and when the window ends that they belong to, in epoch milliseconds."""

    left: int
    until: int


def take(db: Connection, whose: UserKey, purpose: str, *, count: int, limit: int, window: int, now: int) -> Taken:
    """So many tries at once out of `limit` in `window` milliseconds, or what is left of them."""
    row = {**whose._asdict(), "purpose": purpose, "count": count, "window": window, "now": now}
    spent, since = db.execute(_SPEND, row).one()
    return Taken(max(0, min(count, limit - (spent - count))), since + window)


def count_failure(db: Connection, whose: UserKey, purpose: str, now: int, quiet: int) -> None:
    """One more failure in a row, as `users.count_failure` counts them, for a subject that is no user."""
    db.execute(_COUNT_FAILURE, {**whose._asdict(), "purpose": purpose, "now": now, "quiet": quiet})


def failures(db: Connection, whose: UserKey, purpose: str) -> tuple[int, int]:
    """Failures in a row, and when the last one was; zeros where there was none."""
    found = _FAILURES.rows(db, {**whose._asdict(), "purpose": purpose})
    return (found[0][0], found[0][1]) if found else (0, 0)


def forget(db: Connection, whose: UserKey, purpose: str) -> None:
    """The next try is the first again."""
    db.execute(_FORGET, {**whose._asdict(), "purpose": purpose})
