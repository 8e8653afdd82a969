"""How often something may be tried in a window of time. Counted by the database, so on all nodes together."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select, text

from keydesk.store.hot import Hot
from keydesk.store.tables import budgets

_SPEND: Final = text(
    "INSERT INTO budgets (subject, purpose, spent, since) VALUES (:subject, :purpose, :count, :now)"
    " ON CONFLICT (subject, purpose) DO UPDATE SET"
    " spent = CASE WHEN budgets.since <= :now - :window THEN :count ELSE budgets.spent + :count END,"
    " since = CASE WHEN budgets.since <= :now - :window THEN :now ELSE budgets.since END"
    " RETURNING spent, since"
)
_COUNT_FAILURE: Final = text(
    "INSERT INTO budgets (subject, purpose, spent, since) VALUES (:subject, :purpose, 1, :now)"
    " ON CONFLICT (subject, purpose) DO UPDATE SET"
    " spent = CASE WHEN budgets.since + :quiet <= :now THEN 1 ELSE budgets.spent + 1 END, since = :now"
)
_FAILURES: Final = Hot(
    select(budgets.c.spent, budgets.c.since).where(
        budgets.c.subject == bindparam("subject"), budgets.c.purpose == bindparam("purpose")
    )
)
_FORGET: Final = text("DELETE FROM budgets WHERE subject = :subject AND purpose = :purpose")


def spend(db: Connection, subject: str, purpose: str, *, limit: int, window: int, now: int) -> bool:
    """Whether one more try is within `limit` tries in `window` milliseconds, counted from the first.

    The subject is a user's sub, or a keyed digest of a name nobody has. A write that raises gives its tries back.
    """
    return take(db, subject, purpose, count=1, limit=limit, window=window, now=now).left == 1


class Taken(NamedTuple):
    """How many tries somebody may make, and when the window ends that they belong to, in epoch milliseconds."""

    left: int
    until: int


def take(db: Connection, subject: str, purpose: str, *, count: int, limit: int, window: int, now: int) -> Taken:
    """So many tries at once out of `limit` in `window` milliseconds, or what is left of them."""
    row = {"subject": subject, "purpose": purpose, "count": count, "window": window, "now": now}
    spent, since = db.execute(_SPEND, row).one()
    return Taken(max(0, min(count, limit - (spent - count))), since + window)


def count_failure(db: Connection, subject: str, purpose: str, now: int, quiet: int) -> None:
    """One more failure in a row, as `users.count_failure` counts them, for a subject that is no user."""
    db.execute(_COUNT_FAILURE, {"subject": subject, "purpose": purpose, "now": now, "quiet": quiet})


def failures(db: Connection, subject: str, purpose: str) -> tuple[int, int]:
    """Failures in a row, and when the last one was; zeros where there was none."""
    found = _FAILURES.rows(db, {"subject": subject, "purpose": purpose})
    return (found[0][0], found[0][1]) if found else (0, 0)


def forget(db: Connection, subject: str, purpose: str) -> None:
    """The next try is the first again."""
    db.execute(_FORGET, {"subject": subject, "purpose": purpose})
