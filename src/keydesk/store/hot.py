"""Statements on the hottest path: compiled once for each database, then run on the driver, at half the cost of Core.

Only for statements that read nothing back: the driver's values would come as the driver has them.
"""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, CursorResult, Dialect
from sqlalchemy.sql.dml import UpdateBase


class Hot:
    """One such statement."""

    def __init__(self, statement: UpdateBase) -> None:
        self._statement: Final = statement
        self._compiled: dict[str, tuple[str, tuple[str, ...] | None]] = {}

    def __call__(self, db: Connection, values: Mapping[str, Any]) -> CursorResult[Any]:
        """Run it. `values` by the names of the bound parameters. Raises what Core raises."""
        text, order = self._compiled.get(db.dialect.name) or self._compile(db.dialect)
        return db.exec_driver_sql(text, dict(values) if order is None else tuple(values[name] for name in order))

    def _compile(self, dialect: Dialect) -> tuple[str, tuple[str, ...] | None]:
        compiled: Any = self._statement.compile(dialect=dialect)
        order = tuple(compiled.positiontup) if compiled.positional else None
        made = self._compiled[dialect.name] = (str(compiled), order)
        return made
