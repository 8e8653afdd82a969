"""What stood in the way: on both databases a missing parent is told from a taken key."""

import pytest
from sqlalchemy import Connection, insert
from sqlalchemy.exc import IntegrityError
from tests.contract import samples
from tests.contract.samples import written

from keydesk.domain.user import User
from keydesk.store.faults import lacks_parent
from keydesk.store.store import Store
from keydesk.store.tables import names


def judged(db: Connection, user: User, name: str) -> str:
    try:
        db.execute(insert(names), {"pool": user.pool, "name": name, "kind": "username", "sub": user.sub})
    except IntegrityError as fault:
        raise LookupError("no parent" if lacks_parent(fault) else "taken") from fault
    return "added"


def test_a_missing_parent_is_told_from_a_taken_key(store: Store) -> None:
    user = samples.user()
    written(store, samples.added, samples.pool(), user)
    assert written(store, judged, user, "another") == "added"
    with pytest.raises(LookupError, match="taken"):
        written(store, judged, user, user.username)
    with pytest.raises(LookupError, match="no parent"):
        written(store, judged, samples.user(2), "third")
