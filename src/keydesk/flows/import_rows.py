"""A line of an import's file becomes a user, or a sentence for the log that says why not. No function is run for it."""

import uuid
from collections.abc import Sequence
from typing import Final, NamedTuple

import structlog
from msgspec.structs import replace

from keydesk.crypto import foreign
from keydesk.crypto.seal import Sealer
from keydesk.domain import attribute as rules
from keydesk.domain import names
from keydesk.domain.import_file import MFA, Faulty, Record, record
from keydesk.domain.import_job import ImportJob
from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User
from keydesk.errors import Refusal
from keydesk.flows import credentials, factors
from keydesk.flows.call import Desk
from keydesk.flows.one_time_code import GOES_TO
from keydesk.flows.sign_up import with_username

log = structlog.get_logger("keydesk.imports")

EXISTS: Final = "[SKIPPED] Line Number {} - The user already exists."
DONE: Final = "[SUCCEEDED] Line Number {} - The import succeeded."
FAILED: Final = "[FAILED] Line Number {} - {}"


class Row(NamedTuple):
    """A line that says something: its number, and the user or the fault."""

    number: int
    user: User | None = None
    fault: str = ""
    hashed: str = ""


def read(line: bytes, job: ImportJob, pool: Pool, desk: Desk) -> Row:
    """The job's line at hand. Never raises: one that nobody foresaw must not stop those behind it."""
    try:
        said = record(line, job.columns, pool)
        user = _user(said, pool, desk.clock())
        if said.hashed:
            user = _with_hash(user, said.hashed, job, desk.sealer)
    except (Faulty, foreign.Unfit) as fault:
        return Row(job.line, fault=str(fault))
    except Refusal as refusal:
        return Row(job.line, fault=" ".join(refusal.sentence.split()))
    except Exception:
        log.exception("unforeseen", job=job.id, line=job.line)
        return Row(job.line, fault="The user could not be imported: something went wrong in the server.")
    return Row(job.line, user, hashed=said.hashed)


def settled(job: ImportJob, pool: Pool, rows: Sequence[Row], in_the_way: Sequence[str]) -> tuple[ImportJob, list[str]]:
    """The job with these lines counted, and what the log says of each.

    `in_the_way` are, for the rows with a user, the kinds of names that others have already, or "".
    """
    kinds = iter(in_the_way)
    told, imported, skipped = [], 0, 0
    for row in rows:
        kind = next(kinds) if row.user else None
        if kind is None:
            told.append(FAILED.format(row.number, row.fault))
        elif not kind:
            told.append(DONE.format(row.number))
            imported += 1
        elif kind == "username" or kind in pool.username_attributes:
            told.append(EXISTS.format(row.number))
            skipped += 1
        else:
            told.append(FAILED.format(row.number, names.taken(kind, pool)))
    counts = (job.imported + imported, job.skipped + skipped, job.failed + len(rows) - imported - skipped)
    return replace(job, imported=counts[0], skipped=counts[1], failed=counts[2]), told


def _user(said: Record, pool: Pool, now: int) -> User:
    told = with_username(pool, said.username, said.attributes)
    rules.check_new(pool.schema, told)
    sub = str(uuid.uuid4())
    user = User(
        sub=sub,
        pool=pool.id,
        username=sub if pool.username_attributes else names.folded("username", said.username, pool),
        status=Status.RESET_REQUIRED,
        attributes=names.flattened(told, pool),
        created=now,
        modified=now,
    )
    if any(way in pool.first_factors and user.verified(attribute) for way, attribute in GOES_TO.items()):
        user.status = Status.CONFIRMED  # codes sign them in
    return _with_factors(user, pool) if said.mfa and not factors.required(pool) else user


def _with_factors(user: User, pool: Pool) -> User:
    """Who had a second factor is not let in without: what the user has, and the pool allows, is switched on."""
    able = factors.usable(pool, user)
    if not able:
        raise Faulty(f"{MFA} is TRUE, but the user has nothing that could be a second factor in this user pool.")
    return replace(user, factors=able)


def _with_hash(user: User, hashed: str, job: ImportJob, sealer: Sealer) -> User:
    if not job.algorithm:
        raise Faulty("The user has a password_hash, but the import job was created without PasswordHashingAlgorithm.")
    credential = credentials.adopted(user, job.algorithm, hashed, sealer)
    return replace(user, credential=credential, status=Status.CONFIRMED)
