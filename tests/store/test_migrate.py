"""The schema's history: one line, the same tables as `tables.py` says, forward only."""

import sqlite3
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, text

from keydesk.store import migrate
from keydesk.store.schema import metadata
from keydesk.store.store import Store, address


def test_the_migrated_schema_is_what_the_tables_say(database_url: str) -> None:
    Store.open(database_url).close()
    engine = create_engine(address(database_url))
    with engine.connect() as db:
        context = MigrationContext.configure(db, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_head_is_the_newest_migration() -> None:
    scripts = ScriptDirectory.from_config(migrate.configuration())
    assert scripts.get_heads() == [migrate.HEAD]


def test_a_newer_schema_is_refused_and_left_alone(database_url: str) -> None:
    Store.open(database_url).close()
    _set_version(database_url, "9999")
    with pytest.raises(migrate.SchemaFault, match="schema 9999, this program knows up to"):
        Store.open(database_url)
    _set_version(database_url, migrate.HEAD)
    Store.open(database_url).close()


def test_somebody_elses_database_is_refused(database_url: str) -> None:
    engine = create_engine(address(database_url))
    with engine.begin() as db:
        db.execute(text("CREATE TABLE users (id integer)"))
    engine.dispose()
    with pytest.raises(migrate.SchemaFault, match="tables that Keydesk did not make"):
        Store.open(database_url)


def test_many_may_open_an_empty_database_at_once(database_url: str) -> None:
    faults: list[Exception] = []

    def open_and_close() -> None:
        try:
            Store.open(database_url).close()
        except Exception as fault:
            faults.append(fault)

    threads = [threading.Thread(target=open_and_close) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []


def test_a_start_on_a_current_database_does_not_load_alembic(tmp_path: Path) -> None:
    path = tmp_path / "keydesk.db"
    Store.open(path).close()
    opens = "import sys; from keydesk.store.store import Store; Store.open(sys.argv[1]).close()"
    code = f"{opens}; print('alembic' in sys.modules)"
    assert subprocess.check_output([sys.executable, "-c", code, path], text=True).strip() == "False"


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "keydesk.db"
    store = Store.open(path)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}
    store.close()
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_sqlite_is_durable(tmp_path: Path) -> None:
    path = tmp_path / "keydesk.db"
    Store.open(path).close()
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    db.close()


@pytest.mark.parametrize("where", ["mysql://host/name", "sqlite://", "sqlite:///:memory:"])
def test_other_databases_are_refused(where: str) -> None:
    with pytest.raises(ValueError, match="the database must be"):
        Store.open(where)


def _set_version(url: str, version: str) -> None:
    engine = create_engine(address(url))
    with engine.begin() as db:
        db.execute(text("UPDATE alembic_version SET version_num = :version"), {"version": version})
    engine.dispose()
