"""Deletes what has expired. Safe on every node at once, at any time: deleting twice is deleting once."""

from typing import Final, NamedTuple

from sqlalchemy import Column, Connection, Table, delete, select, tuple_

from keydesk.store import pools
from keydesk.store.store import Store
from keydesk.store.tables import api_events, budgets, codes, log_events, sessions, waiting

BATCH: Final = 500  # rows in one write: others write in between
DAY: Final = 86_400_000  # milliseconds


class Ages(NamedTuple):
    """How long things are kept after their time, in milliseconds."""

    logs: int
    budgets: int = DAY  # longer than any window


def steps(now: int, ages: Ages) -> tuple[tuple[Table, Column[int], int], ...]:
    """What is deleted: rows of a table whose column is below a time."""
    return (
        (waiting, waiting.c.expires, now),
        (codes, codes.c.expires, now - DAY),  # a late code is told from a wrong one for a while
        (sessions, sessions.c.expires, now),
        (budgets, budgets.c.since, now - ages.budgets),
        (log_events, log_events.c.ingested, now - ages.logs),
        (api_events, api_events.c.at, now - ages.logs),
    )


def batch(db: Connection, table: Table, column: Column[int], before: int) -> int:
    """Deletes up to BATCH rows that are past their time; gives how many."""
    key = tuple(table.primary_key.columns)
    past = select(*key).where(column < before).order_by(column).limit(BATCH)
    return db.execute(delete(table).where(tuple_(*key).in_(past))).rowcount


async def sweep(store: Store, now: int, ages: Ages) -> dict[str, int]:
    """Deletes everything whose time is past, and counts the users of large pools; gives the rows by table."""
    gone: dict[str, int] = {}
    for table, column, before in steps(now, ages):
        while count := await store.write(batch, table, column, before):
            gone[table.name] = gone.get(table.name, 0) + count
            if count < BATCH:
                break
    await store.write(pools.keep_counts, await store.read(pools.count_all))
    return gone
