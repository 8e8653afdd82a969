"""A whole database as lines of JSON, and back: as it was at one moment, and the same for both databases.

The first line says what it is and of which schema; each table begins with its columns; the last line counts all rows,
so that a file which was cut is not taken for a whole one.
"""

from base64 import b64decode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO, Final, TypeVar

import msgspec
from sqlalchemy import Column, Connection, MetaData, Table, insert, select, text
from sqlalchemy.exc import DataError, IntegrityError, InterfaceError, ProgrammingError

from keydesk.store import migrate
from keydesk.store.schema import metadata

T = TypeVar("T")

FORMAT: Final = 1
AT_ONCE: Final = 500  # rows
KINDS: Final = {str: "text", bytes: "bytes", int: "integer", bool: "boolean"}
# What a row raises that is none of its table's. A database that is full or away raises something else.
DAMAGE: Final = (KeyError, ValueError, TypeError, IntegrityError, DataError, InterfaceError, ProgrammingError)
_encode: Final = msgspec.json.Encoder().encode  # bytes as Base64
_decode: Final = msgspec.json.Decoder().decode


class CopyFault(Exception):
    """The file is no copy, or not a whole one; one clear line."""


def write(db: Connection, out: BinaryIO, now: int) -> Counter[str]:
    """Every row of every table; gives how many of each. `now` in epoch milliseconds."""
    counts: Counter[str] = Counter()
    schema = migrate.version(db)
    out.write(_encode({"keydesk": "backup", "format": FORMAT, "schema": schema, "made": now}) + b"\n")
    for table in metadata.sorted_tables:  # what others refer to goes before them
        out.write(_encode({"table": str(table.name), "columns": {str(one.name): kind(one) for one in table.c}}) + b"\n")
        for row in rows(db, table):
            out.write(_encode(tuple(row)) + b"\n")
            counts[str(table.name)] += 1
    out.write(_encode({"rows": counts}) + b"\n")
    return counts


def read(db: Connection, lines: Iterable[bytes]) -> Counter[str]:
    """Fill an empty database, and bring it to this program's schema; gives how many rows each table was given.

    Raises CopyFault, and SchemaFault where the database is not empty or the copy is newer than this program.
    """
    found = documents(lines)
    head = next(found, None)
    if not isinstance(head, dict) or head.get("keydesk") != "backup":
        raise CopyFault("this is no backup of Keydesk")
    if head.get("format") != FORMAT:
        raise CopyFault(f"the backup has format {head.get('format')}, this program reads {FORMAT}")
    migrate.found(db, str(head["schema"]))
    there = MetaData()
    there.reflect(db)
    try:
        counts = _fill(db, there, found)
    except DAMAGE:
        raise CopyFault("the backup is damaged: one of its rows cannot be read") from None
    migrate.go_on(db)
    _count_on(db)
    return counts


def rows(db: Connection, table: Table, *conditions: Any) -> Iterator[Any]:
    """All rows in the order of their keys, a few at a time."""
    statement = select(*table.c).where(*conditions).order_by(*table.primary_key)
    yield from db.execute(statement, execution_options={"yield_per": AT_ONCE})


def kind(column: Column[Any]) -> str:
    return KINDS[column.type.python_type]


def documents(lines: Iterable[bytes]) -> Iterator[Any]:
    """What the lines say. Raises CopyFault."""
    try:
        for line in lines:
            yield _decode(line)
    except (OSError, EOFError, msgspec.DecodeError) as fault:
        raise CopyFault(f"the file is damaged, or not whole: {fault}") from None


def end(found: Iterator[Any]) -> None:
    """Nothing is behind the last line but the checksum of all, which is looked at by who reads on. Raises CopyFault."""
    if next(found, None) is not None:
        raise CopyFault("the file is damaged: something follows its last line")


def _fill(db: Connection, there: MetaData, found: Iterator[Any]) -> Counter[str]:
    counts: Counter[str] = Counter()
    table, columns, waiting = Table("none", MetaData()), dict[str, str](), list[list[Any]]()

    def store() -> None:
        if waiting:
            db.execute(insert(table), [_row(columns, values) for values in waiting])
            counts[table.name] += len(waiting)
            waiting.clear()

    for document in found:
        if isinstance(document, list):
            waiting.append(document)
            if len(waiting) == AT_ONCE:
                store()
            continue
        store()
        if "rows" in document:
            if document["rows"] != counts:
                raise CopyFault("the backup is damaged: its rows are not those that it counts")
            end(found)
            return counts
        table, columns = there.tables[document["table"]], document["columns"]
    raise CopyFault("the backup is not whole: its end is missing")


def _row(columns: dict[str, str], values: Sequence[Any]) -> dict[str, Any]:
    pairs = zip(columns.items(), values, strict=True)
    return {name: b64decode(one) if kind == "bytes" and one is not None else one for (name, kind), one in pairs}


def _count_on(db: Connection) -> None:
    """What PostgreSQL numbers by itself goes on behind the rows that came with numbers."""
    if db.dialect.name == "sqlite":
        return
    for table in metadata.sorted_tables:
        if (own := table.autoincrement_column) is not None and own.autoincrement is True:
            sequence = f"pg_get_serial_sequence('{table.name}', '{own.name}')"
            db.execute(text(f"SELECT setval({sequence}, max({own.name})) FROM {table.name}"))
