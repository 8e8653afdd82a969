"""How often something may be tried in a window of time. Counted by the database, so on all nodes together."""

from typing import Final

from sqlalchemy import Connection, text

_SPEND: Final = text(
    "INSERT INTO budgets (subject, purpose, spent, since) VALUES (:subject, :purpose, 1, :now)"
    " ON CONFLICT (subject, purpose) DO UPDATE SET"
    " spent = CASE WHEN budgets.since <= :now - :window THEN 1 ELSE budgets.spent + 1 END,"
    " since = CASE WHEN budgets.since <= :now - :window THEN :now ELSE budgets.since END"
    " RETURNING spent"
)
_FORGET: Final = text("DELETE FROM budgets WHERE subject = :subject AND purpose = :purpose")


def spend(db: Connection, subject: str, purpose: str, *, limit: int, window: int, now: int) -> bool:
    """Whether one more try is within `limit` tries in `window` milliseconds, counted from the first.

    The subject is a user's sub, or a keyed digest of a name nobody has. A write that raises gives its tries back.
    """
    row = {"subject": subject, "purpose": purpose, "window": window, "now": now}
    spent: int = db.execute(_SPEND, row).scalar_one()
    return spent <= limit


def forget(db: Connection, subject: str, purpose: str) -> None:
    """The next try is the first again."""
    db.execute(_FORGET, {"subject": subject, "purpose": purpose})
