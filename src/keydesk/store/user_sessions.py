"""The sessions of one user: those that go on, room for one more, the end of one of them."""

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, bindparam, case, exists, select

from keydesk.domain.session import Session
from keydesk.domain.user import UserKey
from keydesk.store import sessions, users
from keydesk.store.tables import clients
from keydesk.store.tables import sessions as rows

_LIVE: Final[ColumnElement[bool]] = and_(
    rows.c.pool == bindparam("pool"),
    rows.c.sub == bindparam("sub"),
    ~rows.c.revoked,
    rows.c.expires > bindparam("now"),
    rows.c.created > bindparam("signed_out"),
    exists().where(clients.c.id == rows.c.client),  # a session is dead with its client, and stays till it is swept
)
_PAGE: Final = (
    select(*sessions.COLUMNS).where(_LIVE, rows.c.id > bindparam("after")).order_by(rows.c.id).limit(bindparam("count"))
)
_USED: Final = case((rows.c.active > rows.c.created, rows.c.active), else_=rows.c.created)
_BY_USE: Final = select(rows.c.id).where(_LIVE).order_by(_USED.desc(), rows.c.id)
_ONE: Final = select(rows.c.id).where(_LIVE, rows.c.id == bindparam("id"))


def page(db: Connection, key: UserKey, after: str, count: int, now: int) -> list[Session]:
    """Sessions that go on, in the order of their ids, from the one after `after` ("" begins)."""
    user = users.by_key(db, key)
    if user is None:
        return []
    asked: dict[str, Any] = {**key._asdict(), "now": now, "signed_out": user.signed_out, "after": after, "count": count}
    return [Session(**row._mapping) for row in db.execute(_PAGE, asked)]


def make_room(db: Connection, key: UserKey, most: int, now: int) -> None:
    """Ends the sessions used least recently, so that one more makes `most` of them.

    Holds the user until the write ends: of sign-ins at the same time each finds the session of the one before (TK-16).
    """
    user = users.held(db, key)
    if user is None:
        return
    asked = {**key._asdict(), "now": now, "signed_out": user.signed_out}
    for id in db.execute(_BY_USE, asked).scalars().all()[most - 1 :]:
        sessions.revoke(db, key.pool, id)


def end(db: Connection, key: UserKey, id: str, now: int) -> bool:
    """Whether the session was one of the user's that went on, and this ended it."""
    user = users.held(db, key)
    if user is None:
        return False
    asked = {**key._asdict(), "now": now, "signed_out": user.signed_out, "id": id}
    return db.execute(_ONE, asked).first() is not None and sessions.revoke(db, key.pool, id)
