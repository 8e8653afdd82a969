"""What happened to users at the door: kept once each, whoever reports it, however often and in whichever order."""

from collections.abc import Callable, Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, bindparam, or_, select, text, update

from keydesk.domain.auth_event import AuthEvent, merged
from keydesk.domain.user import UserKey
from keydesk.store import users
from keydesk.store.tables_around import auth_events

TOLD: Final = 50  # events that a sign-in is held against at most

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(AuthEvent).decode
_ADD: Final = text(
    "INSERT INTO auth_events (pool, id, sub, at, telling, doc) VALUES (:pool, :id, :sub, :at, :telling, :doc)"
    " ON CONFLICT (pool, id) DO NOTHING"
)
_HERE: Final = (auth_events.c.pool == bindparam("of_pool")) & (auth_events.c.id == bindparam("of_id"))
_HELD: Final = select(auth_events.c.doc).where(_HERE).with_for_update()
_CHANGE: Final = update(auth_events).where(_HERE)
_OF_USER: Final = (auth_events.c.pool == bindparam("pool")) & (auth_events.c.sub == bindparam("sub"))
_TELLING: Final = (
    select(auth_events.c.doc).where(_OF_USER, auth_events.c.telling).order_by(auth_events.c.at.desc()).limit(TOLD)
)


def keep(db: Connection, event: AuthEvent) -> None:
    """A report of an event, beside what is known of it already. Its user must be there."""
    if db.execute(_ADD, _row(event)).rowcount != 1:
        change(db, event.pool, event.id, lambda known: merged(known, event))


def append(db: Connection, events: Sequence[AuthEvent]) -> None:
    """Reports in the order of their users, as others keep theirs: no dead-lock. Of a user who is gone nothing is."""
    for event in sorted(events, key=lambda event: (event.pool, event.sub, event.id)):
        if users.stays(db, UserKey(event.pool, event.sub)):
            keep(db, event)


def change(db: Connection, pool: str, id: str, edit: Callable[[AuthEvent], AuthEvent]) -> None:
    """The event as `edit` makes it; nothing where it is gone."""
    here = {"of_pool": pool, "of_id": id}
    doc = db.execute(_HELD, here).scalar_one_or_none()
    if doc is not None:
        row = _row(edit(_decode(doc)))
        db.execute(_CHANGE, {**here, "at": row["at"], "telling": row["telling"], "doc": row["doc"]})


def named(db: Connection, key: UserKey, id: str) -> AuthEvent | None:
    """An event of this user."""
    here = select(auth_events.c.doc).where(_OF_USER, auth_events.c.id == bindparam("id"))
    doc = db.execute(here, {**key._asdict(), "id": id}).scalar_one_or_none()
    return None if doc is None else _decode(doc)


def telling(db: Connection, key: UserKey) -> list[AuthEvent]:
    """The newest events of the user that later sign-ins are held against."""
    return [_decode(doc) for doc in db.execute(_TELLING, key._asdict()).scalars()]


def page(db: Connection, key: UserKey, after: tuple[int, str] | None, count: int) -> list[AuthEvent]:
    """The user's events, the newest first, from the one behind `after` (its time and id)."""
    here = auth_events.c
    rows = select(here.doc).where(here.pool == key.pool, here.sub == key.sub)
    if after is not None:
        rows = rows.where(or_(here.at < after[0], (here.at == after[0]) & (here.id < after[1])))
    rows = rows.order_by(here.at.desc(), here.id.desc()).limit(count)
    return [_decode(doc) for doc in db.execute(rows).scalars()]


def _row(event: AuthEvent) -> dict[str, Any]:
    return {
        "pool": event.pool,
        "id": event.id,
        "sub": event.sub,
        "at": event.at,
        "telling": event.telling,
        "doc": _encode(event),
    }
