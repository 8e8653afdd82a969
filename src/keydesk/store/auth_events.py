"""What happened to users at the door: kept once each, whoever reports it, however often and in whichever order."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, or_, select, text, update

from keydesk.domain.auth_event import AuthEvent, merged
from keydesk.store import users
from keydesk.store.tables_around import auth_events

TOLD: Final = 50  # events that a sign-in is held against at most

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(AuthEvent).decode
_ADD: Final = text(
    "INSERT INTO auth_events (id, sub, at, telling, doc) VALUES (:id, :sub, :at, :telling, :doc)"
    " ON CONFLICT (id) DO NOTHING"
)
_HELD: Final = select(auth_events.c.doc).where(auth_events.c.id == bindparam("id")).with_for_update()
_CHANGE: Final = update(auth_events).where(auth_events.c.id == bindparam("of"))
_TELLING: Final = (
    select(auth_events.c.doc)
    .where(auth_events.c.sub == bindparam("sub"), auth_events.c.telling)
    .order_by(auth_events.c.at.desc())
    .limit(TOLD)
)


def keep(db: Connection, event: AuthEvent) -> None:
    """A report of an event, beside what is known of it already. Its user must be there."""
    if db.execute(_ADD, _row(event)).rowcount != 1:
        change(db, event.id, lambda known: merged(known, event))


def append(db: Connection, events: Sequence[AuthEvent]) -> None:
    """Reports in the order of their users, as others keep theirs: no dead-lock. Of a user who is gone nothing is."""
    for event in sorted(events, key=lambda event: (event.sub, event.id)):
        if users.stays(db, event.sub):
            keep(db, event)


def change(db: Connection, id: str, edit: Callable[[AuthEvent], AuthEvent]) -> None:
    """The event as `edit` makes it; nothing where it is gone."""
    doc = db.execute(_HELD, {"id": id}).scalar_one_or_none()
    if doc is not None:
        event = edit(_decode(doc))
        row = _row(event)
        db.execute(_CHANGE, {"of": id, "at": row["at"], "telling": row["telling"], "doc": row["doc"]})


def named(db: Connection, sub: str, id: str) -> AuthEvent | None:
    """An event of this user."""
    here = (auth_events.c.id == id) & (auth_events.c.sub == sub)
    doc = db.execute(select(auth_events.c.doc).where(here)).scalar_one_or_none()
    return None if doc is None else _decode(doc)


def telling(db: Connection, sub: str) -> list[AuthEvent]:
    """The newest events of the user that later sign-ins are held against."""
    return [_decode(doc) for doc in db.execute(_TELLING, {"sub": sub}).scalars()]


def page(db: Connection, sub: str, after: tuple[int, str] | None, count: int) -> list[AuthEvent]:
    """The user's events, the newest first, from the one behind `after` (its time and id)."""
    here = auth_events.c
    rows = select(here.doc).where(here.sub == sub)
    if after is not None:
        rows = rows.where(or_(here.at < after[0], (here.at == after[0]) & (here.id < after[1])))
    rows = rows.order_by(here.at.desc(), here.id.desc()).limit(count)
    return [_decode(doc) for doc in db.execute(rows).scalars()]


def _row(event: AuthEvent) -> dict[str, Any]:
    return {"id": event.id, "sub": event.sub, "at": event.at, "telling": event.telling, "doc": _encode(event)}
