"""A trigger's function set back to the code that it had before. The next sign-in runs it, on every node."""

import uuid
from typing import Any, Final, NamedTuple

import msgspec

from keydesk.domain.function import LATEST, Deployed, Reference, by_arn
from keydesk.domain.function_refusals import Conflict
from keydesk.domain.pool import Pool
from keydesk.flows import functions, pools
from keydesk.flows.call import Call, Desk
from keydesk.shapes.types import LambdaConfigType, UserPoolType
from keydesk.store import functions as stored
from keydesk.triggers.catalog import AnyTrigger
from keydesk.triggers.fire import configured

SHOWN: Final = 12  # digits of a digest


class RolledBack(NamedTuple):
    """What a trigger runs now, and what it ran before."""

    function: str
    was: str
    now: str


async def roll_back(desk: Desk, pool: Pool, trigger: AnyTrigger, to: str = "") -> RolledBack:
    """Set the function of a pool's trigger back to its last former code, or to the one whose digest begins with `to`.

    What is replaced becomes a former code itself, so that the way back is open. Raises Conflict where there is nothing
    to go back to, FunctionNotFound where the function is not here.
    """
    arn, _ = configured(pool, trigger)
    ref = by_arn(arn) if arn else None
    if ref is None:
        raise Conflict(f"{pool.id} sets no {trigger.name}.")
    found = await functions.find(desk, ref)
    if ref.qualifier in ("", LATEST):
        return await _code(desk, found, to)
    if ref.qualifier in found.aliases:
        return await _alias(desk, found, ref)
    return await _version(desk, pool, trigger, ref)


async def _code(desk: Desk, found: Deployed, to: str) -> RolledBack:
    if found.folder:
        raise Conflict(f"{found.name} comes from a watched folder, whose former files are not kept: change its file.")
    formers = await desk.store.read(stored.formers, found.region, found.name)
    former = next((one for one in formers if one.digest.startswith(to)), None)
    if former is None:
        raise Conflict(f"No former code of {found.name} is kept" + (f" that begins with {to}." if to else "."))
    back = {"code": former.code, "digest": former.digest, "size": former.size}
    how = {"runtime": former.runtime, "handler": former.handler}  # the code may need those of its time
    fresh = {"build": str(uuid.uuid4()), "revision": str(uuid.uuid4()), "modified": desk.clock()}

    def edit(one: Deployed) -> Deployed:
        if one.digest != found.digest:
            raise Conflict(f"{found.name} was given new code meanwhile. Look again.")
        return msgspec.structs.replace(one, **back, **how, **fresh)

    if await desk.store.write(stored.change, found.region, found.name, edit) is None:
        raise functions.missing(Reference(found.region, found.account, found.name))
    return RolledBack(found.name, found.digest[:SHOWN], former.digest[:SHOWN])


async def _alias(desk: Desk, found: Deployed, ref: Reference) -> RolledBack:
    """The alias goes to the version before the one that it names."""
    alias = found.aliases[ref.qualifier]
    before = await _before(desk, ref, alias.version)
    moved = msgspec.structs.replace(alias, version=before, weights={}, revision=str(uuid.uuid4()))

    def edit(one: Deployed) -> Deployed:
        if one.aliases.get(alias.name) != alias:
            raise Conflict(f"The alias {alias.name} was moved meanwhile. Look again.")
        return msgspec.structs.replace(one, aliases={**one.aliases, alias.name: moved})

    if await desk.store.write(stored.change, ref.region, ref.name, edit) is None:
        raise functions.missing(ref)
    return RolledBack(f"{ref.name}:{alias.name}", alias.version, moved.version)


async def _version(desk: Desk, pool: Pool, trigger: AnyTrigger, ref: Reference) -> RolledBack:
    """A published version never changes: the pool's trigger is set to the one before it."""
    before = await _before(desk, ref, ref.qualifier)
    arn = msgspec.structs.replace(ref, qualifier=before).arn

    def edit(now: Pool) -> UserPoolType:
        if configured(now, trigger)[0] != ref.arn:
            raise Conflict(f"{trigger.name} was set to another function meanwhile. Look again.")
        config = now.settings.lambda_config or LambdaConfigType()
        newer = getattr(config, f"{trigger.member}_config", None)
        said: dict[str, Any] = {}
        if newer is not None:
            said[f"{trigger.member}_config"] = msgspec.structs.replace(newer, lambda_arn=arn)
        held = getattr(config, trigger.member)
        if held is not None:
            said[trigger.member] = arn if isinstance(held, str) else msgspec.structs.replace(held, lambda_arn=arn)
        return msgspec.structs.replace(now.settings, lambda_config=msgspec.structs.replace(config, **said))

    changed = await pools.change(pool.id, edit, Call(desk, "", pool.region, str(uuid.uuid4()), "", ""))
    await functions.grant(desk, msgspec.structs.replace(ref, qualifier=before), changed.arn, trigger.name)
    return RolledBack(ref.name, ref.qualifier, before)


async def _before(desk: Desk, ref: Reference, version: str) -> str:
    """The published version before one. Raises Conflict where there is none."""
    published = [int(one.version) for one in await desk.store.read(stored.versions, ref.region, ref.name)]
    earlier = [number for number in published if version == LATEST or number < int(version)]
    if not earlier:
        raise Conflict(f"There is no version of {ref.name} before {version}.")
    return str(max(earlier))
