"""Functions run to look at what they do: from a file, or as the pool has them now, with an event made up or recorded.

No user is touched. What a recorded event is without, because a trace keeps no secrets, the function does not get.
"""

import uuid
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import Raw

from keydesk.domain.difference import Change, differences
from keydesk.domain.function import Deployed
from keydesk.domain.pool import Pool, Semantics
from keydesk.domain.trace import Fired
from keydesk.errors import Refusal
from keydesk.flows.call import Desk
from keydesk.flows.functions import sealed
from keydesk.flows.judging import judge
from keydesk.runtime.folder import only
from keydesk.store import functions, pools, traces
from keydesk.triggers.catalog import SECONDS, AnyTrigger
from keydesk.triggers.fire import configured, guarded, unreachable
from keydesk.triggers.rehearsal import Rehearsed, Run, rehearse
from keydesk.triggers.sample import laid_over, trigger_named
from keydesk.triggers.tracing import HIDDEN, without_secrets

NOTHING: Final[Mapping[str, Any]] = {}
STACKS: Final = ("stackTrace", "trace", "requestId")  # of errors: they differ from run to run


class UnknownTrace(Refusal):
    """No such trace is kept."""

    code = "ResourceNotFoundException"
    status = 404
    default = "No trace with this id is kept. It is the x-amzn-RequestId of an answer; see `keydesk traces`."


class Replayed(NamedTuple):
    """A recorded run, and the same event today. `hidden` are members that the recorded event is without."""

    recorded: Fired
    rehearsed: Rehearsed
    changes: tuple[Change, ...]  # of the answers
    hidden: tuple[str, ...]


def of_file(desk: Desk, path: Path, *, variables: Mapping[str, str] = NOTHING, within: float = SECONDS) -> Run:
    """Runs the handler of a file or a folder, in a worker. Raises FileNotFoundError, NoHandler where there is none."""
    found, region = only(str(path)), desk.settings["region"]
    deployed = Deployed(
        name=found.name,
        region=region,
        account=desk.account,
        runtime=found.runtime,
        handler=found.handler,
        folder=found.code,
        timeout=int(SECONDS),
        environment=sealed(desk, region, found.name, variables),
        build=str(uuid.uuid4()),  # what was run before under this name must not answer
    )
    return partial(desk.functions.invoke, deployed, within=within, arn=deployed.plain_arn)


def of_pool(desk: Desk, pool: Pool, trigger: AnyTrigger, recorded: str = "") -> Run:
    """Runs the function that a pool sets for a trigger now; `recorded` is its ARN where none is set any more.

    Raises UnexpectedLambda where it is not here and is looked for nowhere else.
    """
    arn, within = configured(pool, trigger)[0] or recorded, guarded(pool, trigger.name).seconds
    if deployed := pool.functions.get(arn):
        return partial(desk.functions.invoke, deployed, within=within, arn=arn)
    if desk.triggers.elsewhere.reaches(arn):
        return partial(desk.triggers.elsewhere.invoke, arn, within=within)
    raise unreachable(trigger, "ResourceNotFoundException")


async def replay(
    desk: Desk, trace_id: str, *, trigger: str = "", file: Path | None = None, partial: Mapping[str, Any] = NOTHING
) -> list[Replayed]:
    """Every run of a trace, or those of one trigger, again: against the code of now, or against a file, which gets the
    variables of the function in whose place it is.

    `partial` is laid over the recorded events, for what they are without. No breaker, metric or trace knows of it.
    Raises UnknownTrace, NoSuchTrigger, UnexpectedLambda, and what `of_file` raises.
    """
    trace = await desk.store.read(traces.named, trace_id)
    if trace is None:
        raise UnknownTrace
    wanted = trigger_named(trigger).name if trigger else ""
    pool = await desk.store.read(pools.named, trace.pool)
    runs = [fired for fired in trace.fired if not wanted or fired.trigger == wanted]
    semantics = pool.semantics(desk.semantics) if pool else desk.semantics
    return [await _again(fired, await _run(desk, fired, pool, file), semantics, partial) for fired in runs]


async def _run(desk: Desk, fired: Fired, pool: Pool | None, file: Path | None) -> Run:
    trigger = trigger_named(fired.trigger)
    here = await desk.store.read(functions.for_arns, [fired.arn])
    if file is not None:
        known = here.get(fired.arn)
        return of_file(desk, file, variables=desk.functions.opened(known) if known else NOTHING)
    if pool is None:
        raise unreachable(trigger, "ResourceNotFoundException")
    if configured(pool, trigger)[0] is None:  # the pool knows the functions of its triggers alone
        pool = msgspec.structs.replace(pool, functions=here)
    return of_pool(desk, pool, trigger, fired.arn)


async def _again(fired: Fired, run: Run, semantics: Semantics, partial: Mapping[str, Any]) -> Replayed:
    trigger = trigger_named(fired.trigger)
    event = _document(fired.event)
    if not isinstance(event, dict):
        raise unreachable(trigger, "the recorded event was too large to keep")
    full = laid_over(event, partial)
    rehearsed = await rehearse(trigger, _bare(full), semantics, run, judge)
    answered = without_secrets(fired.trigger, rehearsed.answer)
    changes = tuple(differences(_told(_document(fired.answer)), _told(_document(answered))))
    return Replayed(fired, msgspec.structs.replace(rehearsed, answer=answered), changes, tuple(_hidden(full)))


def _hidden(event: Mapping[str, Any], path: str = "") -> list[str]:
    """The members whose values a trace does not keep."""
    found: list[str] = []
    for name, value in event.items():
        if value == HIDDEN:
            found.append(path + name)
        elif isinstance(value, dict):
            found += _hidden(value, f"{path}{name}.")
    return found


def _bare(event: dict[str, Any]) -> dict[str, Any]:
    """The event without what is hidden: a function must not take the mark for a value."""
    kept = {name: value for name, value in event.items() if value != HIDDEN}
    return {name: _bare(value) if isinstance(value, dict) else value for name, value in kept.items()}


def _told(answer: Any) -> Any:
    """What an answer says: its response; of an error, no stack."""
    if not isinstance(answer, dict):
        return answer
    if "response" in answer and "triggerSource" in answer:
        return {"response": answer["response"]}
    return {name: value for name, value in answer.items() if name not in STACKS}


def _document(raw: Raw) -> Any:
    try:
        return msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return bytes(raw).decode("utf-8", "replace")
