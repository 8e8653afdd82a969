"""Lines, sign-in calls, traces and events of users, stored together: one transaction for all of a moment."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection

from keydesk.domain.auth_event import AuthEvent
from keydesk.domain.trace import Trace
from keydesk.store import api_events, auth_events, logs, traces


class Batch(NamedTuple):
    """What happened in a moment."""

    lines: Sequence[logs.Line] = ()
    events: Sequence[api_events.ApiEvent] = ()
    traces: Sequence[Trace] = ()
    auth_events: Sequence[AuthEvent] = ()


def record(db: Connection, batch: Batch, now: int) -> None:
    """Store all of it. `now` is the time of storing, in epoch milliseconds."""
    logs.append(db, batch.lines, now)
    api_events.append(db, batch.events)
    traces.append(db, batch.traces)
    auth_events.append(db, batch.auth_events)
