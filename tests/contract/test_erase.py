"""A clean slate: what the server itself needs stays, and nothing else."""

import pytest
from sqlalchemy import Connection, func, insert, select
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.function import Deployed
from keydesk.store import clients, erase, facts, functions, new_pool, pools
from keydesk.store.schema import metadata
from keydesk.store.signing_keys import SigningKeyRow
from keydesk.store.store import Store
from keydesk.store.tables import log_events, log_groups, log_streams

POOL = "eu-west-1_Pool00001"


def deployed(name: str, **more: str) -> Deployed:
    return Deployed(
        name=name, region="eu-west-1", account="000000000000", runtime="python3.11", handler="a.handler", **more
    )


def counts(db: Connection) -> dict[str, int]:
    """Rows by table, where there are any."""
    found = {
        table.name: db.execute(select(func.count()).select_from(table)).scalar_one()
        for table in metadata.tables.values()
    }
    return {name: count for name, count in found.items() if count}


def log(db: Connection) -> None:
    group = {"region": "eu-west-1", "name": "/aws/lambda/kept", "tags": b"{}", "created": 1}
    db.execute(insert(log_groups), group)
    at = db.execute(select(log_groups.c.id)).scalar_one()
    stream = {"log_group": at, "name": "s", "created": 1, "first": 1, "last": 1, "ingested": 1, "bytes": 1}
    db.execute(insert(log_streams), stream)
    line = {"log_group": at, "stream": db.execute(select(log_streams.c.id)).scalar_one()}
    db.execute(insert(log_events), line | {"at": 1, "ingested": 1, "message": "in"})


@pytest.fixture
def full(store: Store) -> Store:
    """Something that refers to something, in several rooms."""
    written(
        store, new_pool.add, samples.pool(), SigningKeyRow(kid="one", pool=POOL, private=b"s", public=b"{}", created=1)
    )
    written(store, clients.add, samples.client())
    written(store, log)
    written(store, functions.add, deployed("packed", digest="ab"), b"zip")
    written(store, functions.add, deployed("watched", folder="triggers"))
    for name, value in ((facts.SEAL, "print"), ("first_pool", POOL)):
        written(store, facts.keep, name, value)
    return store


def test_everything_goes_but_the_seal_and_watched_functions(full: Store) -> None:
    before = read(full, counts)
    assert {"pools", "clients", "signing_keys", "functions", "archives", "log_events", "facts"} <= set(before)
    gone = written(full, erase.everything)
    assert (gone.pools, gone.archives) == ([POOL], ["ab"])
    assert read(full, counts) == {"facts": 1, "functions": 1}
    assert read(full, facts.value, facts.SEAL) == "print"
    assert read(full, functions.named, "eu-west-1", "watched").folder == "triggers"


def test_all_may_be_made_again(full: Store) -> None:
    written(full, erase.everything)
    assert written(full, erase.everything) == ([], [])
    written(full, pools.add, samples.pool())
    written(full, functions.add, deployed("packed", digest="ab"), b"zip")
    assert read(full, functions.archive, "ab") == b"zip"
