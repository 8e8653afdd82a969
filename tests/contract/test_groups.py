"""Groups and their members; what a user's groups give it."""

import asyncio

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.group import Group
from keydesk.errors import GroupExists, ResourceNotFound
from keydesk.store import groups, pools, user_filter, users
from keydesk.store.store import Store

POOL = "eu-west-1_Pool00001"


def group(name: str, precedence: int | None = None, role: str | None = None) -> Group:
    return Group(pool=POOL, name=name, precedence=precedence, role=role, created=1, modified=1)


def test_a_group_is_added_changed_and_removed(store: Store) -> None:
    with pytest.raises(ResourceNotFound):
        written(store, groups.add, group("staff"))
    written(store, pools.add, samples.pool())
    written(store, groups.add, group("staff"))
    with pytest.raises(GroupExists):
        written(store, groups.add, group("staff"))
    changed = replace(group("staff", 3), description="those who work here")
    assert written(store, groups.change, changed)
    assert read(store, groups.named, POOL, "staff") == changed
    assert written(store, groups.remove, POOL, "staff")
    assert not written(store, groups.remove, POOL, "staff")
    assert not written(store, groups.change, changed)
    assert read(store, groups.named, POOL, "staff") is None


def test_groups_are_listed_in_pages(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user())
    for name in ("c", "a", "B", "b"):
        written(store, groups.add, group(name))
        written(store, groups.join, name, samples.key(), 1)
    assert [found.name for found in read(store, groups.page, POOL, "", 3)] == ["B", "a", "b"]
    assert [found.name for found in read(store, groups.page, POOL, "b", 3)] == ["c"]
    assert [found.name for found in read(store, groups.of_user, samples.key(), "", 3)] == ["B", "a", "b"]
    assert [found.name for found in read(store, groups.of_user, samples.key(), "b", 3)] == ["c"]


def test_members_are_listed_in_pages(store: Store) -> None:
    people = [samples.user(number) for number in range(5)]
    written(store, samples.added, samples.pool(), *people)
    written(store, groups.add, group("staff"))
    written(store, groups.add, group("others"))
    for user in people:
        written(store, groups.join, "staff", user.key, 1)
    first = read(store, groups.members, POOL, "staff", "", 3)
    assert first.users == people[:3]
    assert first.after == people[2].username
    assert read(store, groups.members, POOL, "staff", first.after, 3) == groups.Members(people[3:], None)
    assert read(store, groups.members, POOL, "others", "", 3) == groups.Members([], None)


def test_joining_and_leaving_twice_is_once(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user())
    written(store, groups.add, group("staff"))

    async def join() -> None:
        await asyncio.gather(*(store.write(groups.join, "staff", samples.key(), 1) for _ in range(8)))

    asyncio.run(join())
    assert len(read(store, groups.members, POOL, "staff", "", 3).users) == 1
    written(store, groups.leave, "staff", samples.key())
    written(store, groups.leave, "staff", samples.key())
    assert read(store, groups.members, POOL, "staff", "", 3).users == []


def test_nobody_joins_a_group_that_is_not_there(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user())
    with pytest.raises(ResourceNotFound):
        written(store, groups.join, "staff", samples.key(), 1)


def test_a_user_comes_with_its_groups_most_preferred_first(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user())
    for made in (
        group("c", 1, "role:c"),
        group("a"),
        group("z", 0),
        group("b", 1, "role:b"),
        group("d", None, "role:d"),
    ):
        written(store, groups.add, made)
        written(store, groups.join, made.name, samples.key(), 1)
    expected = replace(
        samples.user(), groups=("z", "b", "c", "a", "d"), roles=("role:b", "role:c", "role:d"), preferred_role=""
    )
    assert read(store, users.by_key, samples.key()) == expected
    assert read(store, users.called, POOL, "user000001") == expected
    written(store, groups.remove, POOL, "c")
    user = read(store, users.by_key, samples.key())
    assert user is not None
    assert (user.groups, user.preferred_role) == (("z", "b", "a", "d"), "role:b")


def test_groups_are_kept_beside_the_user_and_never_in_it(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user())
    written(store, groups.add, group("staff", 1, "role"))
    written(store, groups.join, "staff", samples.key(), 1)
    user = read(store, users.by_key, samples.key())
    assert user is not None
    written(store, users.change, user)
    written(store, groups.leave, "staff", samples.key())
    changed = read(store, users.by_key, samples.key())
    assert changed == replace(samples.user(), rev=2)
    assert read(store, user_filter.page, samples.pool(), None, None, 1).users == [changed]


def test_a_removed_user_is_no_member(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user())
    written(store, groups.add, group("staff"))
    written(store, groups.join, "staff", samples.key(), 1)
    written(store, users.remove, samples.key())
    assert read(store, groups.members, POOL, "staff", "", 3).users == []
