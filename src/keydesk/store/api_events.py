"""Sign-in calls as CloudTrail's LookupEvents finds them: newest first, a page at a time (T-079)."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, and_, delete, select

from keydesk.crypto.ids import uuid_of
from keydesk.store.hot import HotRows
from keydesk.store.tables import api_events

Place = tuple[int, str]  # epoch milliseconds and id of the last event of the page before


class ApiEvent(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One call. `parameters` hold nothing secret; `username` is set only where such a user is known."""

    id: str
    region: str
    at: int  # epoch milliseconds
    name: str
    request_id: str
    username: str = ""
    access_key: str = ""
    ip: str = ""
    agent: str = ""
    error_code: str = ""
    error: str = ""
    sub: str = ""
    parameters: dict[str, Any] = {}


class Lookup(NamedTuple):
    """Which events: those of a region and time (`start` and `end` included) that have all the values given."""

    region: str
    start: int
    end: int
    id: str | None = None
    name: str | None = None
    username: str | None = None
    access_key: str | None = None


_decoder: Final = msgspec.json.Decoder(ApiEvent)
_encode: Final = msgspec.json.Encoder().encode
_COLUMNS: Final = ("id", "region", "at", "name", "username", "access_key")
_columns: Final = attrgetter(*_COLUMNS)
_ADD: Final = HotRows(api_events, (*_COLUMNS, "doc"))


def append(db: Connection, events: Sequence[ApiEvent]) -> None:
    """Store events."""
    _ADD(db, [(*_columns(event), _encode(event)) for event in events])


def page(db: Connection, lookup: Lookup, after: Place | None, limit: int) -> list[ApiEvent]:
    """The newest events that fit, from the one after `after`."""
    here = api_events.c
    which = [here.region == lookup.region, here.at >= lookup.start, here.at <= lookup.end]
    asked = {"id": lookup.id, "name": lookup.name, "username": lookup.username, "access_key": lookup.access_key}
    which += [here[name] == value for name, value in asked.items() if value is not None]
    if after is not None:
        at, last = after
        which.append(and_(here.at <= at, (here.at < at) | (here.id < last)))
    rows = select(here.doc).where(*which).order_by(here.at.desc(), here.id.desc()).limit(limit)
    return [_decoder.decode(doc) for doc in db.execute(rows).scalars()]


def expire(db: Connection, before: int, limit: int) -> int:
    """Delete up to `limit` events older than `before`. How many went; call it again until it is none."""
    here = api_events.c
    old = select(here.id).where(here.id < uuid_of(before)[:13]).order_by(here.id).limit(limit)  # by the time in the id
    return db.execute(delete(api_events).where(here.id.in_(old.scalar_subquery()))).rowcount
