"""ListUsers: a page of a pool's users, all or filtered, at the same cost in a small pool and a large one.

Every order is that of an index; a page begins behind the last (value, user name) of the page before.
"""

from typing import Any, Final, NamedTuple

from sqlalchemy import Column, ColumnElement, Connection, Select, false, select, true, tuple_

from keydesk.domain.names import folded
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.domain.user_filter import Filter
from keydesk.store import documents
from keydesk.store.tables import users

_PARTS: Final = ("doc", "status", "enabled", "rev", "failures", "failed", "created", "modified", "username")
_LAST: Final = chr(0x10FFFF)


class After(NamedTuple):
    """Where a page begins: behind this value of what orders it and this user name, both as they are stored."""

    value: str
    username: str


class UserPage(NamedTuple):
    """`users` come without groups. `after` is None where nothing follows."""

    users: list[User]
    after: After | None


def page(db: Connection, pool: Pool, filter: Filter | None, after: After | None, count: int) -> UserPage:
    """At most `count` users whom the filter lets through (everyone without one).

    `after` is of a page of the same filter. A prefix orders by its attribute, everything else by user name.
    """
    rows: Any = db.execute(rows_of(pool, filter, after).limit(count + 1)).all()
    last = rows[count - 1] if len(rows) > count else None
    return UserPage(
        [documents.user(row, []) for row in rows[:count]], None if last is None else After(last.value, last.username)
    )


def rows_of(pool: Pool, filter: Filter | None, after: After | None) -> Select[Any]:
    """The statement behind a page, without its length."""
    condition, order = _condition(pool, filter)
    statement = select(*(users.c[part] for part in _PARTS), order.label("value"))
    return _behind(statement.where(users.c.pool == pool.id, condition), order, after)


def _condition(pool: Pool, filter: Filter | None) -> tuple[ColumnElement[bool], Column[Any]]:
    """What is asked of a user, and the column that orders those who meet it."""
    if filter is None:
        return true(), users.c.username
    if filter.attribute == "status":
        return _enabled(filter), users.c.username
    column: Column[Any] = users.c["status" if filter.attribute == "cognito:user_status" else filter.attribute]
    value = folded(filter.attribute, filter.value, pool)
    if not filter.prefix:
        return column == value, users.c.username
    above = _above(value)
    return (column >= value if above is None else (column >= value) & (column < above)), column


def _enabled(filter: Filter) -> ColumnElement[bool]:
    wanted = filter.value.lower()
    meant = [on for said, on in (("enabled", True), ("disabled", False)) if _meets(said, wanted, filter.prefix)]
    if not meant:
        return false()
    return true() if len(meant) == 2 else users.c.enabled == meant[0]


def _meets(said: str, wanted: str, prefix: bool) -> bool:
    return said.startswith(wanted) if prefix else said == wanted


def _above(prefix: str) -> str | None:
    """The least text above all that start with the prefix, in the order of code points; None if there is none."""
    stem = prefix.rstrip(_LAST)
    if not stem:
        return None
    following = ord(stem[-1]) + 1
    return stem[:-1] + chr(0xE000 if following == 0xD800 else following)  # surrogates are no characters


def _behind(statement: Select[Any], order: Column[Any], after: After | None) -> Select[Any]:
    if order is users.c.username or order is users.c.sub:  # no two users of a pool share one
        return (statement if after is None else statement.where(order > after.value)).order_by(order)
    if after is not None:
        statement = statement.where(tuple_(order, users.c.username) > (after.value, after.username))
    return statement.order_by(order, users.c.username)
