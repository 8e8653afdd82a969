"""ListUsers: every filter in pages, equal on both databases and to a plain walk over all users."""

import itertools
from typing import Any

import pytest
from sqlalchemy import Connection, Select
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User
from keydesk.domain.user_filter import Filter
from keydesk.store import groups, user_filter
from keydesk.store.store import Store
from keydesk.store.user_filter import After

NAMES = ("Ab", "ab", "abc", "a%c", "b", "\ud7ff", "\ue000x", "ß", "\U0010ffff", "A")


def people(pool: str) -> list[User]:
    states = itertools.cycle(Status)
    return [
        samples.user(
            number,
            pool,
            username=f"{pool[-1]}{number:02}",
            sub=f"{pool[-1]}-sub-{number % 3}-{number}",
            status=next(states),
            enabled=number % 3 != 0,
            attributes={"name": NAMES[number % len(NAMES)], "email": f"E{number % 7}@example.com"},
        )
        for number in range(25)
    ]


def paged(store: Store, pool: Pool, filter: Filter | None, count: int) -> list[str]:
    found: list[str] = []
    after: After | None = None
    while True:
        page = read(store, user_filter.page, pool, filter, after, count)
        assert len(page.users) == count or page.after is None
        found += [user.username for user in page.users]
        after = page.after
        if after is None:
            return found


FILTERS = [
    None,
    Filter("username", False, "107"),
    Filter("username", True, "10"),
    Filter("username", True, ""),
    Filter("sub", False, "1-sub-1-7"),
    Filter("sub", True, "1-sub-1"),
    Filter("cognito:user_status", False, "CONFIRMED"),
    Filter("cognito:user_status", True, "CON"),
    Filter("status", False, "Enabled"),
    Filter("status", False, "disabled"),
    Filter("status", False, "neither"),
    Filter("status", True, ""),
    Filter("status", True, "e"),
    Filter("email", False, "E3@example.com"),
    Filter("email", True, "E"),
    Filter("email", True, "e"),
    *(Filter("name", prefix, name) for prefix in (True, False) for name in NAMES),
    Filter("family_name", True, ""),
]


@pytest.mark.parametrize("folds", [False, True])
def test_a_filter_finds_what_a_walk_finds(store: Store, folds: bool) -> None:
    pool, other = samples.pool("eu-west-1_1", folds=folds), samples.pool("eu-west-1_2")
    mine = people(pool.id)
    written(store, samples.added, pool, other, *mine, *people(other.id))
    for filter in FILTERS:
        expected = sorted(user.username for user in mine if filter is None or _lets(filter, user, folds))
        for count in (1, 4, 60):
            found = paged(store, pool, filter, count)
            assert sorted(found) == expected, filter
            assert len(set(found)) == len(found)


@pytest.mark.parametrize("after", [None, After("a", "user")])
def test_no_page_walks_through_the_pool_or_sorts_it(store: Store, after: After | None) -> None:
    """The databases' plans: the walk begins in an index where the page begins, in the page's order."""
    for filter in FILTERS:
        if filter is None or filter.value != "neither":
            statement = user_filter.rows_of(samples.pool(), filter, after).limit(60)
            told = read(store, plan, statement)
            assert reads_in_order(told), (filter, told)


def test_no_page_of_a_group_walks_through_it_or_sorts_it(store: Store) -> None:
    page = {"pool": samples.pool().id, "group": "everyone", "after": "user"}
    told = read(store, plan, groups._MEMBERS.limit(61).params(page))
    assert reads_in_order(told), told


def plan(db: Connection, statement: Select[Any]) -> str:
    """How the database would read it. PostgreSQL is told to do without a walk or a sort where it can: its tables are
    empty here, and of an empty table it would walk through every row.
    """
    compiled = statement.compile(db, compile_kwargs={"literal_binds": True})
    if db.dialect.name == "sqlite":
        return "\n".join(row.detail for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {compiled}"))
    for way in ("seqscan", "sort", "bitmapscan"):
        db.exec_driver_sql(f"SET enable_{way} = off")
    return "\n".join(row[0] for row in db.exec_driver_sql(f"EXPLAIN {compiled}"))


def reads_in_order(told: str) -> bool:
    return "Index" in told.title() and not any(word in told for word in ("SCAN ", "B-TREE", "Seq Scan", "Sort"))


def test_users_of_a_page_are_whole(store: Store) -> None:
    pool = samples.pool()
    written(store, samples.added, pool, samples.user(1, credential=b"x"))
    assert read(store, user_filter.page, pool, None, None, 60).users == [samples.user(1, credential=b"x")]


def _lets(filter: Filter, user: User, folds: bool) -> bool:
    said: dict[str, str] = {
        **user.attributes,
        "username": user.username,
        "sub": user.sub,
        "cognito:user_status": user.status.value,
        "status": "enabled" if user.enabled else "disabled",
    }
    value, wanted = said.get(filter.attribute), filter.value
    if value is None:
        return False
    if filter.attribute == "status":
        wanted = wanted.lower()
    elif folds and filter.attribute in {"username", "email", "preferred_username"}:
        value, wanted = value.lower(), wanted.lower()
    return value.startswith(wanted) if filter.prefix else value == wanted
