"""The whole schema: `metadata`, with every table entered in it."""

from keydesk.store import tables, tables_around
from keydesk.store.columns import metadata

__all__ = ["metadata", "tables", "tables_around"]
