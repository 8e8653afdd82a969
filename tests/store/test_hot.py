"""A hot statement does on both databases what Core does with it, and reads what Core reads."""

import asyncio

import pytest
from sqlalchemy import Connection, bindparam, delete, insert, select, true
from sqlalchemy.exc import IntegrityError

from keydesk.store.hot import Hot, HotRows, Row
from keydesk.store.store import Store
from keydesk.store.tables import facts

ADD = Hot(insert(facts).values(name=bindparam("what"), value=bindparam("said")))
READ = Hot(
    select(facts.c.name, true().label("here"), facts.c.value.is_(None).label("gone")).where(
        facts.c.value == bindparam("said")
    )
)
ROWS = HotRows(facts, ("name", "value"))
DROP = Hot(delete(facts).where(facts.c.name == bindparam("what")))


def added(db: Connection, what: str, said: str) -> int:
    return ADD(db, {"said": said, "what": what})


def test_it_reads_what_core_reads(store: Store) -> None:
    async def main() -> list[Row]:
        await store.write(added, "one", "%s :said ?")
        return await store.glance(lambda db: READ.rows(db, {"said": "%s :said ?"}))

    found = [tuple(row) for row in asyncio.run(main())]
    assert found == [("one", True, False)]
    assert [type(value) for value in found[0]] == [str, bool, bool]


def test_its_faults_are_those_of_core(store: Store) -> None:
    asyncio.run(store.write(added, "one", "1"))
    with pytest.raises(IntegrityError):
        asyncio.run(store.write(added, "one", "2"))


def test_it_writes_and_counts(store: Store) -> None:
    asyncio.run(_check(store))


async def _check(store: Store) -> None:
    for what in ("one", "two"):
        assert await store.write(added, what, "%s :said ?") == 1
    found = await store.read(
        lambda db: {row.name: row.value for row in db.execute(select(facts.c.name, facts.c.value))}
    )
    assert found == {"one": "%s :said ?", "two": "%s :said ?"}
    assert await store.write(lambda db: DROP(db, {"what": "one"})) == 1
    assert await store.write(lambda db: DROP(db, {"what": "one"})) == 0


@pytest.mark.parametrize("count", [0, 1, 2, 8, 64, 64 + 2 * 8 + 3])
def test_rows_are_added_however_many(store: Store, count: int) -> None:
    rows = [(f"{number:03}", f"%s :said ? {number}\t\\.\n\\N") for number in range(count)]

    async def main() -> list[Row]:
        await store.write(ROWS, rows)
        return await store.read(lambda db: db.execute(select(facts.c.name, facts.c.value).order_by(facts.c.name)).all())

    found = [(name, value) for name, value in asyncio.run(main()) if " :said " in value]
    assert found == rows


def test_of_rows_of_which_one_is_refused_none_is_added(store: Store) -> None:
    rows = [("same", "1")] * 9
    with pytest.raises(IntegrityError):
        asyncio.run(store.write(ROWS, rows))
    assert asyncio.run(store.read(lambda db: db.execute(select(facts.c.name)).all())) == []
