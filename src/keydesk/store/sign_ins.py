"""What a user's request begins with, in one read: the client, its pool, the user, and the session if there is one."""

from typing import Any, Final, NamedTuple

from msgspec.structs import replace
from sqlalchemy import ColumnElement, Connection, bindparam, select

from keydesk.domain.auth_event import AuthEvent
from keydesk.domain.client import Client
from keydesk.domain.names import typed
from keydesk.domain.pool import Pool
from keydesk.domain.session import Session
from keydesk.domain.user import User
from keydesk.errors import NotAuthorized, UserDisabled, UserNotFound
from keydesk.store import auth_events, clients, documents, pools, sessions, user_sessions, users
from keydesk.store.hot import Hot
from keydesk.store.tables import clients as client_rows
from keydesk.store.tables import pools as pool_rows
from keydesk.store.tables import sessions as session_rows
from keydesk.store.tables import users as user_rows

_START: Final = Hot(
    select(client_rows.c.doc, pool_rows.c.doc)
    .join(pool_rows, pool_rows.c.id == client_rows.c.pool)
    .where(client_rows.c.id == bindparam("client"))
)


class Held(NamedTuple):
    """A session and everything it belongs to."""

    session: Session
    client: Client
    pool: Pool
    user: User


def start(db: Connection, client: str, name: str) -> tuple[Client, Pool, User | None] | None:
    """The client, its pool, and the user whom the typed name leads to; None where there is no such client."""
    found = _START.rows(db, {"client": client})
    if not found:
        return None
    client_doc, pool_doc = found[0]
    its_client, pool = documents.client(client_doc), pools.whole(db, pool_doc)
    return its_client, pool, named(db, pool, name)


def named(db: Connection, pool: Pool, name: str) -> User | None:
    """The user whom a name leads to, as somebody types it: a user name, or what stands in for one."""
    for folded in dict.fromkeys(folded for _, folded in typed(name, pool)):  # mostly a single one
        user = users.called(db, pool.id, folded)
        if user is not None:
            return user
    return None


def bearer(db: Connection, pool: str, id: str) -> Held | None:
    """By the session's id; revoked, expired and disabled are for the caller to see."""
    return _held(db, _BEARER, {"pool": pool, "id": id})


def refresh(db: Connection, client: str, digest: bytes) -> Held | None:
    """By the digest of a refresh token of the client's pool.

    Whose client's it is, and revoked, expired and disabled, are for the caller to see.
    """
    found = (_held(db, _REFRESH, {"pool": pool, "refresh": digest}) for pool in clients.pools_of(db, client))
    return next(filter(None, found), None)


def finish(
    db: Connection,
    session: Session,
    judged: User,
    *,
    credential: bytes,
    now: int,
    most: int = 0,
    event: AuthEvent | None = None,
) -> None:
    """The one write that ends a sign-in: the session; failures forgotten; a credential of the wanted kind, if any.

    With them the `event` that threat protection keeps, where it does.

    `judged` is the user as the steps saw it. The credential is stored only while nothing of the user has changed: a
    password that was set meanwhile stays. Who was disabled, signed out or reset while a function ran gets no session
    (TK-07, TK-08). `most` is how many sessions a user may have at a time, 0 any number. Raises UserNotFound,
    NotAuthorized.
    """
    if judged.failures:
        users.forget_failures(db, session.user)
    if credential:
        user = users.held(db, session.user)
        if user is not None and user.rev == judged.rev:
            users.change(db, replace(user, credential=credential, modified=now))
    if most:
        user_sessions.make_room(db, session.user, most, now)
    if not sessions.open_for(db, session, judged.rev):
        _check_welcome(users.steady(db, session.user), judged)
        sessions.open(db, session)
    if event is not None:
        auth_events.keep(db, event)


def _check_welcome(user: User | None, judged: User) -> None:
    """Whether a user who was changed meanwhile may have the session all the same."""
    if user is None:
        raise UserNotFound
    if not user.enabled:
        raise UserDisabled
    if (user.status, user.signed_out) != (judged.status, judged.signed_out):
        raise NotAuthorized


def _by(condition: ColumnElement[bool]) -> Hot:
    return Hot(
        select(
            *users.COLUMNS,
            *(column.label(f"session_{column.name}") for column in sessions.COLUMNS),
            client_rows.c.doc.label("client_doc"),
            pool_rows.c.doc.label("pool_doc"),
        )
        .select_from(
            users.JOINED.join(
                session_rows, (session_rows.c.pool == user_rows.c.pool) & (session_rows.c.sub == user_rows.c.sub)
            )
        )
        .join(client_rows, (client_rows.c.pool == session_rows.c.pool) & (client_rows.c.id == session_rows.c.client))
        .join(pool_rows, pool_rows.c.id == session_rows.c.pool)
        .where(session_rows.c.pool == bindparam("pool"), condition)
    )


_BEARER: Final = _by(session_rows.c.id == bindparam("id"))
_REFRESH: Final = _by(session_rows.c.refresh == bindparam("refresh"))


def _held(db: Connection, statement: Hot, of: dict[str, Any]) -> Held | None:
    rows = statement.rows(db, of)
    if not rows:
        return None
    *session, client_doc, pool_doc = rows[0][len(users.COLUMNS) :]
    return Held(
        Session(**dict(zip(Session.__struct_fields__, session, strict=True))),
        documents.client(client_doc),
        pools.whole(db, pool_doc),
        users.of_rows(rows),
    )
