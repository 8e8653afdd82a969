"""Refresh tokens that give way to new ones. Of uses at the same time, on any node, one turns the token.

A spent token is good for a retry until its grace is over. After that its use is evidence of theft: the session ends.
"""

from enum import Enum, auto
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select, text

from keydesk.domain.session import Session
from keydesk.store import clients, sessions, sign_ins
from keydesk.store.sign_ins import Held
from keydesk.store.tables import spent_refreshes

_SPENT: Final = select(spent_refreshes.c.session, spent_refreshes.c.until).where(
    spent_refreshes.c.pool == bindparam("pool"), spent_refreshes.c.digest == bindparam("digest")
)
_SPEND: Final = insert(spent_refreshes)
_TURN: Final = text(
    "UPDATE sessions SET refresh = :new, active = :active, ip = :ip, agent = :agent"
    " WHERE pool = :pool AND id = :id AND refresh = :old AND NOT revoked"
)


class Turn(Enum):
    """What the use of a token came to."""

    TURNED = auto()  # the new token counts from here on
    RETRIED = auto()  # another use had turned it already, within the grace
    REUSED = auto()  # it was spent for longer: the session has been ended
    OVER = auto()  # the session had ended before


class Turned(NamedTuple):
    """`refresh` is the digest of the session's token as it stands, where the session goes on."""

    turn: Turn
    refresh: bytes = b""


def spent(db: Connection, client: str, digest: bytes) -> tuple[Held, int] | None:
    """Whose spent token of the client's pool this was, and until when a retry is good (epoch milliseconds)."""
    for pool in clients.pools_of(db, client):
        found = db.execute(_SPENT, {"pool": pool, "digest": digest}).one_or_none()
        held = sign_ins.bearer(db, pool, found[0]) if found else None
        if found and held:
            return held, found[1]
    return None


def turn(db: Connection, old: bytes, changed: Session, *, grace: int, now: int) -> Turned:
    """Put `changed` with its new token in the place of the session that had the token `old` (digests).

    `grace` is in milliseconds. Nothing is raised, because the end of a session must stay.
    """
    names = ("pool", "id", "active", "ip", "agent")
    row = {"old": old, "new": changed.refresh, **{name: getattr(changed, name) for name in names}}
    if db.execute(_TURN, row).rowcount == 1:
        until = now + grace if grace else 0  # two uses at once need not agree on what time it is
        db.execute(_SPEND, {"pool": changed.pool, "digest": old, "session": changed.id, "until": until})
        return Turned(Turn.TURNED, changed.refresh)
    found = db.execute(_SPENT, {"pool": changed.pool, "digest": old}).one_or_none()
    held = sessions.by_id(db, changed.pool, changed.id)
    if found is None or held is None or held.revoked:
        return Turned(Turn.OVER)
    if now < found[1]:
        return Turned(Turn.RETRIED, held.refresh)
    sessions.revoke(db, changed.pool, changed.id)
    return Turned(Turn.REUSED)
