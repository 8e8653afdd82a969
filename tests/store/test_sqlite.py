"""What is SQLite's alone: another process that holds the lock, a full disk, and one transaction for many writes."""

import asyncio
import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from keydesk.errors import ServiceUnavailable
from keydesk.store import facts, sqlite
from keydesk.store.store import Store


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keydesk.db"


@pytest.fixture
def store(path: Path) -> Iterator[Store]:
    opened = Store.open(path)
    yield opened
    opened.close()


def test_a_disk_that_is_full_refuses_and_keeps_what_was_acknowledged(store: Store) -> None:
    """The file may not grow: SQLite answers as on a full disk."""

    def shrink(db: Connection, pages: int) -> None:
        db.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    async def fill() -> list[str | BaseException]:
        async def keep(name: str) -> str:
            await store.write(facts.keep, name, "x" * 20_000)
            return name

        return await asyncio.gather(*(keep(f"{number}") for number in range(50)), return_exceptions=True)

    asyncio.run(store.write(shrink, 1))  # SQLite raises it to the pages there are
    outcomes = asyncio.run(fill())
    kept = [outcome for outcome in outcomes if isinstance(outcome, str)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, ServiceUnavailable)]
    assert len(kept) + len(refused) == 50
    assert refused
    assert "SQLite" in refused[0].detail
    asyncio.run(store.write(shrink, 100_000))
    for number in range(50):
        assert (asyncio.run(store.read(facts.value, f"{number}")) is not None) == (f"{number}" in kept)
    asyncio.run(store.write(facts.keep, "again", "1"))


def test_another_process_that_keeps_the_lock_is_a_refusal(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "BUSY_MS", 50)
    store = Store.open(path)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ServiceUnavailable):
        asyncio.run(store.write(facts.keep, "a", "1"))
    assert asyncio.run(store.read(facts.value, "a")) is None
    other.execute("ROLLBACK")
    other.close()
    asyncio.run(store.write(facts.keep, "a", "1"))
    assert asyncio.run(store.read(facts.value, "a")) == "1"
    store.close()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA locking_mode = EXCLUSIVE")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(ServiceUnavailable):
        Store.open(path)
    other.close()


def test_writes_that_wait_together_share_a_transaction(store: Store) -> None:
    """Each sees what those before it in the same transaction wrote; each is undone alone."""

    def both(db: Connection, name: str) -> str | None:
        before = facts.value(db, "first")
        facts.keep(db, name, "1")
        return before

    async def main() -> list[str | None]:
        return await asyncio.gather(*(store.write(both, name) for name in ("first", "second")))

    assert asyncio.run(main()) == [None, "1"]


def test_what_comes_up_in_one_turn_of_the_loop_is_synced_once(store: Store) -> None:
    said: list[str] = []

    async def main() -> None:
        await store.write(lambda db: sqlite.raw(db).set_trace_callback(said.append))
        said.clear()
        await asyncio.gather(*(store.write(facts.keep, f"name {number}", "1") for number in range(3)))

    asyncio.run(main())
    assert said.count("COMMIT") == 1


def test_what_was_begun_when_the_end_comes_is_written(path: Path) -> None:
    async def main() -> None:
        store = Store.open(path)
        begun = asyncio.create_task(store.write(facts.keep, "a", "1"))
        await asyncio.sleep(0)
        store.close()
        await begun

    asyncio.run(main())
    store = Store.open(path)
    assert asyncio.run(store.read(facts.value, "a")) == "1"
    store.close()


def test_nothing_is_written_after_the_end(path: Path) -> None:
    store = Store.open(path)
    store.close()
    with pytest.raises(ServiceUnavailable):
        asyncio.run(store.write(facts.keep, "a", "1"))


def test_every_connection_is_durable_and_holds_references(store: Store) -> None:
    def pragmas(db: Connection) -> tuple[int, int]:
        return tuple(db.execute(text(f"PRAGMA {name}")).scalar_one() for name in ("synchronous", "foreign_keys"))

    full_and_on = (2, 1)
    assert asyncio.run(store.write(pragmas)) == full_and_on
    assert asyncio.run(store.read(pragmas)) == full_and_on


@pytest.mark.skipif(sys.platform != "linux", reason="the order of threads is Linux's")
def test_the_writer_never_interrupts_the_loop_that_writes(store: Store) -> None:
    assert asyncio.run(store.write(lambda _: os.sched_getscheduler(0))) == os.SCHED_BATCH
