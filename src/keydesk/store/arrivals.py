"""Users who come from a live pool, again and again until each has a password here; from then on they are this server's.

A change is the later one's: what was changed here since stays as it is.
"""

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, insert, select

from keydesk.domain.names import of_user
from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User, UserKey
from keydesk.store import documents, groups, users
from keydesk.store.documents import UserRow
from keydesk.store.identities import row
from keydesk.store.tables import names
from keydesk.store.tables import users as user_rows
from keydesk.store.tables_around import identities

AT_ONCE: Final = 500
_TOLD: Final = ("status", "enabled", "attributes", "identities", "factors", "preferred_factor", "modified")
_IN_THE_WAY: Final = select(names.c.name).where(
    names.c.pool == bindparam("pool"),
    names.c.name.in_(bindparam("names", expanding=True)),
    names.c.sub != bindparam("sub"),
)
_PAGE: Final = (
    select(*(user_rows.c[part] for part in UserRow.__struct_fields__), user_rows.c.username)
    .where(user_rows.c.pool == bindparam("pool"), user_rows.c.username > bindparam("after"))
    .order_by(user_rows.c.username)
    .limit(AT_ONCE)
)


class Became(StrEnum):
    """What became of one who arrived."""

    NEW = "new"
    CHANGED = "brought up to date"
    SAME = "as they were"
    TAKEN = "not taken"  # a name of theirs leads to somebody else


def settle(db: Connection, pool: Pool, people: Sequence[User]) -> list[Became]:
    """What becomes of each, in their order; they are as they would be new here.

    Raises ConcurrentModification, AliasExists and UsernameExists where somebody takes a name at this very moment.
    """
    here = {user.sub: users.held(db, user.key) for user in people}
    fresh = [user for user in people if here[user.sub] is None]
    in_the_way = dict(zip((user.sub for user in fresh), users.add_many(db, pool, fresh), strict=True))
    became = []
    for user in people:
        there = here[user.sub]
        if there is not None:
            became.append(_again(db, pool, there, user))
        elif in_the_way[user.sub]:
            became.append(Became.TAKEN)
        else:
            _lead(db, user)
            became.append(Became.NEW)
    return became


def _again(db: Connection, pool: Pool, there: User, now: User) -> Became:
    after = replace(there, **{name: getattr(now, name) for name in _TOLD})
    if there.credential or there.modified > now.modified or after == there:
        return Became.SAME
    wanted = of_user(after.username, after.attributes, pool)
    at = {"pool": pool.id, "names": list(wanted.values()), "sub": there.sub}
    if db.execute(_IN_THE_WAY, at).first() is not None:
        return Became.TAKEN
    users.change(db, after, wanted)
    if after.identities != there.identities:
        db.execute(delete(identities).where(identities.c.pool == pool.id, identities.c.sub == there.sub))
        _lead(db, after)
    return Became.CHANGED


def join(db: Connection, pool: str, group: str, subs: Collection[str], now: int) -> None:
    """Those of them who are here are in the group. Raises ResourceNotFound where there is none."""
    for sub in subs:
        groups.join(db, group, UserKey(pool, sub), now)


def leave(db: Connection, pool: Pool, group: str, staying: Collection[str]) -> int:
    """Who has no password here and is not among `staying` leaves the group; gives how many did."""
    after: str | None = ""
    left = 0
    while after is not None:
        members, after = groups.members(db, pool.id, group, after, AT_ONCE)
        for user in members:
            if not user.credential and user.sub not in staying:
                groups.leave(db, group, user.key)
                left += 1
    return left


def without_password(db: Connection, pool: str, after: str) -> tuple[list[User], str | None]:
    """Who of some users, from the one after `after` ("" begins), has no password; and where to go on, if anywhere."""
    rows: Any = db.execute(_PAGE, {"pool": pool, "after": after}).all()
    found = [documents.user(row, []) for row in rows]
    last = rows[-1].username if len(rows) == AT_ONCE else None
    return [one for one in found if not one.credential and one.status is not Status.EXTERNAL_PROVIDER], last


def _lead(db: Connection, user: User) -> None:
    """The user's identities lead to them."""
    rows = [row(user.key, one) for one in user.identities]
    if rows:
        db.execute(insert(identities), rows)
