"""What the door promises on both databases: committed when answered, undone when it raises, and no two confused."""

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from keydesk.errors import Refusal, ServiceUnavailable
from keydesk.store import facts
from keydesk.store.store import Store

_ADD = text("INSERT INTO facts (name, value) VALUES (:name, :value)")


def _add(db: Connection, name: str, value: str = "") -> str:
    db.execute(_ADD, {"name": name, "value": value})
    return name


def _add_and_refuse(db: Connection, name: str) -> None:
    _add(db, name)
    raise Refusal("no")


def _increase(db: Connection, name: str) -> int:
    number = int(facts.value(db, name) or 0)
    facts.keep(db, name, str(number + 1))
    return number + 1


def _number(db: Connection) -> int:
    return int(db.execute(text("SELECT count(*) FROM facts")).scalar_one())


def test_an_answered_write_is_seen_from_another_connection_at_once(store: Store, store_url: str) -> None:
    other = Store.open(store_url)

    async def one(number: int) -> str | None:
        name = await store.write(_add, f"fact {number}", "kept")
        return await other.read(facts.value, name)

    async def main() -> list[str | None]:
        return await asyncio.gather(*(one(number) for number in range(40)))

    try:
        assert asyncio.run(main()) == ["kept"] * 40
    finally:
        other.close()


def test_a_write_that_raises_leaves_nothing_and_harms_no_other(store: Store) -> None:
    async def main() -> tuple[list[Any], int]:
        writes = [store.write(_add_and_refuse if number % 3 == 0 else _add, f"{number}") for number in range(30)]
        return await asyncio.gather(*writes, return_exceptions=True), await store.read(_number)

    outcomes, kept = asyncio.run(main())
    assert [type(outcome) for outcome in outcomes] == [Refusal if number % 3 == 0 else str for number in range(30)]
    assert kept == 20


def test_what_is_put_is_seen_at_once_and_stays_where_others_are_refused(store: Store, store_url: str) -> None:
    other = Store.open(store_url)

    async def one(number: int) -> str | None:
        name = await store.put(_add, f"fact {number // 2}", "kept")  # each twice: one of the two is refused
        return await other.read(facts.value, name)

    async def main() -> list[Any]:
        return await asyncio.gather(*(one(number) for number in range(40)), return_exceptions=True)

    try:
        outcomes = asyncio.run(main())
    finally:
        other.close()
    assert outcomes.count("kept") == 20
    assert {type(outcome) for outcome in outcomes} == {str, IntegrityError}


def test_a_broken_statement_is_its_writers_alone(store: Store) -> None:
    def broken(db: Connection) -> None:
        db.execute(text("SELECT nothing FROM nowhere"))

    async def main() -> list[Any]:
        return await asyncio.gather(
            store.write(_add, "before"), store.write(broken), store.write(_add, "after"), return_exceptions=True
        )

    before, fault, after = asyncio.run(main())
    assert (before, after) == ("before", "after")
    assert isinstance(fault, DBAPIError)


def test_arguments_pass_and_results_return(store: Store) -> None:
    async def main() -> None:
        assert await store.write(_add, "a", value="b") == "a"
        assert await store.read(facts.value, "a") == "b"
        assert await store.glance(facts.value, name="a") == "b"
        assert await store.read(facts.value, "nothing") is None

    asyncio.run(main())


def test_nothing_may_be_awaited_inside(store: Store) -> None:
    async def awaits(db: Connection) -> None: ...

    async def main() -> None:
        for door in (store.read, store.glance, store.write):
            with pytest.raises(TypeError, match="awaits is a coroutine function"):
                await door(awaits)

    asyncio.run(main())


@pytest.mark.parametrize("door", ["read", "glance"])
def test_a_read_cannot_write(store: Store, door: str) -> None:
    async def main() -> None:
        with pytest.raises((DBAPIError, ServiceUnavailable)):  # PostgreSQL's word for it is that of a standby
            await getattr(store, door)(_add, "a")
        assert await store.read(_number) == 0

    asyncio.run(main())


def test_a_savepoint_inside_a_write_undoes_only_its_part(store: Store) -> None:
    def work(db: Connection) -> None:
        _add(db, "a")
        with pytest.raises(Refusal), db.begin_nested():
            _add_and_refuse(db, "b")
        _add(db, "c")

    async def main() -> int:
        await asyncio.gather(store.write(work), store.write(_add, "d"))
        return await store.read(_number)

    assert asyncio.run(main()) == 3


def test_writes_of_a_task_that_was_cancelled_disturb_nobody(store: Store) -> None:
    async def main() -> int:
        tasks = [asyncio.ensure_future(store.write(_add, f"{number}")) for number in range(20)]
        await asyncio.sleep(0)
        tasks[7].cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await store.write(_add, "last")
        return await store.read(_number)

    assert asyncio.run(main()) in {20, 21}  # nobody knows of the cancelled one


def test_the_first_claim_of_a_fact_wins(store: Store, store_url: str) -> None:
    other = Store.open(store_url)

    async def main() -> set[str]:
        doors = (store, other) * 10
        return set(await asyncio.gather(*(d.write(facts.claim, "it", str(n)) for n, d in enumerate(doors))))

    try:
        assert len(asyncio.run(main())) == 1
    finally:
        other.close()


def test_a_closed_store_lets_begun_writes_end(store_url: str) -> None:
    store = Store.open(store_url)

    async def main() -> None:
        writes = [asyncio.ensure_future(store.write(_add, f"{number}")) for number in range(50)]
        await asyncio.sleep(0)
        store.close()
        await asyncio.gather(*writes)

    asyncio.run(main())
    again = Store.open(store_url)
    try:
        assert asyncio.run(again.read(_number)) == 50
    finally:
        again.close()
