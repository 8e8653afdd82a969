"""How many requests a second are let through: of a region, or of one pool. What is not here is not limited."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, select, text

from keydesk.domain.user import UserKey
from keydesk.store import budgets
from keydesk.store.tables_around import provisioned_limits as limits

SECOND: Final = 1000  # milliseconds


class Scope(NamedTuple):
    """What is limited: requests of a category, to a region, or to one pool of it (else "")."""

    region: str
    pool: str
    category: str


class Batch(NamedTuple):
    """Up to `size` requests out of the `limit` of a second (of the epoch)."""

    second: int
    size: int
    limit: int


_ALL: Final = select(limits.c.region, limits.c.pool, limits.c.category, limits.c.value)
_KEEP: Final = text(
    "INSERT INTO provisioned_limits (region, pool, category, value) VALUES (:region, :pool, :category, :value)"
    " ON CONFLICT (region, pool, category) DO UPDATE SET value = :value"
)


def every(db: Connection) -> dict[Scope, int]:
    return {Scope(*scope): value for *scope, value in db.execute(_ALL)}


def keep(db: Connection, scope: Scope, value: int) -> None:
    db.execute(_KEEP, {**scope._asdict(), "value": value})


def lift(db: Connection, scope: Scope) -> None:
    """Once is enough."""
    here = (limits.c.region == scope.region) & (limits.c.pool == scope.pool) & (limits.c.category == scope.category)
    db.execute(delete(limits).where(here))


def lift_all(db: Connection, pool: str) -> None:
    """Those of one pool."""
    db.execute(delete(limits).where(limits.c.pool == pool))


def take(db: Connection, scope: Scope, batch: Batch) -> int:
    """Take a batch, counted over all nodes; gives how many there were to take."""
    whose, now = UserKey(scope.pool, f"limit {scope.region} {scope.pool}"), batch.second * SECOND
    said = {"count": batch.size, "limit": batch.limit, "window": SECOND, "now": now}
    return budgets.take(db, whose, scope.category, **said).left
