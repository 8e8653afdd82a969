"""Statements on the hottest path: compiled once for each database, then run on the driver at a fraction of the cost.

What is read comes as Core would give it, but as plain tuples.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Dialect, Select, Table
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import UpdateBase

Row = tuple[Any, ...]
_CURSOR: Final = "keydesk.hot"
_SIZES: Final = (64, 8, 1)  # rows of one statement


class _Compiled(NamedTuple):
    text: str
    order: tuple[str, ...] | None  # of the parameters, where they go by place
    columns: tuple[tuple[int, Callable[[Any], Any]], ...]  # of those whose values the driver gives in another form


class Hot:
    """One such statement: called where it changes rows, `rows` where it reads them."""

    def __init__(self, statement: UpdateBase | Select[Any]) -> None:
        self._statement: Final = statement
        self._compiled: dict[str, _Compiled] = {}

    def __call__(self, db: Connection, values: Mapping[str, Any]) -> int:
        """Run it. `values` by the names of the bound parameters. How many rows it touched; raises what Core raises."""
        count: int = self._run(db, values, self._compiled.get(db.dialect.name) or self._compile(db.dialect)).rowcount
        return count

    def rows(self, db: Connection, values: Mapping[str, Any]) -> list[Row]:
        """Run it. What it reads; raises what Core raises."""
        compiled = self._compiled.get(db.dialect.name) or self._compile(db.dialect)
        found: list[Row] = self._run(db, values, compiled).fetchall()
        return [_converted(row, compiled.columns) for row in found] if compiled.columns else found

    def _run(self, db: Connection, values: Mapping[str, Any], compiled: _Compiled) -> Any:
        text, order, _ = compiled
        return _on_driver(db, text, dict(values) if order is None else tuple([values[name] for name in order]))

    def _compile(self, dialect: Dialect) -> _Compiled:
        compiled: Any = self._statement.compile(dialect=dialect)
        order = tuple(compiled.positiontup) if compiled.positional else None
        columns: list[tuple[int, Callable[[Any], Any]]] = []
        if isinstance(self._statement, Select):
            for place, column in enumerate(self._statement.selected_columns):
                convert = column.type.dialect_impl(dialect).result_processor(dialect, None)
                if convert is not None:
                    columns.append((place, convert))
        made = self._compiled[dialect.name] = _Compiled(str(compiled), order, tuple(columns))
        return made


class HotRows:
    """New rows of a table, many with each statement: at every statement a driver lets go of the interpreter, and with
    other threads at work it costs more to get it back than to add the row. PostgreSQL takes them by COPY, which costs
    a tenth of what it does to read a statement with hundreds of parameters."""

    def __init__(self, table: Table, names: Sequence[str]) -> None:
        """`names` are the columns that are given."""
        self._table: Final = table
        self._names: Final = tuple(names)

    def __call__(self, db: Connection, rows: Sequence[Row]) -> None:
        """Add them, each with its values in the order of the names. Raises what Core raises."""
        if db.dialect.name == "postgresql":
            self._copy(db, rows)
        else:
            self._insert(db, rows)

    def _copy(self, db: Connection, rows: Sequence[Row]) -> None:
        if not rows:
            return
        driver: Any = db.connection.dbapi_connection
        text = f"COPY {self._place(db.dialect)} FROM STDIN"
        try:
            with _cursor(db, driver).copy(text) as copy:
                for row in rows:
                    copy.write_row(row)
        except db.dialect.loaded_dbapi.Error as fault:
            raise _as_core_raises(db, driver, fault, text) from fault

    def _insert(self, db: Connection, rows: Sequence[Row]) -> None:
        text = f"INSERT INTO {self._place(db.dialect)} VALUES "
        marks = f"({', '.join('?' * len(self._names))})"
        added = 0
        for size in _SIZES:
            while len(rows) - added >= size:
                values = tuple(chain.from_iterable(rows[added : added + size]))
                _on_driver(db, text + ", ".join([marks] * size), values)
                added += size

    def _place(self, dialect: Dialect) -> str:
        """The table and the columns, as SQL names them."""
        quoted = dialect.identifier_preparer
        return f"{quoted.format_table(self._table)} ({', '.join(map(quoted.quote, self._names))})"


def _converted(row: Row, columns: tuple[tuple[int, Callable[[Any], Any]], ...]) -> Row:
    values = list(row)
    for place, convert in columns:
        values[place] = convert(values[place])
    return tuple(values)


def _on_driver(db: Connection, text: str, said: Any) -> Any:
    """A cursor over what the driver found. Raises what Core raises."""
    driver: Any = db.connection.dbapi_connection
    cursor = driver if db.dialect.name == "sqlite" else _cursor(db, driver)
    try:
        return cursor.execute(text, said)
    except db.dialect.loaded_dbapi.Error as fault:
        raise _as_core_raises(db, driver, fault, text, said) from fault


def _as_core_raises(db: Connection, driver: Any, fault: Any, text: str, said: Any = None) -> Exception:
    """The driver's error as Core would raise it; a connection that is lost is let go of."""
    lost = db.dialect.is_disconnect(fault, driver, None)
    if lost:
        db.invalidate(fault)
    base = db.dialect.loaded_dbapi.Error
    made: Exception = DBAPIError.instance(text, said, fault, base, dialect=db.dialect, connection_invalidated=lost)
    return made


def _cursor(db: Connection, driver: Any) -> Any:
    """The one cursor of a PostgreSQL connection that hot statements share; what they find is in the binary form."""
    info = db.info
    if (cursor := info.get(_CURSOR)) is None:
        cursor = info[_CURSOR] = driver.cursor(binary=True)
    return cursor
