"""Import jobs, the files that were uploaded to them, and the users that come out of those.

A job is worked on by the node that holds it. A batch of users, the lines of the log about them and the job's progress
are one transaction, bound to the revision that the node has read: what happens twice, or too late, does not happen.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection, Select, bindparam, delete, func, insert, or_, select, tuple_, update

from keydesk.domain.import_job import LONGEST_WAIT, RUNNABLE, ImportJob, Status
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.errors import LimitExceeded
from keydesk.store import documents, logs, pools, users
from keydesk.store.tables import pools as pools_table
from keydesk.store.tables_around import user_import_parts as parts
from keydesk.store.tables_around import user_imports as jobs

Edit = Callable[[ImportJob], ImportJob]
# From the kinds of names that stand in a user's way ("" where the user was added): the job as it is then, and the log.
Settle = Callable[[list[str]], tuple[ImportJob, list[logs.Line]]]

MOST: Final = 1000  # jobs of a pool
ABANDONED: Final = 3_600_000  # milliseconds after which an upload that never ended is thrown away

_NAMED: Final = select(jobs.c.doc).where(jobs.c.id == bindparam("id"))
_HELD: Final = _NAMED.with_for_update()
_PART: Final = select(parts.c.sealed).where(
    parts.c.job == bindparam("job"), parts.c.upload == bindparam("upload"), parts.c.number == bindparam("number")
)


class Hold(NamedTuple):
    """Which node holds a job, and until when, in epoch milliseconds."""

    holder: str
    until: int


class Part(NamedTuple):
    """A piece of a file. `number` counts from 0; `created` is in epoch milliseconds."""

    job: str
    upload: str
    number: int
    sealed: bytes
    created: int


class Batch(NamedTuple):
    """Users to add, and what checking a password costs most by now: algorithm and decoy."""

    pool: Pool
    users: Sequence[User]
    decoy: tuple[str, str] | None = None


def add(db: Connection, job: ImportJob) -> None:
    """Raises LimitExceeded where the pool has too many jobs."""
    count: int = db.execute(select(func.count()).select_from(jobs).where(jobs.c.pool == job.pool)).scalar_one()
    if count >= MOST:
        raise LimitExceeded(f"A user pool has at most {MOST} user import jobs.")
    row = {"id": job.id, "pool": job.pool, "holder": "", "lease": 0, "created": job.created}
    db.execute(insert(jobs), {**row, **_columns(job)})


def named(db: Connection, id: str) -> ImportJob | None:
    doc = db.execute(_NAMED, {"id": id}).scalar_one_or_none()
    return None if doc is None else documents.import_job(doc)


def page(db: Connection, pool: str, before: tuple[int, str], count: int) -> list[ImportJob]:
    """Jobs of a pool, the last created first, from the one before `before` (when it was created, and its id)."""
    place = tuple_(jobs.c.created, jobs.c.id)
    found = select(jobs.c.doc).where(jobs.c.pool == pool, place < tuple_(*before))
    rows = db.execute(found.order_by(jobs.c.created.desc(), jobs.c.id.desc()).limit(count))
    return [documents.import_job(doc) for doc in rows.scalars()]


def change(db: Connection, id: str, edit: Edit) -> ImportJob | None:
    """Stores what `edit` makes of the job, and throws its file away where it has ended. Raises what `edit` raises."""
    doc = db.execute(_HELD, {"id": id}).scalar_one_or_none()
    return None if doc is None else _stored(db, edit(documents.import_job(doc)))


def keep_part(db: Connection, part: Part) -> None:
    """One more part of an upload."""
    db.execute(insert(parts), part._asdict())


def part(db: Connection, job: str, upload: str, number: int) -> bytes | None:
    sealed: bytes | None = db.execute(_PART, {"job": job, "upload": upload, "number": number}).scalar_one_or_none()
    return sealed


def forget_parts(db: Connection, job: str, *, but: str = "") -> None:
    """Throw away what was uploaded to a job, `but` for one upload."""
    db.execute(delete(parts).where(parts.c.job == job, parts.c.upload != but))


def forget_upload(db: Connection, job: str, upload: str) -> None:
    db.execute(delete(parts).where(parts.c.job == job, parts.c.upload == upload))


def due(db: Connection, holder: str, now: int) -> bool:
    """Whether there is a job to be run that no other node holds."""
    return db.execute(_due(holder, now)).first() is not None


def claim(db: Connection, hold: Hold, now: int) -> ImportJob | None:
    """The earliest such job; from now on this node holds it."""
    found = _due(hold.holder, now).with_for_update(skip_locked=True)
    doc: bytes | None = db.execute(found).scalar_one_or_none()
    return None if doc is None else _stored(db, documents.import_job(doc), hold)


def _due(holder: str, now: int) -> Select[Any]:
    free = or_(jobs.c.lease <= now, jobs.c.holder == holder)
    return select(jobs.c.doc).where(jobs.c.status.in_(RUNNABLE), free).order_by(jobs.c.created, jobs.c.id).limit(1)


def release(db: Connection, job: ImportJob, holder: str) -> None:
    """The node does not go on with the job; another may at once."""
    db.execute(update(jobs).where(jobs.c.id == job.id, jobs.c.holder == holder).values(lease=0))


def advance(db: Connection, job: ImportJob, hold: Hold, batch: Batch, settle: Settle) -> ImportJob | None:
    """Add a batch of users, and settle what that makes of the job. None where the job is no longer as it was read.

    Raises ConcurrentModification where a name was taken, or the pool changed, at this very moment.
    """
    mine = (jobs.c.id == job.id) & (jobs.c.rev == job.rev) & (jobs.c.holder == hold.holder)
    if db.execute(select(jobs.c.id).where(mine).with_for_update()).first() is None:
        return None
    settled, lines = settle(users.add_many(db, batch.pool, batch.users))
    if batch.decoy:
        _keep_decoy(db, batch.pool.id, *batch.decoy)
    if lines:
        logs.append(db, lines, lines[0].at)
    return _stored(db, settled, hold)


def expire(db: Connection, now: int, limit: int) -> int:
    """Up to `limit` jobs that were not started for long enough, and uploads that never ended; gives how many went."""
    late = select(jobs.c.doc).where(jobs.c.status == Status.CREATED, jobs.c.created <= now - LONGEST_WAIT)
    found = [documents.import_job(doc) for doc in db.execute(late.limit(limit).with_for_update()).scalars()]
    for job in found:
        _stored(db, job.at(now))
    stale = select(parts.c.job, parts.c.upload, jobs.c.doc).join(jobs, jobs.c.id == parts.c.job)
    stale = stale.where(parts.c.created <= now - ABANDONED).distinct().limit(limit)
    left = [(job, upload) for job, upload, doc in db.execute(stale) if documents.import_job(doc).upload != upload]
    for job, upload in left:
        forget_upload(db, job, upload)
    return len(found) + len(left)


def _stored(db: Connection, job: ImportJob, hold: Hold | None = None) -> ImportJob:
    stored = replace(job, rev=job.rev + 1)
    held = {"holder": hold.holder, "lease": hold.until} if hold else {}
    db.execute(update(jobs).where(jobs.c.id == job.id).values(**_columns(stored), **held))
    if job.completed:
        forget_parts(db, job.id)
    return stored


def _columns(job: ImportJob) -> dict[str, object]:
    return {"status": job.status.value, "rev": job.rev, "doc": documents.encode(job)}


def _keep_decoy(db: Connection, pool: str, algorithm: str, decoy: str) -> None:
    doc = db.execute(select(pools_table.c.doc).where(pools_table.c.id == pool)).scalar_one_or_none()
    if doc is not None:
        found = documents.pool(doc)
        pools.change(db, replace(found, decoys={**found.decoys, algorithm: decoy}))
