"""Lines, sign-in calls and traces, stored together: one transaction for all that happened in a moment."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from keydesk.domain.trace import Trace
from keydesk.store import api_events, logs, traces


class Batch(NamedTuple):
    """What happened in a moment."""

    lines: Sequence[logs.Line] = ()
    events: Sequence[api_events.ApiEvent] = ()
    traces: Sequence[Trace] = ()


def record(db: Connection, batch: Batch, now: int) -> None:
    """Store all of it. `now` is the time of storing, in epoch milliseconds."""
    logs.append(db, batch.lines, now)
    api_events.append(db, batch.events)
    traces.append(db, batch.traces)
