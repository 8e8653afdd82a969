"""Brings a database's schema forward to this program's, in one transaction and under a lock.

Alembic is imported only where there is something to do: a start on a current database does not pay for it.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import Connection, inspect, text

if TYPE_CHECKING:
    from alembic.config import Config

HEAD: Final = "0011"  # the newest file in migrations/versions; a test holds it to that
LOCK: Final = 0x6B65796465736B  # any number nobody else locks in this database
SCRIPTS: Final = Path(__file__).parent / "migrations"


class SchemaFault(Exception):
    """The database's schema and this program do not fit together; the sentence says what to do."""


def bring_forward(db: Connection) -> None:
    """Raises SchemaFault where the schema is newer than this program.

    On SQLite the connection is in autocommit mode with foreign keys off; on PostgreSQL it is inside a transaction.
    """
    if db.dialect.name == "sqlite":
        if version(db) != HEAD:
            _on_sqlite(db)
        return
    _alone(db)
    if version(db) != HEAD:
        _upgrade(db)


def check(db: Connection) -> None:
    """Raises SchemaFault where the schema is not this program's, for a database that cannot be brought forward here."""
    if (present := version(db)) != HEAD:
        raise SchemaFault(f"the database is a standby with schema {present}: open the primary with this program first")


def found(db: Connection, schema: str) -> None:
    """Make the schema of that version in an empty database. Raises SchemaFault for one that is not, or is unknown.

    Inside a transaction; on SQLite with foreign keys off.
    """
    if db.dialect.name != "sqlite":
        _alone(db)
    if version(db) is not None:
        raise SchemaFault("the database is not empty: name another, or move its file away")
    _upgrade(db, schema)


def go_on(db: Connection) -> None:
    """From there to this program's schema. Raises SchemaFault where rows refer to others that are not there."""
    _upgrade(db)
    if db.dialect.name == "sqlite":
        _check(db)


def version(db: Connection) -> str | None:
    """The schema's version, or None for an empty database. Raises SchemaFault for a database of something else."""
    tables = inspect(db).get_table_names()
    if "alembic_version" in tables:
        said: str | None = db.execute(text("SELECT version_num FROM alembic_version")).scalar_one_or_none()
        return said
    if "users" in tables or "pools" in tables:
        raise SchemaFault("the database holds tables that Keydesk did not make")
    return None


def configuration(db: Connection | None = None) -> "Config":
    """Alembic's configuration; with `db` it works on that connection, inside the caller's transaction."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    if db is not None:
        config.attributes["connection"] = db
    return config


def _on_sqlite(db: Connection) -> None:
    db.exec_driver_sql("BEGIN EXCLUSIVE")
    try:
        if version(db) != HEAD:  # another process may have done it while this one waited
            _upgrade(db)
        _check(db)
    except BaseException:
        db.exec_driver_sql("ROLLBACK")
        raise
    db.exec_driver_sql("COMMIT")


def _check(db: Connection) -> None:
    if broken := db.exec_driver_sql("PRAGMA foreign_key_check").all():
        raise SchemaFault(f"bringing the schema forward would break {len(broken)} references")


def _alone(db: Connection) -> None:
    """On PostgreSQL: nobody else changes the schema meanwhile, and nothing is cut short."""
    unlimited(db)  # a large table takes its time, and so do those who wait for it
    db.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def unlimited(db: Connection) -> None:
    """On PostgreSQL: this transaction takes as long as it takes."""
    for limit in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout"):
        db.execute(text(f"SET LOCAL {limit} = 0"))


def _upgrade(db: Connection, to: str = "head") -> None:
    from alembic import command
    from alembic.script import ScriptDirectory

    config = configuration(db)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    present = version(db) if to == "head" else to
    if present is not None and present not in known:
        raise SchemaFault(
            f"the database has schema {present}, this program knows up to {HEAD}; install a newer Keydesk"
        )
    command.upgrade(config, to)
