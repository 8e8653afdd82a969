"""`keydesk triggers test` and `lint`: a handler's file run as the server would run it, and what is to be said of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

import msgspec
import typer
from msgspec import Raw
from rich.console import Group
from rich.text import Text

from keydesk.cli import beside
from keydesk.cli.traces import exchanged, from_handler, visible
from keydesk.cli.triggers.kit import of_pool
from keydesk.domain.difference import differences
from keydesk.domain.pool import Semantics
from keydesk.flows import rehearsal
from keydesk.flows.call import Desk
from keydesk.flows.judging import judge
from keydesk.settings import SettingFault
from keydesk.triggers.answer import ENVELOPE, NOT_JSON, UNRECOGNIZABLE
from keydesk.triggers.catalog import AnyTrigger
from keydesk.triggers.rehearsal import Rehearsed, Run, rehearse
from keydesk.triggers.sample import NoSuchTrigger, event_for, laid_over, trigger_named

File = Annotated[Path, typer.Argument(help="The handler's file, or the folder of one.")]
Trigger = Annotated[str, typer.Option(help="Which trigger; without it the file's name tells.")]
Semantic = Annotated[Semantics, typer.Option(help="Whose rules judge the answer.")]

SLOW: Final = 1000  # milliseconds for a cold start: of the five seconds that a trigger has
COLD: Final = 30.0  # seconds that lint waits for one, so that it can tell how long it took
OF_THE_RUNTIME: Final = ("Runtime.", "Sandbox.", "Function.")  # errors that no handler throws: it ended, or hung


def try_out(
    file: File,
    *,
    event: beside.Event = "",
    trigger: Trigger = "",
    user: beside.UserName = None,
    pool: beside.PoolId = None,
    env: beside.Variables = None,
    semantics: Semantic = Semantics.KEYDESK,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    data: beside.Data = None,
) -> None:
    """Run a handler with an event and print its answer, its log, and what the server would make of it.

    Ends with 0 where the call would go on, with 1 where it would be refused.
    """
    row, partial, variables = _row(trigger, file), beside.partial(event), beside.variables(env)
    real = user is not None or pool is not None

    async def once(desk: Desk) -> Rehearsed:
        source, version = _kind(row, partial)
        said = await of_pool(desk, row, user, pool, source=source, version=version) if real else _sample(row, partial)
        run = rehearsal.of_file(desk, file, variables=variables)
        return await rehearse(row, laid_over(said, partial), semantics, run, judge)

    done = beside.run(once, data, alone=not real)
    if as_json:
        typer.echo(msgspec.json.encode({**msgspec.structs.asdict(done), "verdict": done.verdict}).decode())
    else:
        beside.console().print(_shown(row, done))
    raise typer.Exit(1 if done.refused else 0)


def lint(
    file: File,
    *,
    trigger: Trigger = "",
    event: beside.Event = "",
    env: beside.Variables = None,
    semantics: Semantic = Semantics.KEYDESK,
) -> None:
    """Run a handler twice with the same event and tell what will hurt: ends with 1 where there is anything."""
    row, partial, variables = _row(trigger, file), beside.partial(event), beside.variables(env)

    async def look(desk: Desk) -> "Looked":
        said = laid_over(_sample(row, partial), partial)

        def anew() -> Run:
            return rehearsal.of_file(desk, file, variables=variables, within=COLD)

        run = anew()
        first, second = [await rehearse(row, said, semantics, run, judge) for _ in range(2)]
        start = first.ms - second.ms
        if start > SLOW:  # or the machine is busy: what is slow once more is so by itself
            start = min(start, (await rehearse(row, said, semantics, anew(), judge)).ms - second.ms)
        return Looked(row, semantics, first, second, start)

    looked = beside.run(look, None, alone=True)
    found = [text for rule in LINT for text in rule(looked)]
    for text in found:
        typer.echo(f"{file}: {text}")
    if not found:
        typer.echo(f"{file}: nothing found. {looked.first.verdict}")
    raise typer.Exit(1 if found else 0)


@dataclass(frozen=True, slots=True)
class Looked:
    """What lint has seen: two runs with one event, and the milliseconds that the start of the worker took."""

    trigger: AnyTrigger
    semantics: Semantics
    first: Rehearsed
    second: Rehearsed
    start_ms: float


def _slow_start(looked: Looked) -> Iterator[str]:
    if looked.start_ms > SLOW:
        yield (
            f"slow import: it starts in {looked.start_ms / 1000:.1f} s, and a trigger has five seconds (T-055); "
            "import less, or later"
        )


def _no_return(looked: Looked) -> Iterator[str]:
    if looked.first.outcome in ("ok", "InvalidLambdaResponseException") and bytes(looked.first.answer) == b"null":
        yield "missing return: it answers nothing, and must give the event back (C-07)"


def _wrong_types(looked: Looked) -> Iterator[str]:
    if looked.first.sentence not in (UNRECOGNIZABLE, NOT_JSON) or bytes(looked.first.answer) == b"null":
        return
    answer = _document(looked.first.answer)
    if not isinstance(answer, dict):
        yield "wrong types: the answer must be the event, an object"
    elif not answer.keys() >= ENVELOPE:
        yield f"wrong types: the event must come back whole; {', '.join(sorted(ENVELOPE - answer.keys()))} is missing"
    else:
        form = looked.trigger.response
        members = ", ".join(
            f"{name}: {_type(field.type)}"
            for name, field in zip(form.__struct_encode_fields__, msgspec.structs.fields(form), strict=True)
        )
        yield f"wrong types: the server cannot read the answer; in response it reads {members or 'nothing'}"


def _unknown_keys(looked: Looked) -> Iterator[str]:
    for path in looked.first.ignored:
        yield f"unknown response key: nobody reads response.{path}"


def _not_idempotent(looked: Looked) -> Iterator[str]:
    if looked.first.outcome != looked.second.outcome:
        first, second = _came(looked.first), _came(looked.second)
        yield f"not idempotent: called twice with the same event it first {first}, then {second}"
    elif looked.first.outcome != "ok":
        return
    for change in differences(_document(looked.first.answer), _document(looked.second.answer)):
        yield (
            f"not idempotent: called twice with the same event it answers {change.path or 'something'} differently; "
            "a call may come again after a time-out"
        )
        return


def _broken(looked: Looked) -> Iterator[str]:
    """What went wrong with a sample event, unless it is the function's decision."""
    answer = _document(looked.first.answer)
    kind = str(answer.get("errorType", "")) if isinstance(answer, dict) else ""
    decision = looked.trigger.decides and kind and not kind.startswith(OF_THE_RUNTIME)
    known = looked.first.sentence in (UNRECOGNIZABLE, NOT_JSON)
    if looked.first.outcome != "ok" and not known and not decision:
        yield f"fails with a sample event: {looked.first.sentence}"


LINT: Final[tuple[Callable[[Looked], Iterator[str]], ...]] = (
    _slow_start,
    _broken,
    _no_return,
    _wrong_types,
    _unknown_keys,
    _not_idempotent,
)


def _document(raw: Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return bytes(raw).decode("utf-8", "replace")


def _came(one: Rehearsed) -> str:
    return "answers" if one.outcome == "ok" else f"fails ({one.sentence})"


def _shown(trigger: AnyTrigger, done: Rehearsed) -> Group:
    parts = [*exchanged(done.event, done.answer)]
    if said := from_handler(done.log):
        parts.append(said)
    parts += [Text(f"nobody reads response.{path}", "yellow") for path in done.ignored]
    parts.append(Text(f"{trigger.name}  {done.ms:.1f} ms, a cold start included", "dim"))
    parts.append(Text(visible(done.verdict), "red" if done.refused else "green"))
    return Group(*parts)


def _type(said: Any) -> str:
    return str(getattr(said, "__name__", said)).replace(" | None", "").replace("keydesk.domain.claims.", "")


def _sample(trigger: AnyTrigger, partial: dict[str, Any]) -> dict[str, Any]:
    """The sample for the source and the version that a partial event names."""
    return event_for(trigger, *_kind(trigger, partial))


def _kind(trigger: AnyTrigger, partial: dict[str, Any]) -> tuple[str, str]:
    """Source and LambdaVersion that a partial event names; empty where it does not."""
    versions = {number: name for name, number in trigger.versions.items()}
    return str(partial.get("triggerSource", "")), versions.get(str(partial.get("version")), "")


def _row(said: str, file: Path) -> AnyTrigger:
    file.stat()  # a file that is missing is told as such, whatever its name
    try:
        return trigger_named(said or file.stem)
    except NoSuchTrigger as fault:
        raise SettingFault(f"say which trigger with --trigger. {fault}") from None
