"""The lines of an uploaded file, read part by part: never more of it in memory than a part and a line."""

from collections import deque
from typing import Final

from keydesk.domain import places
from keydesk.domain.import_file import LONGEST_LINE
from keydesk.domain.import_job import ImportJob
from keydesk.flows import imports
from keydesk.flows.call import Desk
from keydesk.store import imports as kept

LONGEST: Final = 4 * LONGEST_LINE + 1  # bytes of a line that are given: one more than of any that is not too long


class Lines:
    """The lines of a job's file that are not done yet. `done` are the bytes of the file up to the end of the last."""

    def __init__(self, job: ImportJob, desk: Desk) -> None:
        self._job = job
        self._desk = desk
        self._whole: deque[bytes] = deque()
        self._held = b""  # of the line that has not come to its end
        self._lost = 0  # bytes of it that are too many, and were thrown away
        self._read = job.offset
        self.done = job.offset

    async def next(self) -> bytes | None:
        """One more line without its end; None at the end of the file. Raises SealBroken."""
        while not self._whole:
            part = await self._part()
            if not part:
                line, self._held, self.done = self._held, b"", self._read
                return line.removesuffix(b"\r") or None
            self._read += len(part)
            *whole, self._held = (self._held + part).split(b"\n")
            self._whole.extend(whole)
            if not whole:
                self._lost += len(self._held[LONGEST:])
                self._held = self._held[:LONGEST]
        line = self._whole.popleft()
        self.done += self._lost + len(line) + 1
        self._lost = 0
        return line[:LONGEST].removesuffix(b"\r")

    async def _part(self) -> bytes:
        """The file from what was read on, to the end of the part which that is in; empty at the end."""
        number, skipped = divmod(self._read, imports.PART)
        job = self._job
        sealed = await self._desk.store.read(kept.part, job.id, job.upload, number)
        if sealed is None:
            return b""
        return self._desk.sealer.open(sealed, places.import_part(job.id, job.upload, number))[skipped:]
