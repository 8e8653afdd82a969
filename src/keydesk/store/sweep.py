"""Deletes what has expired. Safe on every node at once, at any time: deleting twice is deleting once."""

from typing import Final, NamedTuple

from sqlalchemy import Column, Connection, delete, select, tuple_

from keydesk.store import api_events, imports, kms_keys, logs, pools, signing_keys, traces
from keydesk.store.store import Store
from keydesk.store.tables import budgets, codes, sessions, waiting
from keydesk.store.tables_around import auth_events

BATCH: Final = 500  # rows in one write: others write in between
DAY: Final = 86_400_000  # milliseconds


class Ages(NamedTuple):
    """How long things are kept after their time, in milliseconds."""

    logs: int  # whole days; a log group's own retention counts more
    auth_events: int = 730 * DAY
    traces: int = 7 * DAY
    trace_bytes: int = 500_000_000  # of all traces together
    budgets: int = DAY  # longer than any window
    sessions: int = DAY  # as long as an access token may last that was made at the very end
    codes: int = DAY  # meanwhile a late code is told from a wrong one


async def sweep(store: Store, now: int, ages: Ages) -> dict[str, int]:
    """Deletes everything whose time is past, and counts the users of large pools; gives the rows gone, by table."""
    gone: dict[str, int] = {}
    expiring: tuple[tuple[Column[int], int], ...] = (
        (waiting.c.expires, now),
        (codes.c.expires, now - ages.codes),
        (sessions.c.expires, now - ages.sessions),
        (budgets.c.since, now - ages.budgets),
        (auth_events.c.at, now - ages.auth_events),
    )
    for column, before in expiring:
        name = column.table.name
        while count := await store.write(expire, column, before, BATCH):
            gone[name] = gone.get(name, 0) + count
    while count := await store.write(logs.expire, now, ages.logs // DAY, BATCH):
        gone["log_events"] = gone.get("log_events", 0) + count
    while count := await store.write(api_events.expire, now - ages.logs, BATCH):
        gone["api_events"] = gone.get("api_events", 0) + count
    while count := await store.write(traces.expire, now - ages.traces, ages.trace_bytes, BATCH):
        gone["traces"] = gone.get("traces", 0) + count
    while count := await store.write(imports.expire, now, BATCH):
        gone["user_imports"] = gone.get("user_imports", 0) + count
    if count := await store.write(signing_keys.remove_spent, now):
        gone["signing_keys"] = count
    if count := await store.write(kms_keys.remove_due, now):
        gone["kms_keys"] = count
    if counts := await store.read(pools.count_all):
        await store.write(pools.keep_counts, counts)
    return gone


def expire(db: Connection, column: Column[int], before: int, limit: int) -> int:
    """Deletes up to `limit` rows whose column says a time before `before`, the earliest first; gives how many."""
    table = column.table
    key = tuple(table.primary_key.columns)
    past = select(*key).where(column < before).order_by(column).limit(limit)
    return db.execute(delete(table).where(tuple_(*key).in_(past))).rowcount
