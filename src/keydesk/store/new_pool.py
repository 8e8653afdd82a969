"""A pool begins with its signing key: both are there, or neither."""

from sqlalchemy import Connection

from keydesk.domain.pool import Pool
from keydesk.store import pools, signing_keys
from keydesk.store.signing_keys import SigningKeyRow


def add(db: Connection, pool: Pool, key: SigningKeyRow) -> None:
    """Raises InvalidParameter where the id is taken."""
    pools.add(db, pool)
    signing_keys.add(db, key)
