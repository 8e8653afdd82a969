"""What the database refused: which kind of constraint stood in the way."""

import sqlite3

from sqlalchemy.exc import IntegrityError


def lacks_parent(fault: IntegrityError) -> bool:
    """Whether the row it belongs to (a pool, a user, a group) is gone; otherwise the key was taken."""
    code = getattr(fault.orig, "sqlite_errorcode", None)
    state = getattr(fault.orig, "sqlstate", None)
    return code == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY or state == "23503"
