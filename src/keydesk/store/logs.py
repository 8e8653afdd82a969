"""What functions wrote: groups, their streams, and the lines in them, in the order of time and then of arrival.

A position (`Cut`) is a time and a line's number; reading goes forward from it or backward to it. Lines have no end, so
every function here is bounded: a page to read, a handful to delete.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    case,
    delete,
    func,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from keydesk.store.hot import Hot, HotRows
from keydesk.store.tables import log_events, log_groups, log_streams

DAY: Final = 86_400_000  # milliseconds
SCAN: Final = 10_000  # most lines that one page looks at
PAGE_BYTES: Final = 1 << 20  # most bytes in one page, an event's overhead included
OVERHEAD: Final = 26  # bytes that CloudWatch Logs counts for an event beside its message
_CHUNK: Final = 500

Cut = tuple[int, int]  # epoch milliseconds, number of a line: the place just before that line
FIRST: Final[Cut] = (0, 0)
LAST: Final[Cut] = (1 << 62, 0)


class Line(NamedTuple):
    """One line on its way into the store."""

    region: str
    group: str
    stream: str
    at: int  # epoch milliseconds
    message: str


class Group(NamedTuple):
    """A log group. `retention` is in days, None where the server's own setting holds."""

    id: int
    name: str
    retention: int | None
    tags: dict[str, str]
    created: int
    bytes: int


class Stream(NamedTuple):
    """A log stream: one worker's lines. `first` and `last` are its lines' earliest and latest time."""

    id: int
    name: str
    created: int
    first: int
    last: int
    ingested: int


class Event(NamedTuple):
    """A line as it is read."""

    id: int
    stream: str
    at: int
    ingested: int
    message: str

    @property
    def before(self) -> Cut:
        """The place just before this line."""
        return self.at, self.id

    @property
    def after(self) -> Cut:
        """The place just after this line."""
        return self.at, self.id + 1


class Page(NamedTuple):
    """Lines in the order asked for. `more` is where to go on, None at the end; it may stand on an empty page."""

    events: list[Event]
    more: Cut | None


class Window(NamedTuple):
    """Which lines of a group: of some streams or all (None), from `start` on, before `end`."""

    group: int
    streams: Sequence[int] | None = None
    start: int = 0
    end: int = LAST[0]


_STREAM: Final = Hot(
    select(log_streams.c.id, log_streams.c.log_group)
    .join(log_groups, log_groups.c.id == log_streams.c.log_group)
    .where(
        log_groups.c.region == bindparam("region"),
        log_groups.c.name == bindparam("group"),
        log_streams.c.name == bindparam("stream"),
    )
)
_ADD: Final = HotRows(log_events, ("log_group", "stream", "at", "ingested", "message"))
_LEAST, _GREATEST, _SIZE, _NOW = (bindparam(name, type_=BigInteger) for name in ("least", "greatest", "size", "now"))
_GROW: Final = Hot(
    update(log_streams)
    .where(log_streams.c.id == bindparam("of"))
    .values(
        first=case((log_streams.c.first < _LEAST, log_streams.c.first), else_=_LEAST),
        last=case((log_streams.c.last > _GREATEST, log_streams.c.last), else_=_GREATEST),
        bytes=log_streams.c.bytes + _SIZE,
        ingested=_NOW,
    )
)


def append(db: Connection, lines: Sequence[Line], now: int) -> None:
    """Store lines; groups and streams come with their first line, as Lambda makes them."""
    by_stream: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        by_stream.setdefault((line.region, line.group, line.stream), []).append(line)
    ids: dict[tuple[str, str, str], tuple[int, int]] = {}
    for key, written in sorted(by_stream.items()):  # one order for all writers: no dead-lock
        ids[key] = _stream_id(db, *key, now)
        _grow(db, ids[key][0], written, now)
    rows = []
    for line in lines:  # in the order of arrival, over all streams
        stream, group = ids[line.region, line.group, line.stream]
        rows.append((group, stream, line.at, now, line.message))
    _ADD(db, rows)


def _stream_id(db: Connection, region: str, group: str, stream: str, now: int) -> tuple[int, int]:
    key = {"region": region, "group": group, "stream": stream}
    found = _STREAM.rows(db, key)
    if not found:
        add_group(db, region, group, {}, now)
        here = (log_groups.c.region == region) & (log_groups.c.name == group)
        group_id = db.execute(select(log_groups.c.id).where(here)).scalar_one()
        row = {"log_group": group_id, "name": stream, "created": now, "first": LAST[0], "last": 0, "ingested": 0}
        db.execute(_new(db, log_streams).values(**row, bytes=0).on_conflict_do_nothing())
        found = _STREAM.rows(db, key)
    id, its_group = found[0]
    return id, its_group


def _grow(db: Connection, stream: int, written: list[Line], now: int) -> None:
    size = sum(len(line.message.encode()) + OVERHEAD for line in written)
    times = [line.at for line in written]
    _GROW(db, {"of": stream, "least": min(times), "greatest": max(times), "size": size, "now": now})


def _new(db: Connection, table: Any) -> Any:
    """An insert that may meet a row which another node has just made; each database has its own."""
    return sqlite.insert(table) if db.dialect.name == "sqlite" else postgresql.insert(table)


def add_group(db: Connection, region: str, name: str, tags: dict[str, str], now: int) -> bool:
    """Make a group. False where there is one already."""
    row = {"region": region, "name": name, "created": now, "tags": msgspec.json.encode(tags)}
    done = db.execute(_new(db, log_groups).values(**row).on_conflict_do_nothing().returning(log_groups.c.id))
    return done.one_or_none() is not None


def remove_group(db: Connection, group: int) -> None:
    """Delete a group with its streams. `thin` away its lines first: a transaction must not be as long as they are."""
    db.execute(delete(log_groups).where(log_groups.c.id == group))


def keep_for(db: Connection, group: int, days: int | None) -> None:
    """Set how long a group's lines are kept; None leaves it to the server's setting."""
    db.execute(update(log_groups).where(log_groups.c.id == group).values(retention=days))


def tag(db: Connection, group: int, edit: Callable[[dict[str, str]], dict[str, str]]) -> None:
    """Replace a group's tags by what `edit` makes of them. It may raise, and may be run again."""
    here = log_groups.c.id == group
    found = db.execute(select(log_groups.c.tags).where(here).with_for_update()).scalar_one_or_none()
    if found is not None:
        tags = edit(msgspec.json.decode(found, type=dict[str, str]))
        db.execute(update(log_groups).where(here).values(tags=msgspec.json.encode(tags)))


def groups(
    db: Connection, region: str, *, prefix: str = "", part: str = "", after: str = "", limit: int
) -> list[Group]:
    """Groups by name, after the one named `after`: those that begin with `prefix`, or have `part` in their name."""
    here = log_groups.c
    which = [here.region == region, here.name > after, _begins(here.name, prefix)]
    if part:
        which.append(func.replace(here.name, part, "") != here.name)  # LIKE takes a for A in SQLite
    rows = db.execute(_groups().where(*which).order_by(here.name).limit(limit))
    return [_group(row) for row in rows]


def group(db: Connection, region: str, name: str) -> Group | None:
    """One group by its name."""
    row = db.execute(_groups().where(log_groups.c.region == region, log_groups.c.name == name)).one_or_none()
    return None if row is None else _group(row)


def _groups() -> Select[Any]:
    size = select(func.coalesce(func.sum(log_streams.c.bytes), 0)).where(log_streams.c.log_group == log_groups.c.id)
    return select(log_groups, size.scalar_subquery().label("bytes"))


def _group(row: Row[Any]) -> Group:
    tags = msgspec.json.decode(row.tags, type=dict[str, str])
    return Group(row.id, row.name, row.retention, tags, row.created, int(row.bytes))


def streams(
    db: Connection,
    group: int,
    *,
    prefix: str = "",
    after: tuple[int, str] | None,
    by_time: bool,
    down: bool,
    limit: int,
) -> list[Stream]:
    """Streams by name or by their last line (`by_time`), `down` for descending, after the one `after` (last, name)."""
    here = log_streams.c
    order = [here.last, here.name] if by_time else [here.name]
    which: list[ColumnElement[bool]] = [here.log_group == group, _begins(here.name, prefix)]
    if after is not None:
        which.append(_beyond(order, after if by_time else after[1:], down=down))
    rows = select(here.id, here.name, here.created, here.first, here.last, here.ingested).where(*which)
    rows = rows.order_by(*(column.desc() if down else column for column in order)).limit(limit)
    return [Stream(*row) for row in db.execute(rows)]


def stream_ids(db: Connection, group: int, names: Iterable[str]) -> dict[str, int]:
    """The numbers of streams by their names; what is not there is left out."""
    here = log_streams.c
    rows = select(here.name, here.id).where(here.log_group == group, here.name.in_(list(names)))
    return {row.name: row.id for row in db.execute(rows)}


def stream_ids_from(db: Connection, group: int, prefix: str) -> list[int]:
    """The numbers of the streams whose names begin so."""
    rows = select(log_streams.c.id).where(log_streams.c.log_group == group, _begins(log_streams.c.name, prefix))
    return list(db.execute(rows).scalars())


def page(
    db: Connection, window: Window, cut: Cut, *, down: bool = False, limit: int, matches: Callable[[str], bool] | None
) -> Page:
    """Lines of the window from the cut on, or (`down`) before it, newest first; those that match, `limit` at most.

    Looks at no more than `SCAN` lines and gives no more than `PAGE_BYTES`, so a page may be short and not the last.
    """
    events: list[Event] = []
    size = 0
    for seen, event in enumerate(_events(db, window, cut, down=down)):
        if len(events) == limit or seen == SCAN:
            return Page(events, cut)
        if matches is None or matches(event.message):
            size += len(event.message.encode()) + OVERHEAD
            if size > PAGE_BYTES and events:
                return Page(events, cut)
            events.append(event)
        cut = event.before if down else event.after
    return Page(events, None)


def _events(db: Connection, window: Window, cut: Cut, *, down: bool) -> Iterator[Event]:
    """In chunks, so that neither database has more than one in memory."""
    here = log_events.c
    order = [here.at, here.id]
    which = [here.at >= window.start, here.at < window.end]
    if window.streams is None or len(window.streams) != 1:
        which.append(here.log_group == window.group)
    if window.streams is not None:
        which.append(here.stream.in_(window.streams))
    rows = select(here.id, log_streams.c.name, here.at, here.ingested, here.message)
    rows = rows.join(log_streams, log_streams.c.id == here.stream).where(*which)
    rows = rows.order_by(*(column.desc() if down else column for column in order)).limit(_CHUNK)
    while True:
        place = and_(here.at <= cut[0], _beyond(order, cut, down=True)) if down else _from(cut)
        chunk = [Event(*row) for row in db.execute(rows.where(place))]
        yield from chunk
        if len(chunk) < _CHUNK:
            return
        cut = chunk[-1].before if down else chunk[-1].after


def _from(cut: Cut) -> ColumnElement[bool]:
    here = log_events.c
    return and_(here.at >= cut[0], (here.at > cut[0]) | (here.id >= cut[1]))


def _beyond(order: Sequence[Any], place: Sequence[object], *, down: bool) -> ColumnElement[bool]:
    """Strictly beyond a place, in the order of one or two columns."""
    first, *rest = order
    beyond: ColumnElement[bool] = first < place[0] if down else first > place[0]
    return beyond | and_(first == place[0], _beyond(rest, place[1:], down=down)) if rest else beyond


def _begins(column: Any, prefix: str) -> ColumnElement[bool]:
    """Whether a text begins so, by bytes: what LIKE thinks of case and of `%` is not asked."""
    begins: ColumnElement[bool] = func.substr(column, 1, len(prefix)) == prefix
    return begins


def thin(db: Connection, group: int, before: int, limit: int) -> int:
    """Delete up to `limit` of a group's lines that are older than `before`, the oldest first. How many went."""
    here = log_events.c
    old = select(here.id).where(here.log_group == group, here.at < before).order_by(here.at, here.id).limit(limit)
    gone = db.execute(
        delete(log_events).where(here.id.in_(old.scalar_subquery())).returning(here.stream, here.message)
    ).all()
    sizes: dict[int, int] = {}
    for stream, message in gone:
        sizes[stream] = sizes.get(stream, 0) + len(message.encode()) + OVERHEAD
    for stream, size in sorted(sizes.items()):
        db.execute(update(log_streams).where(log_streams.c.id == stream).values(bytes=log_streams.c.bytes - size))
    return len(gone)


def expire(db: Connection, now: int, days: int, limit: int) -> int:
    """Delete up to `limit` lines that are older than their group, or else the server (`days`), keeps them.

    Streams that have no lines left go too. How many lines went; call it again until it is none.
    """
    gone = 0
    for group, retention in db.execute(select(log_groups.c.id, log_groups.c.retention)).all():
        before = now - (retention or days) * DAY
        gone += thin(db, group, before, limit - gone)
        if gone >= limit:
            return gone
        here = log_streams.c
        lines = select(log_events.c.id).where(log_events.c.stream == here.id).exists()
        db.execute(
            delete(log_streams).where(here.log_group == group, here.last < before, here.ingested < before, ~lines)
        )
    return gone
