"""A server that goes away is a refusal to try again, and nothing needs a restart when it is back."""

import asyncio
import contextlib
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, bindparam, make_url, select, text
from sqlalchemy.exc import DBAPIError
from tests import postgres

from keydesk.errors import ConcurrentModification, InvalidParameter, ServiceUnavailable
from keydesk.store import facts
from keydesk.store.hot import Hot, HotRows
from keydesk.store.migrate import SchemaFault
from keydesk.store.store import Store
from keydesk.store.tables import facts as rows

pytestmark = pytest.mark.postgres

# Each is gone when this answers.
CUT = "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = %s"
ADD = text("INSERT INTO facts (name, value) VALUES (:name, '')")


@pytest.fixture
def store(postgresql_url: str) -> Iterator[Store]:
    opened = Store.open(postgresql_url)
    yield opened
    opened.close()


@pytest.fixture
def administer(postgresql_url: str) -> Callable[..., None]:
    """Runs statements on the server, `{}` being the database under test, and ends its connections."""
    base, _, name = postgresql_url.rpartition("/")

    def run(*statements: str) -> None:
        with psycopg.connect(f"{base}/postgres", autocommit=True) as db:
            for statement in statements:
                db.execute(statement.format(name).encode())
            db.execute(CUT, (name,))

    return run


def test_connections_that_died_in_the_pool_are_replaced_unseen(store: Store, administer: Callable[..., None]) -> None:
    async def many(value: str) -> None:
        await asyncio.gather(*(store.write(facts.keep, f"{number}", value) for number in range(20)))
        assert await asyncio.gather(*(store.read(facts.value, f"{number}") for number in range(20))) == [value] * 20

    asyncio.run(many("1"))
    administer()
    asyncio.run(many("2"))


def test_a_hot_statement_finds_a_connection_that_died_replaced(store: Store, administer: Callable[..., None]) -> None:
    asyncio.run(store.write(facts.keep, "a", "1"))
    find = Hot(select(rows.c.value).where(rows.c.name == bindparam("name")))
    for _ in range(2):
        assert asyncio.run(store.glance(find.rows, {"name": "a"})) == [("1",)]
        administer()


def test_a_connection_that_died_without_a_word_of_it_is_replaced(store: Store) -> None:
    def dies_and_refuses(db: Connection) -> None:
        with contextlib.suppress(DBAPIError):
            db.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))
        raise ConcurrentModification

    for number in range(3):
        with pytest.raises(ConcurrentModification):
            asyncio.run(store.write(dies_and_refuses))
        asyncio.run(store.write(facts.keep, f"{number}", "1"))
        assert asyncio.run(store.read(facts.value, f"{number}")) == "1"


def test_rows_whose_connection_dies_are_added_once(store: Store, postgresql_url: str) -> None:
    runs: list[int] = []
    add = HotRows(rows, ("name", "value"))

    def dies_first(db: Connection) -> None:
        runs.append(1)
        if len(runs) == 1:
            pid = db.execute(text("SELECT pg_backend_pid()")).scalar_one()
            with psycopg.connect(postgresql_url, autocommit=True) as other:
                other.execute("SELECT pg_terminate_backend(%s, 10000)", (pid,))
        add(db, [(f"{number} of run {len(runs)}", "") for number in range(3)])

    asyncio.run(store.write(dies_first))
    assert len(runs) == 2
    found = asyncio.run(store.read(lambda db: db.execute(select(rows.c.name)).scalars().all()))
    assert sorted(name for name in found if " of run " in name) == [f"{number} of run 2" for number in range(3)]


def test_a_server_that_is_gone_is_a_refusal_and_comes_back_by_itself(
    store: Store, administer: Callable[..., None]
) -> None:
    asyncio.run(store.write(facts.keep, "a", "1"))
    administer("ALTER DATABASE {} ALLOW_CONNECTIONS false")
    for attempt in (store.write(facts.keep, "a", "2"), store.read(facts.value, "a"), store.glance(facts.value, "a")):
        with pytest.raises(ServiceUnavailable) as refused:
            asyncio.run(_of(attempt))
        assert "PostgreSQL" in refused.value.detail
        assert "PostgreSQL" not in refused.value.sentence
    administer("ALTER DATABASE {} ALLOW_CONNECTIONS true")
    assert asyncio.run(store.read(facts.value, "a")) == "1"
    asyncio.run(store.write(facts.keep, "a", "2"))


def test_a_server_that_does_not_answer_refuses_the_start() -> None:
    with pytest.raises(ServiceUnavailable):
        Store.open("postgresql://nobody@127.0.0.1:1/nothing")


def test_a_user_without_rights_is_told_so_at_the_start() -> None:
    """As in a database that somebody else made, from PostgreSQL 15 on."""
    url, stranger = postgres.new_database(), f"stranger_{uuid.uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"CREATE ROLE {stranger} LOGIN")
        db.execute("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        try:
            with pytest.raises(SchemaFault, match=r"\APostgreSQL: permission denied .*: let the user of .*\Z"):
                Store.open(make_url(url).set(username=stranger).render_as_string(hide_password=False))
        finally:
            db.execute(f"DROP ROLE {stranger}")
    postgres.drop_database(url)


def test_a_write_whose_connection_dies_is_done_once(store: Store) -> None:
    runs: list[int] = []

    def dies_first(db: Connection) -> None:
        runs.append(1)
        db.execute(ADD, {"name": f"run {len(runs)}"})
        if len(runs) == 1:
            db.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    asyncio.run(store.write(dies_first))
    assert asyncio.run(store.read(facts.value, "run 1")) is None
    assert asyncio.run(store.read(facts.value, "run 2")) == ""


def test_a_single_statement_finds_a_connection_that_died_replaced(
    store: Store, administer: Callable[..., None]
) -> None:
    for number in range(3):
        asyncio.run(store.put(_added, f"{number}"))
        administer()
        assert asyncio.run(store.read(facts.value, f"{number}")) == ""


def test_a_single_statement_whose_connection_dies_under_it_is_not_tried_again(store: Store) -> None:
    runs: list[int] = []

    def dies(db: Connection) -> None:
        runs.append(1)
        db.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(ServiceUnavailable):
        asyncio.run(store.put(dies))
    assert runs == [1]
    asyncio.run(store.put(_added, "after"))
    assert asyncio.run(store.read(facts.value, "after")) == ""


def test_a_single_statement_that_waits_for_a_lock_too_long_is_tried_again(store: Store) -> None:
    runs: list[int] = []

    def locked_first(db: Connection) -> None:
        runs.append(1)
        if len(runs) == 1:
            db.execute(text("DO $$ BEGIN RAISE lock_not_available; END $$"))
        _added(db, "at last")

    asyncio.run(store.put(locked_first))
    assert runs == [1, 1]
    assert asyncio.run(store.read(facts.value, "at last")) == ""


def test_two_who_lock_each_other_out_both_succeed(store: Store) -> None:
    asyncio.run(store.write(facts.keep, "a", "0"))
    asyncio.run(store.write(facts.keep, "b", "0"))
    both_hold_one = threading.Barrier(2)
    runs: list[str] = []

    def crossing(db: Connection, first: str, second: str) -> None:
        runs.append(first)
        facts.keep(db, first, "1")
        if len(runs) <= 2:
            both_hold_one.wait(30)
        facts.keep(db, second, "1")

    async def main() -> None:
        await asyncio.gather(store.write(crossing, "a", "b"), store.write(crossing, "b", "a"))

    asyncio.run(main())
    assert len(runs) >= 3  # one at least was run again


def test_a_text_that_postgresql_cannot_hold_is_refused(store: Store) -> None:
    with pytest.raises(InvalidParameter) as refused:
        asyncio.run(store.write(facts.keep, "a\0b", "1"))
    assert "a\0b" not in refused.value.sentence


def _added(db: Connection, name: str) -> None:
    db.execute(ADD, {"name": name})


async def _of(coroutine: Any) -> Any:
    return await coroutine
