"""`keydesk replay`: a recorded call's triggers again, against the code as it is now. No user is touched."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer
from msgspec import UNSET
from rich.console import Group
from rich.table import Table
from rich.text import Text

from keydesk.cli import beside
from keydesk.cli.traces import visible
from keydesk.domain.difference import Change
from keydesk.flows import rehearsal
from keydesk.flows.rehearsal import Replayed


def replay(
    trace: Annotated[str, typer.Argument(help="The x-amzn-RequestId of an answer; see `keydesk traces`.")],
    *,
    trigger: Annotated[str, typer.Option(help="Only this trigger, as PreAuthentication.")] = "",
    function: Annotated[Path | None, typer.Option(help="A handler's file or folder in place of the pool's.")] = None,
    event: beside.Event = "",
    data: beside.Data = None,
) -> None:
    """Run what a call ran again, with the recorded events, and show what the answers have become.

    A part of an event is laid over the recorded ones: for what a trace does not keep.
    """
    partial = beside.partial(event)
    found = beside.run(
        lambda desk: rehearsal.replay(desk, trace, trigger=trigger, file=function, partial=partial), data
    )
    out = beside.console(width=beside.WIDEST)
    if not found:
        out.print("No trigger ran in this call." if not trigger else f"{trigger} did not run in this call.")
    for one in found:
        out.print(_shown(one))


def _shown(one: Replayed) -> Group:
    recorded, now = one.recorded, one.rehearsed
    head = Table.grid(padding=(0, 2))
    head.add_row("", Text("then", "bold"), Text("now", "bold"))
    head.add_row("outcome", _outcome(recorded.outcome), _outcome(now.outcome))
    head.add_row("took", f"{recorded.ms:.1f} ms", f"{now.ms:.1f} ms, a cold start included")
    parts: list[Any] = [Text(recorded.source, "bold"), head]
    if recorded.sentence and recorded.sentence != now.sentence:  # what it is now is told by the verdict
        parts.append(Text(f"- {visible(recorded.sentence)}", "red"))
    parts += [*_changes(one.changes), Text(visible(now.verdict))]
    if one.hidden:
        parts.append(Text(f"The recorded event is without {', '.join(one.hidden)}: a trace keeps no secrets.", "dim"))
    return Group(*parts)


def _changes(changes: tuple[Change, ...]) -> Iterable[Text]:
    if not changes:
        yield Text("The answers are the same.", "dim")
    for change in changes:
        if change.was is not UNSET:
            yield Text(f"- {change.path}: {json.dumps(change.was)}", "red")
        if change.now is not UNSET:
            yield Text(f"+ {change.path}: {json.dumps(change.now)}", "green")


def _outcome(outcome: str) -> Text:
    return Text(outcome, "green" if outcome == "ok" else "red")
