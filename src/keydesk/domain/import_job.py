"""A user import job: what was asked for, how far it has come, and what became of it."""

from enum import StrEnum
from typing import Final

import msgspec
from msgspec.structs import replace

LONGEST_WAIT: Final = 86_400_000  # milliseconds for which a job waits to be started
EXPIRED: Final = "The user import job has expired."
STOPPED: Final = "The Import Job was stopped by the developer."
SUCCEEDED: Final = "Import Job Completed Successfully."
EMPTY: Final = "The CSV file is empty."
INCOMPLETE: Final = "The CSV file is not whole. Upload it to a new job."
INTERNAL: Final = "The import could not go on: something went wrong in the server."
TOO_MANY: Final = "Too many users have failed or been skipped during the import."
LONGEST_MESSAGE: Final = 128  # characters, in the published model


class Status(StrEnum):
    """What DescribeUserImportJob calls Status."""

    CREATED = "Created"
    PENDING = "Pending"
    IN_PROGRESS = "InProgress"
    STOPPING = "Stopping"
    STOPPED = "Stopped"
    SUCCEEDED = "Succeeded"
    FAILED = "Failed"
    EXPIRED = "Expired"


RUNNABLE: Final = (Status.PENDING, Status.IN_PROGRESS, Status.STOPPING)  # what a node may take up


class ImportJob(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """A job as stored. Times are epoch milliseconds. Each line of the file is one user, but for the first."""

    id: str
    pool: str
    name: str
    role: str
    algorithm: str = ""  # of the password hashes in the file
    status: Status = Status.CREATED
    message: str = ""
    created: int
    started: int = 0
    completed: int = 0
    imported: int = 0
    skipped: int = 0
    failed: int = 0
    upload: str = ""  # under which the parts of the whole file are kept
    size: int = 0  # bytes of the file
    lines: int = 0  # in it, empty ones and the header included
    columns: tuple[str, ...] = ()  # the file's first line, once it was judged
    line: int = 0  # the number of the last line that is done
    offset: int = 0  # bytes of the file that are done
    rev: int = 1

    def at(self, now: int) -> "ImportJob":
        """The job as it stands at that time: who is not started for long enough has expired."""
        if self.status is not Status.CREATED or now < self.created + LONGEST_WAIT:
            return self
        return self.ended(Status.EXPIRED, EXPIRED, self.created + LONGEST_WAIT)

    def ended(self, status: Status, message: str, now: int) -> "ImportJob":
        return replace(self, status=status, message=message[:LONGEST_MESSAGE], completed=now, upload="")

    def finished(self, now: int) -> "ImportJob":
        """The job at the end of its file: failed where fewer were imported than were not."""
        if not self.columns:
            return self.ended(Status.FAILED, EMPTY, now)
        if self.offset != self.size:
            return self.ended(Status.FAILED, INCOMPLETE, now)
        if self.failed + self.skipped > self.imported:
            return self.ended(Status.FAILED, TOO_MANY, now)
        return self.ended(Status.SUCCEEDED, SUCCEEDED, now)
