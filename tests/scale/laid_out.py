"""A PostgreSQL database whose tables are spread as Citus spreads them, and what each statement touches in it.

Every table of `spread.places` that lies by a column is partitioned by its hash. The rule is that of Citus: what is
unique must hold the column, which PostgreSQL enforces for partitions, too. The parts of all tables with one number
stand for one machine. A statement is held to be one machine's where its plan, made from its text and values alone,
has parts of one number only.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import psycopg
import pytest
from alembic import command
from sqlalchemy import MetaData, Table, create_engine

from keydesk.store import migrate, spread
from keydesk.store.schema import metadata
from keydesk.store.store import address

PARTS = 8


def lay_out(url: str) -> None:
    """Today's schema in an empty database, spread."""
    spread_out = MetaData(naming_convention=metadata.naming_convention)
    engine = create_engine(address(url))
    with engine.begin() as db:
        for table in metadata.sorted_tables:
            copy, column = table.to_metadata(spread_out), spread.place(table).column
            if column:
                copy.dialect_options["postgresql"]["partition_by"] = f"HASH ({column})"
        spread_out.create_all(db)
        for table in metadata.sorted_tables:
            for part in range(PARTS if spread.place(table).column else 0):
                db.exec_driver_sql(
                    f'CREATE TABLE "{table.name}_part{part}" PARTITION OF "{table.name}"'
                    f" FOR VALUES WITH (MODULUS {PARTS}, REMAINDER {part})"
                )
        command.stamp(migrate.configuration(db), "head")
    engine.dispose()


class Statement(NamedTuple):
    """What somebody asked of the database: while which call, on which connection, in its how manieth transaction."""

    call: str
    connection: int
    transaction: int
    text: str
    values: Any


class Recorder:
    """Every statement that goes through psycopg, as it is sent."""

    def __init__(self) -> None:
        self.call = ""
        self.statements: list[Statement] = []
        self.ended: dict[int, int] = {}

    @contextmanager
    def recording(self) -> Iterator[None]:
        with pytest.MonkeyPatch.context() as patch:
            for name in ("execute", "executemany"):
                patch.setattr(psycopg.Cursor, name, self._kept(getattr(psycopg.Cursor, name)))
            for name in ("commit", "rollback"):
                patch.setattr(psycopg.Connection, name, self._ends(getattr(psycopg.Connection, name)))
            yield

    def _kept(self, run: Any) -> Any:
        def kept(cursor: Any, query: Any, values: Any = None, **more: Any) -> Any:
            at = id(cursor.connection)
            for each in values if isinstance(values, list) else [values]:
                self.statements.append(Statement(self.call, at, self.ended.get(at, 0), str(query), each))
            if cursor.connection.autocommit:
                self.ended[at] = self.ended.get(at, 0) + 1
            return run(cursor, query, values, **more)

        return kept

    def _ends(self, run: Any) -> Any:
        def ends(connection: Any) -> Any:
            self.ended[id(connection)] = self.ended.get(id(connection), 0) + 1
            return run(connection)

        return ends


class Plans:
    """What statements touch."""

    def __init__(self, url: str) -> None:
        self._db = psycopg.connect(url, cursor_factory=psycopg.ClientCursor, autocommit=True)

    def machines(self, statement: Statement) -> set[int]:
        """The numbers of the parts that it touches. Whole tables have none."""
        plan = self._db.execute(f"EXPLAIN (FORMAT JSON) {statement.text}".encode(), statement.values).fetchone()
        if inserted := re.match(r'INSERT INTO "?(\w+)', statement.text):
            return {*_parts(plan), *self._goes_to(metadata.tables[inserted[1]], statement.values)}
        return set(_parts(plan))

    def _goes_to(self, table: Table, values: dict[str, Any]) -> Iterator[int]:
        """Where a new row goes: a plan does not tell it."""
        if (column := spread.place(table).column) and column in values:
            hashes = "SELECT n FROM generate_series(0, %s) n WHERE satisfies_hash_partition(%s::regclass, %s, n, %s{})"
            kind = "" if isinstance(values[column], bytes) else "::varchar"
            said = [PARTS - 1, table.name, PARTS, values[column]]
            yield from (n for (n,) in self._db.execute(hashes.format(kind).encode(), said))

    def close(self) -> None:
        self._db.close()


def _parts(plan: Any) -> Iterator[int]:
    if isinstance(plan, list | tuple):
        for each in plan:
            yield from _parts(each)
    elif isinstance(plan, dict):
        if found := re.fullmatch(r"\w+_part(\d)", plan.get("Relation Name", "")):
            yield int(found[1])
        for each in plan.values():
            yield from _parts(each)
