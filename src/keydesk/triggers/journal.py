"""What happened, on its way to the store: lines of functions, sign-in calls, and what calls did.

Writing never waits: lines are queued, and a task stores them in batches. Readers `flush` first, so that what a client
was answered is readable at once. When the store is away the queue keeps the newest lines and counts what it let go.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

import structlog

from keydesk.crypto.ids import uuid_of
from keydesk.domain.auth_event import AuthEvent
from keydesk.domain.trace import Trace
from keydesk.errors import Refusal
from keydesk.runtime.function import Function
from keydesk.store import record
from keydesk.store.api_events import ApiEvent
from keydesk.store.logs import Line
from keydesk.store.record import Batch
from keydesk.store.store import Store

log = structlog.get_logger("keydesk.journal")

PAUSE: Final = 0.2  # seconds in which a batch gathers
PATIENCE: Final = 5.0  # most seconds between two tries when the store is away
TRIES: Final = 3  # of a batch that the store is there for and will not take
BATCH: Final = 2_000  # lines in one transaction
QUEUE_BYTES: Final = 32 << 20
MESSAGE_BYTES: Final = 256 << 10  # CloudWatch Logs' own limit for one event
TEXT_LIMIT: Final = 256  # characters of one value in an event
COST: Final = 100  # bytes a queued entry takes beside its text, about

HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"
# What of a call's parameters is shown; whatever is not named here might be secret or personal.
SHOWN: Final = frozenset(
    {
        "AuthFlow", "ChallengeName", "ClientId", "DesiredDeliveryMediums", "ForceAliasCreation", "GroupName", "Limit",
        "MessageAction", "Permanent", "UserPoolId", "AttributeName", "UserAttributeNames",
    }
)  # fmt: skip


class _Entry(NamedTuple):
    size: int
    lines: Sequence[Line]
    event: ApiEvent | None = None
    trace: Callable[[], Trace] | None = None
    auth_event: AuthEvent | None = None
    kept: bool = True  # the trace is stored, and not only exported


class Journal:
    """One for each server. Everything is called on the event loop."""

    def __init__(
        self,
        store: Store,
        clock: Callable[[], int],
        *,
        traces: bool = True,
        export: Callable[[Trace], None] | None = None,
    ) -> None:
        """`clock` gives epoch milliseconds. Without `traces` none is kept. `export` is told of every call as well."""
        self._store = store
        self._clock = clock
        self._traces = traces
        self._export = export
        self._queue: deque[_Entry] = deque()
        self._bytes = 0
        self._woken = asyncio.Event()  # there is something to do
        self._hurry = asyncio.Event()  # … and somebody waits for it
        self._turns: list[asyncio.Future[None]] = []  # of those who wait
        self._busy = False
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._refused = 0  # times in a row that the store would not take the batch in front
        self.dropped = 0  # lines and events that were let go since the start

    def lines(self, region: str, group: str, stream: str, lines: Sequence[tuple[int, str]]) -> None:
        """Lines of one log stream, each with its time in epoch milliseconds."""
        written = [Line(region, group, stream, at, _storable(text)) for at, text in lines]
        if written:
            self._put(_Entry(sum(len(line.message) + COST for line in written), written))

    def note(self, region: str, group: str, text: str) -> None:
        """A line of the server's own in a function's log, in a stream that no worker writes."""
        now = self._clock()
        self.lines(region, group, f"{datetime.fromtimestamp(now // 1000, UTC):%Y/%m/%d}/[keydesk]", [(now, text)])

    def api_event(
        self,
        *,
        region: str,
        name: str,
        username: str,
        request_id: str,
        ip: str,
        agent: str,
        parameters: Mapping[str, Any],
        error_code: str = "",
        error: str = "",
        sub: str = "",
        access_key: str = "",
    ) -> None:
        """A sign-in call that was answered. `parameters` are the request's members by their published names.

        What might be secret in them is hidden here, before anything is queued. Without a `sub` the user name is not
        kept either: what was typed there may be a password.
        """
        at = self._clock()
        event = ApiEvent(
            id=uuid_of(at),
            region=region,
            at=at,
            name=name,
            request_id=request_id,
            username=_short(username) if sub else "",
            access_key=_short(access_key),
            ip=_short(ip),
            agent=_short(agent),
            error_code=error_code,
            error=_storable(error)[: 4 * TEXT_LIMIT],
            sub=sub,
            parameters={
                key[:1].lower() + key[1:]: _shown(key, value) for key, value in parameters.items() if value is not None
            },
        )
        self._put(_Entry(10 * COST, (), event))

    @property
    def exports(self) -> bool:
        """Whether somebody wants to be told of calls that leave no trace here."""
        return self._export is not None

    def trace(self, made: Callable[[], Trace], size: int, *, kept: bool = True) -> None:
        """What a call did, of about so many bytes. It is made when it is stored: the call does not wait for that."""
        kept = kept and self._traces
        if kept or self._export:
            self._put(_Entry(size, (), trace=made, kept=kept))

    def auth_event(self, event: AuthEvent) -> None:
        """What happened to a user at the door."""
        self._put(_Entry(10 * COST, (), auth_event=event))

    def sink(self, function: Function, stream: str, lines: list[tuple[int, str]]) -> None:
        """Lines of a function's worker; what the runtime calls."""
        self.lines(function.region, function.log_group, stream, lines)

    def start(self) -> None:
        """Begin to write. Called once, on the running loop."""
        self._task = asyncio.create_task(self._run(), name="keydesk-journal")

    async def flush(self) -> None:
        """Returns when what is queued now is stored, or was tried once more and stays for later."""
        if self._task is None:
            await self._drain()
        elif self._queue or self._busy:
            turn = asyncio.get_running_loop().create_future()
            self._turns.append(turn)
            self._hurry.set()
            self._woken.set()
            await turn

    async def close(self) -> None:
        """Stop, and store what is queued. What cannot be stored is lost, and said so."""
        self._closing = True
        self._hurry.set()
        self._woken.set()
        if self._task is not None:
            await self._task
            self._task = None
        await self._drain()
        self._tell(self._turns)
        if self._queue:
            log.error("journal not stored", entries=len(self._queue))

    async def _run(self) -> None:
        """The only writer. Nobody cancels it in the middle of a batch: who could tell then whether it was stored?"""
        while not self._closing:
            await self._woken.wait()
            self._woken.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._hurry.wait(), min(PAUSE * 2**self._refused, PATIENCE))
            self._hurry.clear()
            turns, self._turns = self._turns, []
            await self._drain()
            self._tell(turns)
            if self._queue:
                self._woken.set()

    def _tell(self, turns: list[asyncio.Future[None]]) -> None:
        for turn in turns:
            if not turn.done():  # its reader has gone away
                turn.set_result(None)

    async def _drain(self) -> None:
        remaining = len(self._queue)
        self._busy = True
        while remaining > 0 and (written := await self._write()):
            remaining -= written
        self._busy = False

    async def _write(self) -> int:
        """Store a batch from the front. How many entries went; 0 where the store takes nothing for now."""
        batch: list[_Entry] = []
        weight = 0
        while self._queue and (not batch or weight + len(self._queue[0].lines) < BATCH):
            batch.append(self._queue.popleft())
            weight += len(batch[-1].lines) + 1
        self._bytes -= sum(entry.size for entry in batch)
        traces = [(entry.trace(), entry.kept) for entry in batch if entry.trace]
        written = Batch(
            [line for entry in batch for line in entry.lines],
            [entry.event for entry in batch if entry.event],
            [trace for trace, kept in traces if kept],
            [entry.auth_event for entry in batch if entry.auth_event],
        )
        try:
            await self._store.write(record.record, written, self._clock())
        except Exception as fault:
            return self._not_taken(batch, fault)
        self._refused = 0
        if self._export:
            for trace, _ in traces:
                self._export(trace)
        return len(batch)

    def _not_taken(self, batch: list[_Entry], fault: Exception) -> int:
        """A store that is away is waited for; a batch that it will never take must not stop those behind it."""
        self._refused += 1
        away = isinstance(fault, Refusal) and fault.status == 503
        if away or self._refused < TRIES:
            self._put_back(batch)
            log.warning("journal waits for the store", why=type(fault).__name__, tries=self._refused)
            return 0
        self._refused = 0
        self._drop(batch)
        log.error("journal entries not stored", entries=len(batch), exc_info=fault)
        return len(batch)

    def _put(self, entry: _Entry) -> None:
        self._queue.append(entry)
        self._bytes += entry.size
        if self._bytes > QUEUE_BYTES:
            self._shrink()
        self._woken.set()

    def _put_back(self, batch: list[_Entry]) -> None:
        self._queue.extendleft(reversed(batch))
        self._bytes += sum(entry.size for entry in batch)
        self._shrink()

    def _shrink(self) -> None:
        while self._bytes > QUEUE_BYTES and len(self._queue) > 1:
            oldest = self._queue.popleft()
            self._bytes -= oldest.size
            self._drop([oldest])

    def _drop(self, entries: list[_Entry]) -> None:
        self.dropped += sum(len(entry.lines) or 1 for entry in entries)


def _shown(name: str, value: Any) -> Any:
    if name not in SHOWN:
        return HIDDEN
    if isinstance(value, str):
        return _short(value)
    return value if isinstance(value, bool | int) else [_short(str(one)) for one in value][:20]


def _short(text: str) -> str:
    if len(text) <= TEXT_LIMIT and text.isascii() and "\0" not in text:  # nearly all are, and six stand in each event
        return text
    return _storable(text)[:TEXT_LIMIT]


def _storable(text: str) -> str:
    """The text as any database takes it: real characters, no NUL, no longer than `MESSAGE_BYTES`."""
    if "\0" in text:
        text = text.replace("\0", "\N{REPLACEMENT CHARACTER}")
    if len(text) * 4 <= MESSAGE_BYTES and (text.isascii() or _is_text(text)):
        return text
    return text.encode("utf-8", "replace")[:MESSAGE_BYTES].decode("utf-8", "ignore")


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:  # half of a surrogate pair
        return False
    return True
