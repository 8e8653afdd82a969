"""Everything gone but what the server itself needs: for development, where tests begin with a clean slate."""

from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from keydesk.store import facts
from keydesk.store.schema import metadata
from keydesk.store.tables import archives, data_keys, functions, pools
from keydesk.store.tables import facts as known


class Gone(NamedTuple):
    """What was there, for whoever keeps something of it elsewhere."""

    pools: list[str]
    archives: list[str]  # digests of functions' code


def everything(db: Connection) -> Gone:
    """Delete every row but the server's own keys, and functions that lie in a watched folder."""
    gone = Gone(
        list(db.execute(select(pools.c.id)).scalars()),
        list(db.execute(select(archives.c.digest)).scalars()),
    )
    for table in reversed(metadata.sorted_tables):  # what refers to something goes before it
        if table is functions:
            db.execute(delete(table).where(table.c.digest != ""))
        elif table is data_keys:
            db.execute(delete(table).where(table.c.pool.is_not(None)))
        elif table is known:
            db.execute(delete(table).where(table.c.name != facts.SEAL, table.c.name.not_like(f"{facts.KEK}%")))
        else:
            db.execute(delete(table))
    return gone
