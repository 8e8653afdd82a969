"""What happens to functions: made, given new code or configuration, published, removed. The Lambda face translates.

Variables are sealed here and opened only where a worker starts (`triggers/functions.py`) or an administrator reads
them. A change that names a `revision` happens only while that is the current one.
"""

import base64
import hashlib
import uuid
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from keydesk.domain import places
from keydesk.domain.function import LATEST, Deployed, Reference, granted
from keydesk.domain.function_refusals import Conflict, FunctionNotFound, InvalidValue, PreconditionFailed
from keydesk.flows.call import Desk
from keydesk.store import functions as stored


async def find(desk: Desk, ref: Reference) -> Deployed:
    """The function that was named, as its qualifier shows it. Raises FunctionNotFound."""
    if ref.account == desk.account:
        found = await desk.store.glance(stored.named, ref.region, ref.name, ref.qualifier)
        if found is not None:
            return found
    raise missing(ref)


def missing(ref: Reference) -> FunctionNotFound:
    """Nothing is deployed under the name."""
    return FunctionNotFound(f"Function not found: {ref.arn}")


async def create(
    desk: Desk, draft: Deployed, zipped: bytes, variables: Mapping[str, str], *, publish: bool
) -> Deployed:
    """Deploy a new function; gives its first version where it is to be published. Raises Conflict, InvalidValue."""
    environment = sealed(desk, draft.region, draft.name, variables)
    async with _unpacked(desk, zipped) as code:
        fresh = _touched(desk, draft, {**code, "environment": environment, "kept": _merged({}, draft.kept)})
        await desk.store.write(stored.add, fresh, zipped)
    return await publish_version(desk, _ref(fresh)) if publish else fresh


async def recode(
    desk: Desk, ref: Reference, zipped: bytes, changes: Mapping[str, Any], *, revision: str, publish: bool
) -> Deployed:
    """Give a function new code. Calls that run go on with the old code; the next one runs the new."""
    replaced = await desk.store.read(stored.digests, ref.region, ref.name)
    async with _unpacked(desk, zipped, replaced) as code:
        said = {**changes, **code}

        def edit(one: Deployed) -> Deployed:
            _unwatched(one)
            _current(one, revision)
            if all(getattr(one, name) == value for name, value in said.items()):
                return one
            return _touched(desk, one, said)

        return await _apply(desk, ref, edit, zipped, publish=publish)


async def dry_run(desk: Desk, ref: Reference, zipped: bytes, *, revision: str) -> Deployed:
    """What `recode` would give, with nothing changed."""
    found = await find(desk, ref)
    _unwatched(found)
    _current(found, revision)
    async with _unpacked(desk, zipped) as code:
        return msgspec.structs.replace(found, **code)


async def configure(
    desk: Desk, ref: Reference, changes: Mapping[str, Any], variables: Mapping[str, str] | None, *, revision: str
) -> Deployed:
    """Change a function's configuration; `variables` None leaves its variables as they are.

    Of a watched folder's function, its file says the runtime and the handler; the rest is as it was set here.
    """
    changes = dict(changes)
    kept = changes.pop("kept", {})
    if variables is not None:
        changes["environment"] = sealed(desk, ref.region, ref.name, variables)

    def edit(one: Deployed) -> Deployed:
        if not changes.keys().isdisjoint(("runtime", "handler")):
            _unwatched(one)
        _current(one, revision)
        return _touched(desk, one, {**changes, "kept": _merged(one.kept, kept)})

    return await _apply(desk, ref, edit)


async def publish_version(
    desk: Desk, ref: Reference, *, code: str = "", description: str | None = None, revision: str = ""
) -> Deployed:
    """Keep what `$LATEST` is now as the next version. `code` is the SHA-256 (base64) that it must have."""

    def edit(one: Deployed) -> Deployed:
        _unwatched(one)
        _current(one, revision)
        if code and code != one.code:
            raise InvalidValue(f"CodeSHA256 ({code}) is different from current CodeSHA256 in $LATEST ({one.code})")
        return one

    return await _apply(desk, ref, edit, publish=True, description=description)


async def remove(desk: Desk, ref: Reference) -> None:
    """Delete a function with all its versions, or the one version that the qualifier names."""
    found = await find(desk, ref)
    _unwatched(found)
    codes = await desk.store.read(stored.digests, ref.region, ref.name)
    if not ref.qualifier:
        await desk.store.write(stored.remove, ref.region, ref.name)
    elif found.version != ref.qualifier:
        raise InvalidValue(f"Deletion of aliases is not currently supported: {ref.qualifier}")
    elif found.version == LATEST:
        raise InvalidValue("$LATEST version cannot be deleted without deleting the function.")
    else:
        users = sorted(
            alias.name for alias in found.aliases.values() if found.version in (alias.version, *alias.weights)
        )
        if users:
            raise Conflict(f"Version {found.version} is in use by the aliases {', '.join(users)}.")
        await desk.store.write(stored.remove_version, found)
    await desk.functions.forget(*codes)


async def alter(desk: Desk, ref: Reference, edit: stored.Edit) -> Deployed:
    """Change what belongs to the function and not to a version: tags, permissions, aliases, its share of workers."""
    changed = None
    if ref.account == desk.account:
        changed = await desk.store.write(stored.change, ref.region, ref.name, edit)
    if changed is None:
        raise missing(ref)
    return changed


async def grant(desk: Desk, ref: Reference, pool_arn: str, trigger: str) -> None:
    """Let a pool invoke the function that was set as its trigger (C-14, T-068); no matter if it is not here."""
    found = await desk.store.glance(stored.named, ref.region, ref.name, ref.qualifier)
    account = pool_arn.split(":")[4]
    if found is None or found.account != ref.account or granted(found, pool_arn, account, trigger) is found:
        return

    def edit(one: Deployed) -> Deployed:
        asked = msgspec.structs.replace(one, qualifier=ref.qualifier)
        return msgspec.structs.replace(granted(asked, pool_arn, account, trigger), qualifier="")

    await desk.store.write(stored.change, ref.region, ref.name, edit)


def variables_of(desk: Desk, deployed: Deployed) -> dict[str, str]:
    """A function's variables in the clear."""
    return desk.functions.opened(deployed)


async def _apply(
    desk: Desk,
    ref: Reference,
    edit: stored.Edit,
    zipped: bytes = b"",
    *,
    publish: bool = False,
    description: str | None = None,
) -> Deployed:
    await find(desk, msgspec.structs.replace(ref, qualifier=""))
    if publish:
        pair = await desk.store.write(stored.publish, ref, edit, _stamp(desk, description), zipped)
        latest, outcome = pair or (None, None)
    else:
        latest = outcome = await desk.store.write(stored.change, ref.region, ref.name, edit, zipped)
    if latest is None or outcome is None:
        raise missing(ref)
    return outcome


def _stamp(desk: Desk, description: str | None) -> stored.Edit:
    def stamp(latest: Deployed) -> Deployed:
        said = latest.description if description is None else description
        return msgspec.structs.replace(latest, description=said, revision=_fresh(), modified=desk.clock())

    return stamp


@asynccontextmanager
async def _unpacked(desk: Desk, zipped: bytes, replaced: Iterable[str] = ()) -> AsyncIterator[dict[str, Any]]:
    """The members that say what code a function has. Unpacks the archive, so that a bad one is refused now; what no
    function has in the end, of this and of the codes that may be replaced, is off the disk again."""
    digest = hashlib.sha256(zipped).digest()
    await desk.functions.unpacked(digest.hex(), zipped)
    try:
        yield {"code": base64.b64encode(digest).decode(), "digest": digest.hex(), "size": len(zipped)}
    finally:
        await desk.functions.forget(digest.hex(), *replaced)


def _touched(desk: Desk, one: Deployed, changes: Mapping[str, Any]) -> Deployed:
    return msgspec.structs.replace(one, **changes, build=_fresh(), revision=_fresh(), modified=desk.clock())


def _merged(kept: Mapping[str, Any], said: Mapping[str, Any]) -> dict[str, Any]:
    """What is only stored and shown; a member that was set to nothing is gone."""
    return {name: value for name, value in {**kept, **said}.items() if filled(value)}


def filled(value: object) -> bool:
    """Whether a member says anything: a structure of empty members does not."""
    return any(map(filled, value.values())) if isinstance(value, Mapping) else bool(value)


def sealed(desk: Desk, region: str, name: str, variables: Mapping[str, str]) -> bytes:
    """A function's variables as they are kept; nothing where there are none."""
    if not variables:
        return b""
    return desk.sealer.seal(msgspec.json.encode(variables), places.function(region, name), places.SERVER)


def _current(one: Deployed, revision: str) -> None:
    if revision and revision != one.revision:
        raise PreconditionFailed


def _unwatched(one: Deployed) -> None:
    if one.folder:
        raise Conflict(f"{one.name} comes from a watched folder: change or delete its file.")


def _ref(deployed: Deployed) -> Reference:
    return Reference(deployed.region, deployed.account, deployed.name, deployed.qualifier)


def _fresh() -> str:
    return str(uuid.uuid4())
