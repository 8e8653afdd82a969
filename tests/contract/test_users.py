"""Users and their names: one winner for every name, no change lost, failures counted by the database."""

import asyncio

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.names import of_user
from keydesk.domain.user import Status, User
from keydesk.errors import AliasExists, ConcurrentModification, ResourceNotFound, UsernameExists
from keydesk.store import users
from keydesk.store.store import Store

POOL = "eu-west-1_Pool00001"


def proved(number: int, email: str) -> User:
    return samples.user(number, attributes={"email": email, "email_verified": "true"})


def test_a_user_is_found_as_it_was_added(store: Store) -> None:
    user = samples.user(credential=b"\0\xff", signed_out=7, enabled=False, status=Status.UNCONFIRMED)
    written(store, samples.added, samples.pool(), user)
    assert read(store, users.by_key, user.key) == user
    assert read(store, users.called, POOL, user.username) == user
    assert read(store, users.called, POOL, user.username.upper()) is None
    assert read(store, users.called, "eu-west-1_Other", user.username) is None
    assert written(store, users.held, user.key) == user
    assert written(store, users.held, samples.key(9)) is None


def test_of_fifty_who_want_one_user_name_one_gets_it(store: Store, store_url: str) -> None:
    other = Store.open(store_url)
    written(store, samples.added, samples.pool())

    async def main() -> list[BaseException | None]:
        rivals = (samples.user(number, username="wanted", attributes={}) for number in range(50))
        doors = (store, other)
        return await samples.together(
            *(doors[n % 2].write(users.add, rival, {"username": "wanted"}) for n, rival in enumerate(rivals))
        )

    outcomes = asyncio.run(main())
    other.close()
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, UsernameExists) for outcome in outcomes) == 49
    winner = read(store, users.called, POOL, "wanted")
    assert winner is not None
    assert winner.sub == f"sub-{outcomes.index(None):06}"


def test_a_name_is_taken_whatever_its_kind(store: Store) -> None:
    written(store, samples.added, samples.pool(alias_attributes=["email"]), proved(1, "one@example.com"))
    with pytest.raises(AliasExists, match="An account with the email already exists"):
        written(store, samples.added, proved(2, "one@example.com"))
    assert read(store, users.by_key, samples.key(2)) is None
    with pytest.raises(UsernameExists):
        written(store, users.add, samples.user(3), {"username": "one@example.com"})


def test_a_user_may_have_one_name_in_two_ways(store: Store) -> None:
    user = samples.user(attributes={"preferred_username": "user000001"})
    written(store, samples.added, samples.pool(alias_attributes=["preferred_username"]), user)
    assert read(store, users.called, POOL, "user000001") == user


def test_a_user_needs_a_pool(store: Store) -> None:
    with pytest.raises(ResourceNotFound):
        written(store, users.add, samples.user(), {"username": "user000001"})


def test_of_two_changes_to_one_user_one_is_refused(store: Store) -> None:
    user = samples.user()
    written(store, samples.added, samples.pool(), user)

    async def main() -> list[User | BaseException]:
        changes = (replace(user, attributes={"name": f"{number}"}) for number in range(8))
        return await samples.together(*(store.write(users.change, changed) for changed in changes))

    outcomes = asyncio.run(main())
    assert sum(isinstance(outcome, ConcurrentModification) for outcome in outcomes) == 7
    changed = next(outcome for outcome in outcomes if isinstance(outcome, User))
    assert changed.rev == 2
    assert read(store, users.by_key, user.key) == changed
    assert user.rev == 1


def test_no_change_is_lost_among_those_who_hold_the_user(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user())

    def add_one(db: samples.Connection) -> None:
        user = users.held(db, samples.key())
        assert user is not None
        count = int(user.attributes.get("custom:count", "0"))
        users.change(db, replace(user, attributes={**user.attributes, "custom:count": str(count + 1)}))

    async def main() -> None:
        await asyncio.gather(*(store.write(add_one) for _ in range(30)))

    asyncio.run(main())
    user = read(store, users.by_key, samples.key())
    assert user is not None
    assert user.attributes["custom:count"] == "30"


def test_names_follow_a_change(store: Store) -> None:
    pool = samples.pool(alias_attributes=["email", "phone_number"])
    user = proved(1, "old@example.com")
    written(store, samples.added, pool, user, proved(2, "two@example.com"))
    moved = replace(user, attributes={"email": "new@example.com", "email_verified": "true"})
    changed = written(store, users.change, moved, of_user(moved.username, moved.attributes, pool))
    assert read(store, users.called, POOL, "old@example.com") is None
    assert read(store, users.called, POOL, "new@example.com") == changed
    assert read(store, users.called, POOL, "user000001") == changed
    taken = replace(changed, attributes={"email": "two@example.com", "email_verified": "true"})
    with pytest.raises(AliasExists):
        written(store, users.change, taken, of_user(taken.username, taken.attributes, pool))
    assert read(store, users.by_key, user.key) == changed


def test_an_alias_moves_and_its_former_owner_has_not_proved_it_any_more(store: Store) -> None:
    """T-136 and T-137."""
    pool = samples.pool(alias_attributes=["email"])
    written(store, samples.added, pool, proved(1, "it@example.com"))
    new = samples.user(2, attributes={"email": "it@example.com", "email_verified": "true"}, modified=9)
    written(store, users.add, new, {"username": new.username})
    written(store, users.take_name, pool, new, "email", "it@example.com")
    assert read(store, users.called, POOL, "it@example.com") == new
    former = read(store, users.by_key, samples.key())
    assert former is not None
    assert former.attributes == {"email": "it@example.com", "email_verified": "false"}
    assert (former.modified, former.rev) == (9, 2)
    written(store, users.take_name, pool, new, "email", "it@example.com")
    assert read(store, users.by_key, new.key) == new


def test_nobody_takes_a_user_name_as_an_alias(store: Store) -> None:
    pool = samples.pool(alias_attributes=["preferred_username"])
    written(store, samples.added, pool, samples.user(1), samples.user(2))
    with pytest.raises(AliasExists):
        written(store, users.take_name, pool, samples.user(2), "preferred_username", "user000001")


def test_nobody_takes_a_preferred_user_name_as_a_proved_alias(store: Store) -> None:
    """Its owner never proved it, so nothing could be unproved, and would be told by it in every later change."""
    owner = samples.user(1, attributes={"preferred_username": "it@example.com"})
    pool = samples.pool(alias_attributes=["preferred_username"])
    written(store, samples.added, pool, owner, samples.user(2))
    with pytest.raises(AliasExists):
        written(store, users.take_name, pool, samples.user(2), "email", "it@example.com")
    assert read(store, users.called, POOL, "it@example.com") == owner


def test_of_many_who_take_one_alias_one_has_it_at_last_and_one_has_proved_it(store: Store) -> None:
    pool = samples.pool(alias_attributes=["email"])
    written(store, samples.added, pool, proved(0, "it@example.com"))
    rivals = [proved(number, "it@example.com") for number in range(1, 9)]
    for rival in rivals:
        written(store, users.add, rival, {"username": rival.username})

    async def main() -> list[BaseException | None]:
        return await samples.together(
            *(store.write(users.take_name, pool, rival, "email", "it@example.com") for rival in rivals)
        )

    assert asyncio.run(main()) == [None] * 8
    owner = read(store, users.called, POOL, "it@example.com")
    everyone = [read(store, users.by_key, samples.key(number)) for number in range(9)]
    assert [user for user in everyone if user and user.verified("email")] == [owner]


def test_a_removed_user_leaves_its_names_free(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user())
    assert written(store, users.remove, samples.key())
    assert not written(store, users.remove, samples.key())
    written(store, users.add, samples.user(2), {"username": "user000001"})


def test_every_failure_is_counted(store: Store, store_url: str) -> None:
    other = Store.open(store_url)
    written(store, samples.added, samples.pool(), samples.user())

    async def main() -> list[int]:
        doors = (store, other) * 10
        return await asyncio.gather(*(door.write(users.count_failure, samples.key(), 1000, 500) for door in doors))

    assert sorted(asyncio.run(main())) == list(range(1, 21))
    other.close()
    assert read(store, users.failures, samples.key()) == (20, 1000)


def test_failures_begin_anew_after_quiet_and_are_forgotten(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user())
    assert written(store, users.count_failure, samples.key(), 1000, 500) == 1
    assert written(store, users.count_failure, samples.key(), 1499, 500) == 2
    assert written(store, users.count_failure, samples.key(), 1999, 500) == 1
    written(store, users.forget_failures, samples.key())
    assert read(store, users.failures, samples.key()) == (0, 0)
    assert written(store, users.count_failure, samples.key(9), 1, 500) == 0
    assert read(store, users.failures, samples.key(9)) == (0, 0)


def test_a_change_does_not_undo_counting(store: Store) -> None:
    user = samples.user()
    written(store, samples.added, samples.pool(), user)
    written(store, users.count_failure, user.key, 5, 500)
    written(store, users.change, replace(user, attributes={}))
    assert read(store, users.failures, user.key) == (1, 5)
