"""`keydesk traces` and `keydesk trace`: what calls did, and why. Both read the database, also of a server that runs."""

import asyncio
import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Final

import typer
from msgspec import Raw
from rich.console import Console, Group
from rich.highlighter import JSONHighlighter
from rich.text import Text

from keydesk.cli import beside
from keydesk.domain.trace import UNNAMED, Fired, Trace, printed
from keydesk.flows.rehearsal import UnknownTrace
from keydesk.settings import load
from keydesk.store import traces as kept
from keydesk.store.store import Store
from keydesk.store.traces import Wanted
from keydesk.triggers.sample import trigger_named

Data = Annotated[str | None, typer.Option(help="Folder for the embedded database and the sealing key.")]
EVERY: Final = 0.5  # seconds between two looks while following
WELL: Final = ("ok", "passed")
_COMMANDING: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_HIGHLIGHTED: Final = JSONHighlighter()


def traces(
    *,
    user: Annotated[str | None, typer.Option(help="User name or sub.")] = None,
    pool: Annotated[str | None, typer.Option(help="Pool id.")] = None,
    trigger: Annotated[str | None, typer.Option(help="A trigger that ran, as PreAuthentication.")] = None,
    outcome: Annotated[str | None, typer.Option(help="`ok`, or the code of a refusal.")] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Only what was refused.")] = False,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on, and print what comes.")] = False,
    data: Data = None,
) -> None:
    """List calls, the newest last: what was asked, for whom, what came of it, and which triggers ran."""
    wanted = Wanted(user, pool, outcome, trigger and trigger_named(trigger).name, failed=failed)
    console = beside.console()
    with _store(data) as store:
        found = asyncio.run(store.read(kept.page, wanted, limit))[::-1]
        for trace in found:
            console.print(line(trace))
        if not (found or follow):
            typer.echo("No call fits.", err=True)
        if follow:
            with suppress(KeyboardInterrupt):
                asyncio.run(_follow(store, wanted, found, console))


def trace(id: Annotated[str, typer.Argument(help="The x-amzn-RequestId of an answer.")], data: Data = None) -> None:
    """Show one call as a timeline: its steps, what each trigger was sent and answered, and what did not run."""
    with _store(data) as store:
        found = asyncio.run(store.read(kept.named, id))
    if found is None:
        raise UnknownTrace
    beside.console().print(timeline(found))


def line(trace: Trace) -> Text:
    """A trace in one line."""
    told = Text(
        f"{_clock(trace.at)}  {trace.id}  {trace.operation:<26} {trace.username or '-':<16} {trace.ms:>7.1f} ms  "
    )
    told.append(trace.outcome, _colour(trace.outcome))
    for fired in trace.fired:
        came = "" if fired.outcome in WELL else f" {fired.outcome}"
        told.append(f"  {fired.source}{came}", _colour(fired.outcome))
    return told


def timeline(trace: Trace) -> Group:
    """A trace from its first step to its answer. No line is broken: what is copied out of it is whole."""
    told = {
        "call": trace.operation,
        "at": _clock(trace.at, day=True),
        "took": f"{trace.ms:.1f} ms",
        "pool": trace.pool,
        "client": trace.client,
        "user": (f"{trace.username} ({trace.sub})" if trace.sub else trace.username) or UNNAMED,
        "outcome": " ".join(word for word in (trace.outcome, trace.sentence) if word),
        "detail": trace.detail,
    }
    head = [
        Text.assemble((f"{name:<9}", "dim"), (visible(value), _colour(trace.outcome) if name == "outcome" else ""))
        for name, value in told.items()
        if value
    ]
    steps = [
        Text.assemble(("● ", _colour(step.outcome)), f"{step.name}  ", (step.outcome, _colour(step.outcome)))
        for step in trace.steps
    ]
    idle = [Text(f"○ {name}  did not run: {why}", "dim") for name, why in trace.idle.items()]
    parts = [part for part in (head, steps, *([*_ran(fired)] for fired in trace.fired), idle) if part]
    return Group(*parts[0], *(line for part in parts[1:] for line in (Text(), *part)))


def _ran(fired: Fired) -> Iterator[Text]:
    """One function: what it was sent, what it answered, what that meant, and what it printed."""
    function = fired.arn.rpartition(":function:")[2] + (f" {fired.version}" if fired.version else "")
    tries = f", {fired.attempts} attempts" if fired.attempts > 1 else ""
    came = f"{fired.outcome}, answered by the pool's guard" if fired.instead else fired.outcome
    colour = _colour(fired.outcome)
    title = f"{fired.source}  {function}  {fired.ms:.1f} ms{tries}  "
    yield Text.assemble(("── ", colour), (title, "bold"), (came, colour))
    yield from exchanged(fired.event, fired.answer)
    if fired.sentence:
        yield Text(visible(fired.sentence) + (f" ({fired.detail})" if fired.detail else ""), "red")
    if said := from_handler(fired.log):
        yield said


def exchanged(event: Raw, answer: Raw) -> Iterator[Text]:
    """What a function was sent and what it answered: of an event, the part that differs from call to call."""
    for name, document in (("request", _document(event)), ("response", _document(answer))):
        shown = document[name] if isinstance(document, dict) and name in document else document
        yield Text(name, "bold")
        yield _HIGHLIGHTED(visible(json.dumps(shown, indent=2, ensure_ascii=False)))


def from_handler(log: str) -> Text | None:
    """What a handler printed, under an empty line."""
    rows = printed(log)
    return Text(visible("\n".join(["", *rows])), "dim") if rows else None


def visible(text: str) -> str:
    """What somebody else wrote, for a terminal: characters that would command it are told by number, as in JSON."""
    return _COMMANDING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _document(raw: Raw) -> Any:
    try:
        return json.loads(bytes(raw))
    except ValueError:
        return bytes(raw).decode("utf-8", "replace")


async def _follow(store: Store, wanted: Wanted, found: list[Trace], console: Console) -> None:
    """Print what comes, until somebody stops it. What is stored late is found by its id, not by its time."""
    known = {trace.id for trace in found}
    since = int(time.time() * 1000) - 60_000
    while True:
        await asyncio.sleep(EVERY)
        for trace in (await store.read(kept.page, wanted._replace(since=since), 1000))[::-1]:
            if trace.id not in known:
                known.add(trace.id)
                console.print(line(trace))


@contextmanager
def _store(data: str | None) -> Iterator[Store]:
    store = Store.open(beside.database(load(data=data), there=True))
    try:
        yield store
    finally:
        store.close()


def _clock(at: int, *, day: bool = False) -> str:
    moment = datetime.fromtimestamp(at / 1000, UTC).astimezone()
    return f"{moment:%Y-%m-%d %H:%M:%S}.{at % 1000:03}" if day else f"{moment:%H:%M:%S}.{at % 1000:03}"


def _colour(outcome: str) -> str:
    if outcome in WELL:
        return "green"
    return "yellow" if outcome.startswith("asked") else "red"
