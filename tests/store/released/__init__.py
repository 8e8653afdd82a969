"""Databases of earlier schemas, put back as they were."""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alembic import command
from sqlalchemy import MetaData, create_engine, insert

from keydesk.store import migrate
from keydesk.store.store import address

FOLDER = Path(__file__).parent
SCHEMAS = sorted(path.stem for path in FOLDER.glob("*.json"))


def kept(schema: str) -> dict[str, Any]:
    """What was kept of it."""
    return dict(json.loads((FOLDER / f"{schema}.json").read_text("utf-8")))


def put_key(rows: dict[str, Any], data: Path) -> None:
    """Its key file in a data folder."""
    key = data / "sealing.key"
    key.write_text(rows["key"], "ascii")
    key.chmod(0o600)


def put_back(schema: str, data: Path, database_url: str) -> dict[str, Any]:
    """Fill an empty database as the release left it, and `data` with its key file; gives what is beside the rows."""
    rows = kept(schema)
    engine = create_engine(address(database_url))
    with engine.begin() as db:
        command.upgrade(migrate.configuration(db), schema)
        there = MetaData()
        there.reflect(db)
        for table in there.sorted_tables:
            for row in rows["tables"].get(table.name, ()):
                db.execute(insert(table), dict(_cells(table.c, row)))
    engine.dispose()
    put_key(rows, data)
    return rows


def _cells(columns: Any, row: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict):
            value = base64.b64decode(value["b"])
        yield name, bool(value) if columns[name].type.python_type is bool else value
