"""User pools. A decoded pool is shared between calls: change a copy (`msgspec.structs.replace`), never the pool."""

from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from keydesk.domain.pool import Pool
from keydesk.errors import ConcurrentModification, InvalidParameter
from keydesk.store import documents, facts, functions, request_limits
from keydesk.store.tables import pools, users

COUNTED: Final = 10_000  # up to here a pool's users are counted each time; beyond, the sweeper's count is told

_NAMED: Final = select(pools.c.doc).where(pools.c.id == bindparam("id"))
_PAGE: Final = (
    select(pools.c.doc)
    .where(pools.c.region == bindparam("region"), pools.c.id > bindparam("after"))
    .order_by(pools.c.id)
    .limit(bindparam("count"))
)
_CHANGE: Final = update(pools).where(pools.c.id == bindparam("of"), pools.c.rev == bindparam("was"))


def named(db: Connection, id: str) -> Pool | None:
    """The pool with the functions that its triggers name, or None."""
    doc = db.execute(_NAMED, {"id": id}).scalar_one_or_none()
    return None if doc is None else whole(db, doc)


def whole(db: Connection, doc: bytes) -> Pool:
    """The pool of a stored document, with the functions that its triggers name."""
    pool = documents.pool(doc)
    arns = documents.trigger_arns(doc)
    return replace(pool, functions=functions.for_arns(db, arns)) if arns else pool


def add(db: Connection, pool: Pool) -> None:
    """Raises InvalidParameter where the id is taken."""
    try:
        db.execute(insert(pools), {"id": pool.id, "region": pool.region, "created": pool.created, **_columns(pool)})
    except IntegrityError as fault:
        raise InvalidParameter(f"User pool {pool.id} already exists.") from fault


def change(db: Connection, pool: Pool) -> Pool:
    """Stores the pool if nobody changed it since `pool.rev` was read; gives it with its new rev.

    Raises ConcurrentModification.
    """
    changed = replace(pool, rev=pool.rev + 1)
    if db.execute(_CHANGE, {"of": pool.id, "was": pool.rev, **_columns(changed)}).rowcount != 1:
        raise ConcurrentModification
    return changed


def remove(db: Connection, id: str) -> bool:
    """With everything in it, and its limits. Whether there was one."""
    request_limits.lift_all(db, id)
    return db.execute(delete(pools).where(pools.c.id == id)).rowcount == 1


def page(db: Connection, region: str, after: str, count: int) -> list[Pool]:
    """Pools of a region in the order of their ids, from the one after `after` ("" begins); without functions."""
    rows = db.execute(_PAGE, {"region": region, "after": after, "count": count})
    return [documents.pool(doc) for doc in rows.scalars()]


def every(db: Connection) -> list[Pool]:
    """All pools of all regions; for the operator's own look, not for a request."""
    return [documents.pool(doc) for doc in db.execute(select(pools.c.doc).order_by(pools.c.id)).scalars()]


def count_users(db: Connection, id: str) -> int:
    """How many users the pool has: exact up to COUNTED, then as last counted (AWS calls it an estimate, too)."""
    some = select(users.c.sub).where(users.c.pool == id).limit(COUNTED).subquery()
    counted: int = db.execute(select(func.count()).select_from(some)).scalar_one()
    if counted < COUNTED:
        return counted
    return max(COUNTED, int(facts.value(db, _count_fact(id)) or 0))


def count_all(db: Connection) -> dict[str, int]:
    """The true number of users of every large pool; costs a walk through an index, so the sweeper does it."""
    ids = db.execute(select(pools.c.id)).scalars().all()
    large = (id for id in ids if count_users(db, id) >= COUNTED)
    true = select(func.count()).select_from(users)
    return {id: db.execute(true.where(users.c.pool == id)).scalar_one() for id in large}


def keep_counts(db: Connection, counts: dict[str, int]) -> None:
    for id, count in counts.items():
        facts.keep(db, _count_fact(id), str(count))


def _count_fact(id: str) -> str:
    return f"users of {id}"


def _columns(pool: Pool) -> dict[str, Any]:
    return {"name": pool.name, "doc": documents.of_pool(pool), "rev": pool.rev, "modified": pool.modified}
