"""A pool begins with its signing key, and its data key where it has one: all are there, or none."""

from sqlalchemy import Connection

from keydesk.domain.pool import Pool
from keydesk.store import data_keys, pools, signing_keys
from keydesk.store.signing_keys import SigningKeyRow


def add(db: Connection, pool: Pool, key: SigningKeyRow, *sealing: data_keys.Row) -> None:
    """Raises InvalidParameter where the id is taken."""
    pools.add(db, pool)
    data_keys.add(db, sealing)
    signing_keys.add(db, key)
