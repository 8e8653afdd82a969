"""Codes are used once, the newest only; budgets hold for all nodes together; what has expired is swept."""

import asyncio

import pytest
from sqlalchemy import Connection, func, select
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.errors import UserNotFound
from keydesk.store import budgets, codes, sessions, waiting
from keydesk.store.codes import Code
from keydesk.store.schema import metadata
from keydesk.store.store import Store
from keydesk.store.sweep import BATCH, DAY, Ages, sweep

ME = samples.key()
NOBODY = ME._replace(sub="digest")


@pytest.fixture
def desk(store: Store) -> Store:
    written(store, samples.added, samples.pool(), samples.client(), samples.user())
    return store


def test_of_eight_who_say_the_code_one_uses_it(desk: Store) -> None:
    code = Code("me@example.com", 2000)
    written(desk, codes.keep, ME, "confirm", b"digest", code)
    assert read(desk, codes.live, ME, "confirm") == code

    async def take() -> list[Code | None]:
        return await asyncio.gather(*(desk.write(codes.take, ME, "confirm", b"digest") for _ in range(8)))

    outcomes = asyncio.run(take())
    assert outcomes.count(code) == 1
    assert outcomes.count(None) == 7
    assert read(desk, codes.live, ME, "confirm") is None


def test_a_code_is_good_for_its_user_and_purpose_only_and_a_wrong_one_uses_nothing_up(desk: Store) -> None:
    written(desk, samples.added, samples.user(2))
    code = Code("", 2000)
    written(desk, codes.keep, ME, "confirm", b"digest", code)
    for key, purpose, digest in (
        (ME, "confirm", b"wrong"),
        (ME, "recover", b"digest"),
        (samples.key(2), "confirm", b"digest"),
    ):
        assert written(desk, codes.take, key, purpose, digest) is None
    assert written(desk, codes.take, ME, "confirm", b"digest") == code


def test_a_newer_code_replaces_the_older(desk: Store) -> None:
    written(desk, codes.keep, ME, "confirm", b"old", Code("old", 2000))
    written(desk, codes.keep, ME, "confirm", b"new", Code("new", 3000))
    assert written(desk, codes.take, ME, "confirm", b"old") is None
    assert written(desk, codes.take, ME, "confirm", b"new") == Code("new", 3000)
    written(desk, codes.keep, ME, "confirm", b"old", Code("old", 2000))
    written(desk, codes.forget, ME, "confirm")
    assert read(desk, codes.live, ME, "confirm") is None


def test_a_code_needs_a_user(desk: Store) -> None:
    with pytest.raises(UserNotFound):
        written(desk, codes.keep, samples.key(9), "confirm", b"digest", Code("", 2000))


def test_a_budget_holds_for_all_who_spend_at_once(desk: Store, store_url: str) -> None:
    other = Store.open(store_url)

    async def spend(now: int) -> list[bool]:
        doors = (desk, other) * 15
        return await asyncio.gather(
            *(door.write(budgets.spend, ME, "code", limit=5, window=1000, now=now) for door in doors)
        )

    assert asyncio.run(spend(10_000)).count(True) == 5
    assert asyncio.run(spend(10_999)).count(True) == 0
    assert asyncio.run(spend(11_000)).count(True) == 5
    other.close()
    written(desk, budgets.forget, ME, "code")
    assert asyncio.run(desk.write(budgets.spend, ME, "code", limit=1, window=1000, now=11_001))
    assert asyncio.run(desk.write(budgets.spend, ME, "other", limit=1, window=1000, now=11_001))
    assert not asyncio.run(desk.write(budgets.spend, ME, "code", limit=1, window=1000, now=11_001))


def counts(db: Connection) -> dict[str, int]:
    names = ("waiting", "codes", "sessions", "budgets")
    return {name: db.execute(select(func.count()).select_from(metadata.tables[name])).scalar_one() for name in names}


def fill(db: Connection, count: int, at: int) -> None:
    for number in range(count):
        name = f"{at}.{number}"
        waiting.keep(db, name.encode(), waiting.Row("eu-west-1_Pool00001", "client1", None, b"", at))
        codes.keep(db, ME, name, b"digest", Code("", at - DAY))
        sessions.open(db, samples.session(name, expires=at - DAY))
        budgets.spend(db, samples.key()._replace(sub=name), "code", limit=1, window=1, now=at - DAY)


def test_what_has_expired_is_swept_by_any_node_and_nothing_else(desk: Store, store_url: str) -> None:
    other = Store.open(store_url)
    now, many = 10 * DAY, BATCH + 1
    written(desk, fill, many, now - 1)
    written(desk, fill, 3, now)

    async def both() -> None:
        await asyncio.gather(sweep(desk, now, Ages(logs=DAY)), sweep(other, now, Ages(logs=DAY)))

    before = read(desk, counts)
    asyncio.run(both())
    other.close()
    assert set(before.values()) == {many + 3}
    assert set(read(desk, counts).values()) == {3}
    assert asyncio.run(sweep(desk, now, Ages(logs=DAY))) == {}


def test_failures_in_a_row_are_counted_for_who_is_no_user(desk: Store) -> None:
    assert read(desk, budgets.failures, NOBODY, "password") == (0, 0)
    for now in (1000, 1999, 2500):
        written(desk, budgets.count_failure, NOBODY, "password", now, 1000)
    assert read(desk, budgets.failures, NOBODY, "password") == (3, 2500)
    written(desk, budgets.count_failure, NOBODY, "password", 3500, 1000)
    assert read(desk, budgets.failures, NOBODY, "password") == (1, 3500)
    assert read(desk, budgets.failures, NOBODY, "other") == (0, 0)
