"""`keydesk triggers list` and `rollback`: what pools run now, and the way back to what they ran before."""

import json
from typing import Annotated, Any

import typer
from msgspec.structs import asdict
from rich.table import Table

from keydesk.cli import beside
from keydesk.cli.triggers.kit import TriggerName
from keydesk.domain.function import Deployed, by_arn
from keydesk.domain.guard import UNGUARDED
from keydesk.domain.pool import Pool
from keydesk.flows import idle_triggers
from keydesk.flows.call import Desk
from keydesk.flows.rollback import SHOWN, roll_back
from keydesk.store import functions, pools
from keydesk.triggers.catalog import CATALOG
from keydesk.triggers.fire import guarded
from keydesk.triggers.sample import trigger_named


def list_(
    pool: Annotated[str | None, typer.Option(help="Only this pool.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    data: beside.Data = None,
) -> None:
    """List the triggers that pools set: the function, its guard, why it will not run, and its former codes."""
    found = beside.run(lambda desk: _listed(desk, pool), data)
    if as_json:
        typer.echo(json.dumps(found, indent=2))
        return
    names = ("pool", "trigger", "function", "runtime", "guard", "former codes", "will not run")
    table = Table(*names, box=None, pad_edge=False)
    for one in found:
        guard = ", ".join(f"{name} {value}" for name, value in one["guard"].items())
        row = (one["pool"], one["trigger"], one["function"], one["runtime"], guard, " ".join(one["former"]))
        table.add_row(*row, "; ".join(one["idle"]))
    beside.console(width=beside.WIDEST).print(table if found else "No pool sets a trigger.")


def rollback(
    trigger: TriggerName,
    to: Annotated[str, typer.Option(help="The digest of a former code, or how it begins; see `list`.")] = "",
    pool: beside.PoolId = None,
    data: beside.Data = None,
) -> None:
    """Set a trigger's function back to the code that it had before. The next call runs it."""
    row = trigger_named(trigger)

    async def back(desk: Desk) -> str:
        here = await beside.chosen(desk, pool)
        done = await roll_back(desk, here, row, to)
        return f"{here.id} {row.name}: {done.function} is back from {done.was} to {done.now}"

    typer.echo(beside.run(back, data))


async def _listed(desk: Desk, only: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for pool in await desk.store.read(pools.every):
        setup = await idle_triggers.setup(desk.store, pool.id, desk.clock(), reaches=desk.triggers.elsewhere.reaches)
        if setup is None or only not in (None, pool.id):
            continue
        idle = idle_triggers.idle(setup)
        for trigger, arn in setup.triggers.items():
            held = setup.pool.functions.get(arn)
            found.append(
                {
                    "pool": pool.id,
                    "trigger": trigger,
                    "function": _name(arn),
                    "runtime": held.runtime if held else "elsewhere",
                    "guard": _guard(pool, trigger),
                    "former": await _former(desk, held),
                    "idle": [one.why for one in idle if one.trigger == trigger],
                }
            )
    return found


def _guard(pool: Pool, trigger: str) -> dict[str, Any]:
    """What the pool says of it; nothing where it says nothing."""
    if trigger not in {row.name for row in CATALOG}:
        return {}
    said = asdict(guarded(pool, trigger))
    return {name: value for name, value in said.items() if value != getattr(UNGUARDED, name)}


async def _former(desk: Desk, held: Deployed | None) -> list[str]:
    if held is None:
        return []
    return [one.digest[:SHOWN] for one in await desk.store.read(functions.formers, held.region, held.name)]


def _name(arn: str) -> str:
    ref = by_arn(arn)
    return arn if ref is None else ref.name + (f":{ref.qualifier}" if ref.qualifier else "")
