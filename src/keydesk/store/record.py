"""Lines and sign-in calls, stored together: one transaction for all that happened in a moment."""

from collections.abc import Sequence

from sqlalchemy import Connection

from keydesk.store import api_events, logs


def record(db: Connection, lines: Sequence[logs.Line], events: Sequence[api_events.ApiEvent], now: int) -> None:
    """Store both. `now` is the time of storing, in epoch milliseconds."""
    logs.append(db, lines, now)
    api_events.append(db, events)
