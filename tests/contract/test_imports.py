"""Import jobs: one node holds one, a batch happens once or not at all, and what nobody wants any more goes."""

from typing import Any

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.import_job import EXPIRED, ImportJob, Status
from keydesk.errors import LimitExceeded
from keydesk.store import imports, logs, pools, users
from keydesk.store.imports import Batch, Hold, Part
from keydesk.store.store import Store

POOL = samples.pool(alias_attributes=["email"])
DAY = 86_400_000
LINES = [logs.Line("eu-west-1", "/aws/cognito/userpools/p", "job/one", 5, "[SUCCEEDED] Line Number 2")]


def job(number: int = 1, **more: Any) -> ImportJob:
    return ImportJob(id=f"import-{number}", pool=POOL.id, name="one", role="arn", created=number, **more)


def stored(store: Store, *jobs: ImportJob) -> None:
    written(store, pools.add, POOL)
    for one in jobs:
        written(store, imports.add, one)


def advance(store: Store, now: ImportJob, holder: str, *people: Any) -> ImportJob | None:
    """One batch of the holder's, who sees the job as `now`."""

    def settle(in_the_way: list[str]) -> tuple[ImportJob, list[logs.Line]]:
        done = replace(now, imported=now.imported + in_the_way.count(""), line=now.line + len(people))
        return replace(done, skipped=len(in_the_way) - in_the_way.count("")), LINES

    found: ImportJob | None = written(store, imports.advance, now, Hold(holder, 100), Batch(POOL, people), settle)
    return found


def test_a_job_is_held_by_one_node_and_taken_over_when_its_time_is_up(store: Store) -> None:
    stored(store, job(1), job(2, status=Status.PENDING), job(3, status=Status.IN_PROGRESS))
    first, second = (written(store, imports.claim, Hold("a", 100), 50) for _ in range(2))
    assert (first.id, second.id) == ("import-2", "import-2"), "it goes on with what it holds"
    assert written(store, imports.claim, Hold("b", 1000), 50).id == "import-3"
    assert not read(store, imports.due, "c", 99)
    assert written(store, imports.claim, Hold("c", 300), 99) is None
    taken = written(store, imports.claim, Hold("c", 300), 100)
    assert taken.id == "import-2"
    written(store, imports.release, taken, "a")
    assert not read(store, imports.due, "d", 100), "it was not a's to let go of any more"
    written(store, imports.release, taken, "c")
    assert written(store, imports.claim, Hold("d", 300), 100).id == "import-2"


def test_a_batch_of_a_node_that_lost_the_job_does_not_happen(store: Store) -> None:
    stored(store, job(1, status=Status.PENDING))
    mine = written(store, imports.claim, Hold("a", 10), 1)
    after = advance(store, mine, "a", samples.user(1), samples.user(2))
    assert after is not None
    assert (after.imported, after.line, after.rev) == (2, 2, mine.rev + 1)
    assert advance(store, mine, "a", samples.user(3)) is None, "this batch has been"
    theirs = written(store, imports.claim, Hold("b", 100), 200)
    assert advance(store, after, "a", samples.user(3)) is None
    assert read(store, users.by_key, samples.key(3)) is None
    assert advance(store, theirs, "b", samples.user(3))
    assert written(store, imports.change, "import-1", lambda one: replace(one, status=Status.STOPPING))
    assert advance(store, theirs, "b", samples.user(4)) is None
    group = read(store, logs.group, "eu-west-1", LINES[0].group)
    assert group is not None
    told = read(store, logs.page, logs.Window(group.id), logs.FIRST, limit=9, matches=None)
    assert [event.message for event in told.events] == [LINES[0].message] * 2


def test_users_are_added_together_but_for_those_whose_names_are_taken(store: Store) -> None:
    stored(store, job(1, status=Status.PENDING))
    proved = {"email": "user000001@example.com", "email_verified": "true"}
    written(store, users.add_many, POOL, [samples.user(1, attributes=proved)])
    people = [
        samples.user(1, sub="sub-a"),
        samples.user(2, attributes=proved),
        samples.user(3),
        samples.user(3, sub="sub-b"),
    ]
    assert written(store, users.add_many, POOL, people) == ["username", "email", "", "username"]
    assert read(store, users.called, POOL.id, "user000003").sub == "sub-000003"
    assert read(store, users.by_key, samples.key(2)) is None
    assert read(store, users.called, POOL.id, "user000001@example.com").sub == "sub-000001"


def test_parts_go_with_the_end_of_a_job_and_uploads_that_broke_off_after_an_hour(store: Store) -> None:
    stored(store, job(1, upload="whole"), job(2))
    for upload in ("whole", "half"):
        written(store, imports.keep_part, Part("import-1", upload, 0, b"sealed", 1))
    assert written(store, imports.expire, imports.ABANDONED, 10) == 0
    assert written(store, imports.expire, imports.ABANDONED + 1, 10) == 1
    assert [read(store, imports.part, "import-1", upload, 0) for upload in ("whole", "half")] == [b"sealed", None]
    assert written(store, imports.expire, DAY + 1, 10) == 1
    ended = read(store, imports.named, "import-1")
    assert (ended.status, ended.message, ended.completed) == (Status.EXPIRED, EXPIRED, DAY + 1)
    assert read(store, imports.part, "import-1", "whole", 0) is None
    assert [one.id for one in read(store, imports.page, POOL.id, (9, ""), 5)] == ["import-2", "import-1"]
    assert [one.id for one in read(store, imports.page, POOL.id, (2, "import-2"), 5)] == ["import-1"]


def test_a_decoy_goes_to_the_pool_with_the_batch(store: Store) -> None:
    stored(store, job(1, status=Status.PENDING))
    mine = written(store, imports.claim, Hold("a", 10), 1)
    batch = Batch(POOL, [], ("BCRYPT", "$2b$10$"))
    assert written(store, imports.advance, mine, Hold("a", 10), batch, lambda _: (mine, []))
    assert read(store, pools.named, POOL.id).decoys == {"BCRYPT": "$2b$10$"}


def test_a_pool_has_so_many_jobs(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "MOST", 1)
    stored(store, job(1))
    with pytest.raises(LimitExceeded):
        written(store, imports.add, job(2))
    written(store, pools.remove, POOL.id)
    assert read(store, imports.named, "import-1") is None
