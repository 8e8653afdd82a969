"""User import jobs: made, fed with a file, started, stopped and shown. What runs them is `import_run`.

A file goes to an address with our own signature in it. It is kept in sealed parts as it arrives, and counts when it is
whole: an upload that breaks off changes nothing.
"""

import secrets
from collections.abc import AsyncIterator
from string import ascii_letters, digits
from typing import Final

from msgspec.structs import replace

from keydesk.crypto.ids import new_uuid
from keydesk.crypto.seal import same
from keydesk.domain import import_file, places
from keydesk.domain.import_job import STOPPED, ImportJob, Status
from keydesk.domain.pool import Pool
from keydesk.errors import PreconditionNotMet, RequestTooLarge, ResourceNotFound
from keydesk.flows import paging, pools
from keydesk.flows.call import Call, Desk
from keydesk.shapes.types import CreateUserImportJobRequest
from keydesk.store import imports
from keydesk.store.imports import Part

PATH: Final = "/_keydesk/imports/"
LIVES: Final = 900_000  # milliseconds for which a job's address is good
PART: Final = 1 << 18  # bytes of a file in one row
LIST: Final = 50  # the most that the list of jobs gives at once
_ID: Final = ascii_letters + digits


async def create(ask: CreateUserImportJobRequest, call: Call) -> ImportJob:
    """A job that waits for its file. Raises ResourceNotFound, LimitExceeded."""
    pool = await pools.here(ask.user_pool_id, call)
    job = ImportJob(
        id="import-" + "".join(secrets.choice(_ID) for _ in range(10)),
        pool=pool.id,
        name=ask.job_name,
        role=ask.cloud_watch_logs_role_arn,
        algorithm=ask.password_hashing_algorithm or "",
        created=call.now(),
    )
    await call.store.write(imports.add, job)
    return job


async def here(pool_id: str, id: str, call: Call) -> ImportJob:
    """The job, as it stands now. Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    return _of_pool(pool, id, await call.store.read(imports.named, id)).at(call.now())


async def page(pool_id: str, said: str | None, limit: int, call: Call) -> tuple[list[ImportJob], str | None]:
    """A page of the pool's jobs, the last created first, and the token of the next. Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    limit = min(limit, LIST)
    created, _, id = paging.after(said, call, pool.id).partition(" ")
    before = (int(created), id) if created else (call.now() + 1, "")
    rows = await call.store.read(imports.page, pool.id, before, limit + 1)
    shown, token = paging.cut(rows, limit, lambda job: f"{job.created} {job.id}", call, pool.id)
    return [job.at(call.now()) for job in shown], token


async def start(pool_id: str, id: str, call: Call) -> ImportJob:
    """The job is to be run, by whichever node comes first. Raises ResourceNotFound, PreconditionNotMet."""
    pool = await pools.here(pool_id, call)
    if not pool.auto_verified:
        raise PreconditionNotMet("The user pool has no auto verified attributes, so nobody can be imported into it.")
    now = call.now()

    def started(job: ImportJob) -> ImportJob:
        job = _of_pool(pool, id, job).at(now)
        if job.status is not Status.CREATED:
            raise PreconditionNotMet(f"{id} cannot be started, for its status is {job.status}.")
        if not job.upload:
            raise PreconditionNotMet(f"No csv file was uploaded for {id}")
        if job.lines > import_file.MOST_USERS + 1:
            raise PreconditionNotMet(f"The csv file of {id} has more than {import_file.MOST_USERS} users.")
        return replace(job, status=Status.PENDING, started=now)

    job = _of_pool(pool, id, await call.store.write(imports.change, id, started))
    call.desk.import_started.set()
    return job


async def stop(pool_id: str, id: str, call: Call) -> ImportJob:
    """The job ends as soon as who runs it notices. Raises ResourceNotFound, PreconditionNotMet."""
    pool = await pools.here(pool_id, call)
    now = call.now()

    def stopping(job: ImportJob) -> ImportJob:
        job = _of_pool(pool, id, job).at(now)
        if job.status is Status.PENDING:
            return job.ended(Status.STOPPED, STOPPED, now)
        if job.status is not Status.IN_PROGRESS:
            raise PreconditionNotMet(f"{id} cannot be stopped, for its status is {job.status}.")
        return replace(job, status=Status.STOPPING)

    job = _of_pool(pool, id, await call.store.write(imports.change, id, stopping))
    call.desk.import_started.set()
    return job


async def awaiting(id: str, desk: Desk) -> ImportJob | None:
    """The job, if it takes a file."""
    job = await desk.store.read(imports.named, id)
    return job if job and job.at(desk.clock()).status is Status.CREATED else None


async def receive(job: ImportJob, chunks: AsyncIterator[bytes], desk: Desk) -> None:
    """Keep a file as it comes; whole, it takes the place of one before it.

    Raises RequestTooLarge, PreconditionNotMet where the job was started meanwhile, and what `chunks` raises.
    """
    upload, held, number, size, lines = new_uuid(), bytearray(), 0, 0, 0
    try:
        async for chunk in chunks:
            held += chunk
            size += len(chunk)
            lines += chunk.count(b"\n")
            if size > import_file.LARGEST:
                raise RequestTooLarge
            while len(held) >= PART:
                await _keep(job, upload, number, held[:PART], desk)
                del held[:PART]
                number += 1
        await _keep(job, upload, number, held, desk)
        await desk.store.write(imports.change, job.id, lambda now: _fed(now.at(desk.clock()), upload, size, lines))
    except BaseException:
        await desk.store.write(imports.forget_upload, job.id, upload)
        raise
    await desk.store.write(imports.forget_parts, job.id, but=upload)


def address(job: ImportJob, desk: Desk) -> str:
    """Where the job's file can be sent to: PreSignedUrl."""
    until = str(job.created + LIVES)
    return f"{desk.address}{PATH}{job.id}?Expires={until}&Signature={_proof(job.id, until, desk)}"


def signed(id: str, until: str, signature: str, desk: Desk) -> bool:
    """Whether such an address was given out."""
    return same(_proof(id, until, desk).encode(), signature.encode())


def _proof(id: str, until: str, desk: Desk) -> str:
    return desk.sealer.code_digest(f"{id} {until}", "imports.file").hex()


def _fed(job: ImportJob, upload: str, size: int, lines: int) -> ImportJob:
    if job.status is not Status.CREATED:
        raise PreconditionNotMet(f"{job.id} takes no file any more.")
    return replace(job, upload=upload, size=size, lines=lines)


async def _keep(job: ImportJob, upload: str, number: int, part: bytes | bytearray, desk: Desk) -> None:
    sealed = desk.sealer.seal(bytes(part), places.import_part(job.id, upload, number), job.pool)
    await desk.store.write(imports.keep_part, Part(job.id, upload, number, sealed, desk.clock()))


def _of_pool(pool: Pool, id: str, job: ImportJob | None) -> ImportJob:
    if job is None or job.pool != pool.id:
        raise ResourceNotFound(f"User import job {id} does not exist.")
    return job
