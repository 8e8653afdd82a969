"""Names for versions of a function: made, moved, removed."""

import uuid
from collections.abc import Mapping

import msgspec

from keydesk.domain.function import LATEST, Alias, Deployed, Reference, arn_of
from keydesk.domain.function_refusals import Conflict, FunctionNotFound, InvalidValue, PreconditionFailed
from keydesk.flows import functions
from keydesk.flows.call import Desk


def named(deployed: Deployed, name: str) -> Alias:
    """The alias. Raises FunctionNotFound."""
    found = deployed.aliases.get(name)
    if found is None:
        arn = arn_of(deployed.region, deployed.account, deployed.name, name)
        raise FunctionNotFound(f"Cannot find alias arn: {arn}")
    return found


async def create(desk: Desk, ref: Reference, alias: Alias) -> Deployed:
    """Add an alias. Raises Conflict where the name is taken, FunctionNotFound for a version that is not there."""
    await _check(desk, ref, alias)
    fresh = msgspec.structs.replace(alias, revision=str(uuid.uuid4()))

    def edit(one: Deployed) -> Deployed:
        if alias.name in one.aliases:
            arn = arn_of(one.region, one.account, one.name, alias.name)
            raise Conflict(f"Alias already exists: {arn}")
        return _with(one, fresh)

    return await functions.alter(desk, ref, edit)


async def change(
    desk: Desk, ref: Reference, name: str, said: Mapping[str, str | dict[str, float]], *, revision: str
) -> Deployed:
    """Change members of an alias. Raises FunctionNotFound, PreconditionFailed."""
    before = named(await functions.find(desk, ref), name)
    await _check(desk, ref, msgspec.structs.replace(before, **said))

    def edit(one: Deployed) -> Deployed:
        here = named(one, name)
        if revision and revision != here.revision:
            raise PreconditionFailed
        return _with(one, msgspec.structs.replace(here, **said, revision=str(uuid.uuid4())))

    return await functions.alter(desk, ref, edit)


async def remove(desk: Desk, ref: Reference, name: str) -> None:
    """Remove an alias with the permissions on it. Nothing happens where there is none, as on AWS."""

    def edit(one: Deployed) -> Deployed:
        return msgspec.structs.replace(
            one,
            aliases={key: alias for key, alias in one.aliases.items() if key != name},
            statements=tuple(statement for statement in one.statements if statement.qualifier != name),
        )

    await functions.alter(desk, ref, edit)


async def _check(desk: Desk, ref: Reference, alias: Alias) -> None:
    """The versions must be there; shares go to one other published version, and only from a published one."""
    for version in (alias.version, *alias.weights):
        await functions.find(desk, msgspec.structs.replace(ref, qualifier=version))
    if not alias.weights:
        return
    shares = sum(alias.weights.values())
    if len(alias.weights) > 1 or not all(0 <= share <= 1 for share in alias.weights.values()) or shares > 1:
        raise InvalidValue("An alias sends a share from 0.0 to 1.0 of its calls to one other version.")
    if LATEST in (alias.version, *alias.weights):
        raise InvalidValue("$LATEST is not supported for an alias pointing to more than 1 version")
    if alias.version in alias.weights:
        raise InvalidValue("An alias cannot send a share of its calls to its own version.")


def _with(one: Deployed, alias: Alias) -> Deployed:
    return msgspec.structs.replace(one, aliases={**one.aliases, alias.name: alias})
