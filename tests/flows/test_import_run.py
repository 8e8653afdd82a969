"""A job while it runs: what is seen of it, how it is stopped, and how it goes on after a restart or a death."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.importing import HEADER, counts, described, ended, fed, importing, log, start
from tests.serving import Pool, serving

from keydesk.domain.import_job import STOPPED, Status
from keydesk.flows import import_rows, import_run
from keydesk.flows.import_run import Importer
from keydesk.store import imports
from keydesk.store.imports import Hold

USERS = [f"u{number},u{number}@example.com,TRUE,,,," for number in range(9)]
FILE = "\n".join([HEADER, *USERS])


class Gate:
    """Batches are of two users; once `shut`, whoever runs a job stands still when a batch is stored."""

    def __init__(self) -> None:
        self.shut = threading.Event()
        self.reached = threading.Event()
        self.opened = threading.Event()

    async def stored(self, importer: Importer, *said: Any) -> Any:
        done = await original(importer, *said)
        if self.shut.is_set():
            self.reached.set()
            await asyncio.to_thread(self.opened.wait, 60)
        return done

    async def closed(self, importer: Importer) -> None:
        importer._closing = True
        self.open()
        await close(importer)

    def open(self) -> None:
        self.shut.clear()
        self.opened.set()


original, close = Importer._stored, Importer.close


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    one = Gate()
    monkeypatch.setattr(import_run, "BATCH", 2)
    monkeypatch.setattr(Importer, "_stored", lambda importer, *said: one.stored(importer, *said))
    monkeypatch.setattr(Importer, "close", lambda importer: one.closed(importer))
    yield one
    one.open()


def begun(pool: Pool, gate: Gate) -> str:
    """A job that stands after its first batch."""
    gate.shut.set()
    id = fed(pool, FILE)
    start(pool, id)
    assert gate.reached.wait(30)
    return id


def names(pool: Pool) -> list[str]:
    return sorted(one["Username"] for one in pool.api.list_users(UserPoolId=pool.id)["Users"])


def test_progress_is_seen_and_a_job_that_is_stopped_stays_where_it_was(server: Any, gate: Gate) -> None:
    pool = importing(server)
    id = begun(pool, gate)
    job = described(pool, id)
    assert (job["Status"], counts(job)) == ("InProgress", (2, 0, 0))
    assert "CompletionDate" not in job
    assert pool.api.stop_user_import_job(UserPoolId=pool.id, JobId=id)["UserImportJob"]["Status"] == "Stopping"
    gate.open()
    job = ended(pool, id)
    assert (job["Status"], counts(job), job["CompletionMessage"]) == ("Stopped", (2, 0, 0), STOPPED)
    assert names(pool) == ["u0", "u1"]
    assert server.run(server.house.desk.store.read(_parts, id)) == 0


def _parts(db: Any, id: str) -> int:
    return len(db.exec_driver_sql(f"SELECT * FROM user_import_parts WHERE job = '{id}'").all())


def test_a_server_that_stops_leaves_the_rest_to_its_next_start(tmp_path: Path, database_url: str, gate: Gate) -> None:
    url = "" if database_url.startswith("sqlite") else database_url
    with serving(tmp_path, database_url=url) as first:
        pool = importing(first)
        id = begun(pool, gate)
        assert counts(described(pool, id)) == (2, 0, 0)
    with serving(tmp_path, database_url=url) as second:
        pool.server, pool.api = second, second.client()
        job = ended(pool, id)
        assert (job["Status"], counts(job)) == ("Succeeded", (9, 0, 0))
        told = [f"[SUCCEEDED] Line Number {number} - The import succeeded." for number in range(2, 11)]
        assert log(pool, id) == told


def test_a_job_of_a_node_that_died_is_taken_over_when_its_lease_is_up(own_server: Any, gate: Gate) -> None:
    """The dead one comes back once more, and does nothing: each user is there once."""
    store, clock = own_server.house.desk.store, own_server.clock
    clock.stop()
    pool = importing(own_server)
    id = begun(pool, gate)
    job = own_server.run(store.read(imports.named, id))
    own_server.run(store.write(imports.release, job, _holder(own_server, id)))
    assert own_server.run(store.write(imports.claim, Hold("another node", clock() + 10_000), clock())).id == id
    gate.open()
    own_server.run(asyncio.sleep(0.2))
    job = described(pool, id)
    assert (job["Status"], counts(job)) == ("InProgress", (2, 0, 0)), "the other node's to go on with"
    clock.forward(seconds=11)
    own_server.run(_woken(own_server))
    assert counts(ended(pool, id)) == (9, 0, 0)
    assert names(pool) == sorted(f"u{number}" for number in range(9))


def _holder(server: Any, id: str) -> str:
    def found(db: Any) -> str:
        return str(db.exec_driver_sql(f"SELECT holder FROM user_imports WHERE id = '{id}'").scalar_one())

    return str(server.run(server.house.desk.store.read(found)))


async def _woken(server: Any) -> None:
    server.house.desk.import_started.set()


def test_what_nobody_foresaw_fails_a_line_or_the_job_and_never_hangs(server: Any, monkeypatch: Any) -> None:
    pool = importing(server)
    real = import_rows.record

    def record(line: bytes, *more: Any) -> Any:
        return real(line, *more) if line.startswith(b"u0") else 1 // 0

    monkeypatch.setattr(import_rows, "record", record)
    id = fed(pool, FILE)
    start(pool, id)
    assert counts(ended(pool, id)) == (1, 0, 8)
    assert log(pool, id)[1].endswith("something went wrong in the server.")
    monkeypatch.setattr(import_run, "_decoy", lambda *said: 1 // 0)
    id = fed(pool, FILE)
    start(pool, id)
    assert (ended(pool, id)["Status"], counts(described(pool, id))) == ("Failed", (0, 0, 0))


def test_a_pool_that_goes_takes_its_jobs_along(server: Any, gate: Gate) -> None:
    pool = importing(server)
    id = begun(pool, gate)
    pool.api.delete_user_pool(UserPoolId=pool.id)
    gate.open()
    other = importing(server)
    next_id = fed(other, FILE)
    start(other, next_id)
    assert ended(other, next_id)["Status"] == Status.SUCCEEDED.value
    assert server.run(server.house.desk.store.read(imports.named, id)) is None
