"""A hot statement does on both databases what Core does with it."""

import asyncio

from sqlalchemy import Connection, bindparam, delete, insert, select

from keydesk.store.hot import Hot
from keydesk.store.store import Store
from keydesk.store.tables import facts

ADD = Hot(insert(facts).values(name=bindparam("what"), value=bindparam("said")))
DROP = Hot(delete(facts).where(facts.c.name == bindparam("what")))


def added(db: Connection, what: str, said: str) -> int:
    return ADD(db, {"said": said, "what": what}).rowcount


def test_it_writes_and_counts(store: Store) -> None:
    asyncio.run(_check(store))


async def _check(store: Store) -> None:
    for what in ("one", "two"):
        assert await store.write(added, what, "%s :said ?") == 1
    found = await store.read(
        lambda db: {row.name: row.value for row in db.execute(select(facts.c.name, facts.c.value))}
    )
    assert found == {"one": "%s :said ?", "two": "%s :said ?"}
    assert await store.write(lambda db: DROP(db, {"what": "one"}).rowcount) == 1
    assert await store.write(lambda db: DROP(db, {"what": "one"}).rowcount) == 0
