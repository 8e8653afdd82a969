"""Traces of calls: newest first, by user, pool, outcome or trigger. Kept for so many days and so many bytes."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, and_, bindparam, delete, func, or_, select

from keydesk.domain.trace import NO_JSON, Trace
from keydesk.store.hot import HotRows, Row
from keydesk.store.tables import traces

_decode: Final = msgspec.json.Decoder(Trace).decode
_encode: Final = msgspec.json.Encoder().encode
LONGEST: Final = 60_000  # milliseconds that a call with many triggers may take
NEXT: Final = 1000
MANY: Final = 5000
OLDEST: Final = 100  # traces that go at once where there are too many bytes
_ADD: Final = HotRows(traces, ("id", "pool", "sub", "username", "outcome", "fired", "at", "bytes", "doc"))
_NAMED: Final = select(traces.c.doc).where(traces.c.id == bindparam("id"))


class Wanted(NamedTuple):
    """Which traces: those that have all that is not None. `user` is a user name or a sub."""

    user: str | None = None
    pool: str | None = None
    outcome: str | None = None
    trigger: str | None = None
    since: int = 0  # epoch milliseconds
    failed: bool = False  # only what was refused


def append(db: Connection, made: Sequence[Trace]) -> None:
    """Store traces. A request id that is there already is another node's word for the same call: it stays."""
    _ADD(db, [_row(trace) for trace in made])


def named(db: Connection, id: str) -> Trace | None:
    """The trace of a request id."""
    doc = db.execute(_NAMED, {"id": id}).scalar_one_or_none()
    return next(_readable(() if doc is None else (doc,)), None)


def of_run(db: Connection, run: str, at: int) -> Trace | None:
    """The trace of the call in which a function ran under this request id, at this time in epoch milliseconds; looked
    for among the next `NEXT` calls that ended then and ran functions."""
    here = traces.c
    order = here.at, here.id
    ended = here.at.between(at, at + LONGEST), here.fired != ""
    found = select(here.id).where(*ended).order_by(*order).limit(NEXT)
    docs = db.execute(select(here.doc).where(here.id.in_(found)).order_by(*order)).scalars()
    return next((trace for trace in _readable(docs) if any(fired.run == run for fired in trace.fired)), None)


def runs(db: Connection, since: int, until: int) -> set[str]:
    """The request ids under which functions ran at this time, in epoch milliseconds, in calls that left a trace; those
    of the newest calls where there were more than `MANY`."""
    here = traces.c
    ended = here.at.between(since, until + LONGEST), here.fired != ""
    found = select(here.id).where(*ended).order_by(here.at.desc(), here.id.desc()).limit(MANY)
    docs = db.execute(select(here.doc).where(here.id.in_(found))).scalars()
    return {fired.run for trace in _readable(docs) for fired in trace.fired}


def page(db: Connection, wanted: Wanted, limit: int, after: tuple[int, str] | None = None) -> list[Trace]:
    """The newest that fit, from the one behind `after` (its time and id). The index alone tells which those are."""
    here = traces.c
    which: list[Any] = [here.at >= wanted.since]
    if wanted.user is not None:
        which.append(or_(here.username == wanted.user, here.sub == wanted.user))
    which += [here[name] == said for name in ("pool", "outcome") if (said := getattr(wanted, name)) is not None]
    if wanted.failed:
        which.append(here.outcome != "ok")
    if wanted.trigger is not None:
        which.append(here.fired.contains(f" {wanted.trigger} ", autoescape=True))
    if after is not None:
        which.append(or_(here.at < after[0], and_(here.at == after[0], here.id < after[1])))
    order = here.at.desc(), here.id.desc()
    found = select(here.id).where(*which).order_by(*order).limit(limit)
    return list(_readable(db.execute(select(here.doc).where(here.id.in_(found)).order_by(*order)).scalars()))


def _readable(docs: Iterable[bytes]) -> Iterator[Trace]:
    """The traces, but for those with an answer that was no JSON: there was a time when it was kept as it was."""
    for doc in docs:
        with suppress(*NO_JSON):
            yield _decode(doc)


def expire(db: Connection, before: int, most: int, limit: int) -> int:
    """Delete up to `limit` traces that are older than `before`, or the oldest where all have more than `most` bytes.

    How many went; call it again until it is none.
    """
    here = traces.c
    old = select(here.id).where(here.at < before).order_by(here.at).limit(limit)
    gone = db.execute(delete(traces).where(here.id.in_(old))).rowcount
    if gone:
        return gone
    held = db.execute(select(func.coalesce(func.sum(here.bytes), 0))).scalar_one()
    if held <= most:
        return 0
    oldest = select(here.id).order_by(here.at, here.id).limit(min(limit, OLDEST))
    return db.execute(delete(traces).where(here.id.in_(oldest))).rowcount


def _row(trace: Trace) -> Row:
    doc = _encode(trace)
    who = trace.pool, trace.sub, trace.username
    return trace.id, *who, trace.outcome, _names(trace), trace.at, len(doc), doc


def _names(trace: Trace) -> str:
    """The triggers that ran, each between blanks, so that one is found whole."""
    return "".join(f" {name} " for name in dict.fromkeys(fired.trigger for fired in trace.fired))
