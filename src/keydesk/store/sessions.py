"""What users hold after a sign-in. A refresh token is kept as its digest only."""

from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from keydesk.domain.session import Session
from keydesk.domain.user import UserKey
from keydesk.errors import UserNotFound
from keydesk.store import users
from keydesk.store.hot import Hot
from keydesk.store.tables import sessions
from keydesk.store.tables import users as users_table

COLUMNS: Final = tuple(sessions.c[name] for name in Session.__struct_fields__)

_OPEN: Final = insert(sessions)
_OPEN_FOR: Final = Hot(
    insert(sessions).from_select(
        list(COLUMNS),
        select(*(bindparam(column.name, type_=column.type) for column in COLUMNS))
        .where(
            users_table.c.pool == bindparam("pool"),
            users_table.c.sub == bindparam("sub"),
            users_table.c.rev == bindparam("rev"),
        )
        .with_for_update(read=True),  # who changes the user just now is waited for, and who wants to waits for us
    )
)
_BY_ID: Final = select(*COLUMNS).where(sessions.c.pool == bindparam("pool"), sessions.c.id == bindparam("id"))
_BY_REFRESH: Final = select(*COLUMNS).where(
    sessions.c.pool == bindparam("pool"), sessions.c.refresh == bindparam("refresh")
)
_TOUCH: Final = text("UPDATE sessions SET active = :active, ip = :ip, agent = :agent WHERE pool = :pool AND id = :id")
_REVOKE: Final = text("UPDATE sessions SET revoked = true WHERE pool = :pool AND id = :id AND NOT revoked")
_REVOKE_ALL: Final = (
    update(sessions)
    .where(sessions.c.pool == bindparam("in"), sessions.c.sub == bindparam("of"), ~sessions.c.revoked)
    .values(revoked=True)
)


def open(db: Connection, session: Session) -> None:
    """Raises UserNotFound where the user was deleted meanwhile."""
    try:
        db.execute(_OPEN, _row(session))
    except IntegrityError as fault:
        raise UserNotFound from fault


def open_for(db: Connection, session: Session, rev: int) -> bool:
    """Opens it if its user is still there and nobody changed them since `rev` was read; whether it did."""
    return _OPEN_FOR(db, {**_row(session), "rev": rev}) == 1


def by_id(db: Connection, pool: str, id: str) -> Session | None:
    """Expired and revoked ones too, as long as they are kept."""
    row = db.execute(_BY_ID, {"pool": pool, "id": id}).one_or_none()
    return None if row is None else Session(**row._mapping)


def by_refresh(db: Connection, pool: str, digest: bytes) -> Session | None:
    """By the SHA-256 of a refresh token. Expired and revoked ones too, as long as they are kept."""
    row = db.execute(_BY_REFRESH, {"pool": pool, "refresh": digest}).one_or_none()
    return None if row is None else Session(**row._mapping)


def touch(db: Connection, session: Session) -> None:
    """Keeps when and from where it gave tokens last."""
    db.execute(_TOUCH, {name: getattr(session, name) for name in ("pool", "id", "active", "ip", "agent")})


def revoke(db: Connection, pool: str, id: str) -> bool:
    """Ends a session for good. Whether it was alive."""
    return db.execute(_REVOKE, {"pool": pool, "id": id}).rowcount == 1


def revoke_all(db: Connection, key: UserKey, now: int) -> None:
    """Ends every session of the user, also one whose sign-in began before `now` and has not ended yet."""
    user = users.held(db, key)
    if user is None:
        return
    users.change(db, replace(user, signed_out=now))
    db.execute(_REVOKE_ALL, {"in": key.pool, "of": key.sub})


def _row(session: Session) -> dict[str, Any]:
    return {column.name: getattr(session, column.name) for column in COLUMNS}
