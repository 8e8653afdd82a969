"""Groups of a pool's users, and who is in them."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from keydesk.domain.group import Group
from keydesk.domain.user import User, UserKey
from keydesk.errors import GroupExists, ResourceNotFound
from keydesk.store import documents
from keydesk.store.faults import lacks_parent
from keydesk.store.tables import groups, memberships, users

_HERE: Final = (groups.c.pool == bindparam("pool")) & (groups.c.name == bindparam("group"))
_NAMED: Final = select(groups.c.doc).where(_HERE)
_PAGE: Final = (
    select(groups.c.doc)
    .where(groups.c.pool == bindparam("pool"), groups.c.name > bindparam("after"))
    .order_by(groups.c.name)
    .limit(bindparam("count"))
)
_OF_USER: Final = (
    select(groups.c.doc)
    .join(memberships, (memberships.c.pool == groups.c.pool) & (memberships.c.group == groups.c.name))
    .where(
        memberships.c.pool == bindparam("pool"),
        memberships.c.sub == bindparam("sub"),
        groups.c.name > bindparam("after"),
    )
    .order_by(memberships.c.group)
    .limit(bindparam("count"))
)
_PARTS: Final = ("doc", "status", "enabled", "rev", "failures", "failed", "created", "modified", "username")
_MEMBERS: Final = (
    select(*(users.c[part] for part in _PARTS))
    .join(memberships, (memberships.c.pool == users.c.pool) & (memberships.c.sub == users.c.sub))
    .where(memberships.c.pool == bindparam("pool"), memberships.c.group == bindparam("group"))
    .where(memberships.c.username > bindparam("after"))
    .order_by(memberships.c.username)
    .limit(bindparam("count"))
)
_JOIN: Final = text(
    'INSERT INTO memberships (pool, "group", username, sub, created)'
    " SELECT pool, :group, username, sub, :now FROM users WHERE pool = :pool AND sub = :sub"
    ' ON CONFLICT (pool, "group", username) DO NOTHING'
)
_LEAVE: Final = delete(memberships).where(
    memberships.c.pool == bindparam("pool"),
    memberships.c.sub == bindparam("sub"),
    memberships.c.group == bindparam("of_group"),
)


class Members(NamedTuple):
    """`users` come without groups. `after` begins the next page; None where nothing follows."""

    users: list[User]
    after: str | None


def named(db: Connection, pool: str, group: str) -> Group | None:
    doc = db.execute(_NAMED, {"pool": pool, "group": group}).scalar_one_or_none()
    return None if doc is None else documents.group(doc)


def add(db: Connection, group: Group) -> None:
    """Raises GroupExists, or ResourceNotFound where the pool is gone."""
    row = {"pool": group.pool, "name": group.name, "created": group.created, **_columns(group)}
    try:
        db.execute(insert(groups), row)
    except IntegrityError as fault:
        if lacks_parent(fault):
            raise ResourceNotFound(f"User pool {group.pool} does not exist.") from fault
        raise GroupExists from fault


def change(db: Connection, group: Group) -> bool:
    """Stores the group; the last one wins. Whether it is there."""
    here = (groups.c.pool == group.pool) & (groups.c.name == group.name)
    return db.execute(update(groups).where(here).values(**_columns(group))).rowcount == 1


def remove(db: Connection, pool: str, group: str) -> bool:
    """Its members stay users. Whether there was one."""
    return db.execute(delete(groups).where(_HERE), {"pool": pool, "group": group}).rowcount == 1


def page(db: Connection, pool: str, after: str, count: int) -> list[Group]:
    """Groups of a pool in the order of their names, from the one after `after` ("" begins)."""
    return _decoded(db.execute(_PAGE, {"pool": pool, "after": after, "count": count}).scalars())


def of_user(db: Connection, key: UserKey, after: str, count: int) -> list[Group]:
    """Groups that the user is in, in the order of their names, from the one after `after` ("" begins)."""
    return _decoded(db.execute(_OF_USER, {**key._asdict(), "after": after, "count": count}).scalars())


def join(db: Connection, group: str, key: UserKey, now: int) -> None:
    """Puts the user into a group of its pool; once is enough. Raises ResourceNotFound where there is no such group."""
    try:
        db.execute(_JOIN, {"group": group, **key._asdict(), "now": now})
    except IntegrityError as fault:
        raise ResourceNotFound("Group not found.") from fault


def leave(db: Connection, group: str, key: UserKey) -> None:
    """Takes the user out of a group; once is enough."""
    db.execute(_LEAVE, {"of_group": group, **key._asdict()})


def members(db: Connection, pool: str, group: str, after: str, count: int) -> Members:
    """Users of a group in the order of their user names, from the one after `after` ("" begins)."""
    at = {"pool": pool, "group": group, "after": after, "count": count + 1}
    rows: Any = db.execute(_MEMBERS, at).all()
    follows = rows[count - 1].username if len(rows) > count else None
    return Members([documents.user(row, []) for row in rows[:count]], follows)


def _decoded(docs: Iterable[bytes]) -> list[Group]:
    return [documents.group(doc) for doc in docs]


def _columns(group: Group) -> dict[str, Any]:
    return {"doc": documents.encode(group), "modified": group.modified}
