"""What runs import jobs: one task on each node, one job at a time, in small batches with a pause as long as each.

A job is held by one node for LEASE from its last batch on. A node that is killed leaves it where its last batch ended;
one that stops lets go of it.
"""

import asyncio
import re
from contextlib import suppress
from typing import Final

import structlog
from msgspec.structs import replace

from keydesk.crypto import foreign
from keydesk.crypto.ids import new_uuid
from keydesk.domain.import_file import Faulty, header
from keydesk.domain.import_job import INTERNAL, STOPPED, ImportJob, Status
from keydesk.domain.pool import Pool
from keydesk.errors import Refusal
from keydesk.flows import import_rows
from keydesk.flows.call import Desk
from keydesk.flows.import_lines import Lines
from keydesk.flows.import_rows import FAILED, Row
from keydesk.store import imports as kept
from keydesk.store import pools
from keydesk.store.imports import Batch, Hold
from keydesk.store.logs import Line

log = structlog.get_logger("keydesk.imports")

BATCH: Final = 100  # users in one transaction
TURN: Final = 20  # lines after which others get their turn on the loop
LEASE: Final = 15_000  # milliseconds
POLL: Final = 5.0  # seconds between two looks for jobs that other nodes left behind
_NOT_IN_GROUPS: Final = re.compile(r"[^A-Za-z0-9._/#-]")


class Importer:
    """One for each server."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._holder = new_uuid()
        self._closing = False
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to look for jobs. Called once, on the running loop."""
        self._task = asyncio.create_task(self._run(), name="keydesk-imports")

    async def close(self) -> None:
        """Returns when the batch at hand is stored."""
        self._closing = True
        self._desk.import_started.set()
        if self._task:
            await self._task

    async def _run(self) -> None:
        while not self._closing:
            self._desk.import_started.clear()
            try:
                while not self._closing and (job := await self._claimed()):
                    await self._work(job)
            except Refusal as refusal:
                log.warning("imports wait", why=refusal.code, detail=refusal.detail)
            except Exception:
                log.exception("imports failed")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._desk.import_started.wait(), POLL)

    async def _claimed(self) -> ImportJob | None:
        """The next job that nobody works on. Looking costs no write."""
        now = self._desk.clock()
        if not await self._desk.store.read(kept.due, self._holder, now):
            return None
        return await self._desk.store.write(kept.claim, self._hold(), now)

    async def _work(self, job: ImportJob) -> None:
        try:
            if job.status is Status.STOPPING:
                await self._end(job.ended(Status.STOPPED, STOPPED, self._desk.clock()))
            else:
                await self._go_on(job)
        except Refusal:
            raise  # it may be otherwise in a moment
        except Exception:
            log.exception("import failed", job=job.id)
            await self._end(job.ended(Status.FAILED, INTERNAL, self._desk.clock()))

    async def _go_on(self, job: ImportJob) -> None:
        """Batch by batch, to the end of the file, or until the job is no longer this node's to work on."""
        loop, now = asyncio.get_running_loop(), self._desk.clock
        current: ImportJob | None = job
        lines, ended = Lines(job, self._desk), False
        while current and not ended:
            if self._closing:
                await self._desk.store.write(kept.release, current, self._holder)
                return
            began = loop.time()
            pool = await self._desk.store.read(pools.named, job.pool)
            if pool is None:
                return  # and the job with it
            current, ended = await self._batch(current, pool, lines)
            await asyncio.sleep(loop.time() - began)
        if current and not current.completed:
            await self._end(current.finished(now()))

    async def _batch(self, job: ImportJob, pool: Pool, lines: Lines) -> tuple[ImportJob | None, bool]:
        """The job after one more batch, and whether the file has ended; no job where it is no longer as it was."""
        rows, line = list[Row](), None
        after = replace(job, status=Status.IN_PROGRESS)
        while len(rows) < BATCH and (line := await lines.next()) is not None:
            after = replace(after, line=after.line + 1, offset=lines.done)
            if not after.columns:
                try:
                    after = replace(after, columns=header(line, pool, hashes=bool(job.algorithm)))
                except Faulty as fault:
                    return await self._ended(after, pool, str(fault)), True
            elif line.strip():
                rows.append(import_rows.read(line, after, pool, self._desk))
                if len(rows) % TURN == 0:
                    await asyncio.sleep(0)
        return await self._stored(replace(after, offset=lines.done), pool, rows), line is None

    async def _stored(self, job: ImportJob, pool: Pool, rows: list[Row]) -> ImportJob | None:
        def settle(in_the_way: list[str]) -> tuple[ImportJob, list[Line]]:
            done, told = import_rows.settled(job, pool, rows, in_the_way)
            return done, self._told(job, pool, told)

        users = [row.user for row in rows if row.user]
        batch = Batch(pool, users, _decoy(job, pool, rows))
        return await self._desk.store.write(kept.advance, job, self._hold(), batch, settle)

    async def _ended(self, job: ImportJob, pool: Pool, fault: str) -> ImportJob | None:
        """The job fails for what is in its first line."""
        failed = job.ended(Status.FAILED, fault, self._desk.clock())
        told = self._told(job, pool, [FAILED.format(job.line, fault)])
        return await self._desk.store.write(kept.advance, job, self._hold(), Batch(pool, []), lambda _: (failed, told))

    async def _end(self, job: ImportJob) -> None:
        def ended(now: ImportJob) -> ImportJob:
            return job if now.rev == job.rev else now

        await self._desk.store.write(kept.change, job.id, ended)

    def _told(self, job: ImportJob, pool: Pool, told: list[str]) -> list[Line]:
        """Lines of the job's log."""
        group = f"/aws/cognito/userpools/{pool.id}/{_NOT_IN_GROUPS.sub('_', pool.name)}"
        now = self._desk.clock()
        return [Line(pool.region, group, f"{job.id}/{job.name}", now, text) for text in told]

    def _hold(self) -> Hold:
        return Hold(self._holder, self._desk.clock() + LEASE)


def _decoy(job: ImportJob, pool: Pool, rows: list[Row]) -> tuple[str, str] | None:
    """What a wrong password has to cost from now on, where it is more than before."""
    hashes = [row.hashed for row in rows if row.user and row.hashed]
    if not hashes:
        return None
    costliest = max(hashes, key=lambda hashed: foreign.work(job.algorithm, hashed))
    known = pool.decoys.get(job.algorithm)
    if known and foreign.work(job.algorithm, known) >= foreign.work(job.algorithm, costliest):
        return None
    return job.algorithm, foreign.decoy(job.algorithm, costliest)
