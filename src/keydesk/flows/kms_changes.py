"""Changing keys of the local Key Management Service, and the aliases that lead to them."""

from collections.abc import Callable, Iterable

from msgspec.structs import replace

from keydesk.domain.kms_key import Alias, KeyState, KmsKey, arn_start
from keydesk.domain.kms_refusals import AlreadyExists, InvalidAliasName, InvalidState, KeyNotFound, Tagging
from keydesk.flows import kms
from keydesk.flows.call import Desk
from keydesk.store import kms_keys

TAGS = 50  # most that a key may have
DAY = 86_400_000  # milliseconds


async def all_of(desk: Desk, region: str) -> list[KmsKey]:
    """The keys of a region, by their ids."""
    keys = await desk.store.read(kms_keys.of_region, region)
    return [key for key in keys if not key.is_gone(desk.clock())]


async def change(desk: Desk, region: str, text: str, edit: Callable[[KmsKey], KmsKey]) -> KmsKey:
    """Replace what is known of a key by what `edit` makes of it; it may raise. Raises KeyNotFound."""
    wanted = await kms.named(desk, region, text)

    def changed(keys: list[KmsKey]) -> Iterable[KmsKey]:
        return [edit(key) for key in keys if key.id == wanted.id]

    await desk.store.write(kms_keys.change, region, changed)
    return await kms.named(desk, region, wanted.id)


def switched(on: bool) -> Callable[[KmsKey], KmsKey]:
    """EnableKey and DisableKey."""
    return lambda key: replace(_lasting(key), enabled=on)


def described(text: str) -> Callable[[KmsKey], KmsKey]:
    return lambda key: replace(_lasting(key), description=text)


def governed(policy: str) -> Callable[[KmsKey], KmsKey]:
    return lambda key: replace(key, policy=policy)


def tagged(tags: dict[str, str]) -> Callable[[KmsKey], KmsKey]:
    """Add tags, or change them. The edit raises Tagging."""

    def edit(key: KmsKey) -> KmsKey:
        together = _lasting(key).tags | tags
        if len(together) > TAGS:
            raise Tagging(f"A key may have {TAGS} tags.")
        return replace(key, tags=together)

    return edit


def untagged(names: Iterable[str]) -> Callable[[KmsKey], KmsKey]:
    gone = set(names)
    return lambda key: replace(
        key, tags={name: value for name, value in _lasting(key).tags.items() if name not in gone}
    )


def doomed(now: int, days: int) -> Callable[[KmsKey], KmsKey]:
    """ScheduleKeyDeletion."""
    return lambda key: replace(_lasting(key), deletion=now + days * DAY)


def spared(key: KmsKey) -> KmsKey:
    """CancelKeyDeletion: the key is there again, disabled. Raises InvalidState."""
    if key.state is not KeyState.PENDING_DELETION:
        raise InvalidState(f"{key.arn} is not pending deletion.")
    return replace(key, deletion=None, enabled=False)


def _lasting(key: KmsKey) -> KmsKey:
    """The key, where it is not to be deleted. Raises InvalidState."""
    if key.state is KeyState.PENDING_DELETION:
        raise InvalidState(f"{key.arn} is pending deletion.")
    return key


async def add_alias(desk: Desk, region: str, name: str, text: str) -> None:
    """Let a new name lead to a key. Raises KeyNotFound, InvalidAliasName, AlreadyExists, InvalidState."""
    _check_name(name)
    target = await _target(desk, region, text)
    alias = Alias(name, desk.clock(), desk.clock())

    def edit(keys: list[KmsKey]) -> Iterable[KmsKey]:
        if _holder(keys, name, desk.clock()):
            raise AlreadyExists(f"An alias with the name {_arn(desk, region, name)} already exists")
        return [_with(key, alias) for key in keys if key.id == target.id]

    await desk.store.write(kms_keys.change, region, edit)


async def turn_alias(desk: Desk, region: str, name: str, text: str) -> None:
    """Let a name lead to another key. Raises KeyNotFound, InvalidAliasName, InvalidState."""
    _check_name(name)
    target = await _target(desk, region, text)

    def edit(keys: list[KmsKey]) -> Iterable[KmsKey]:
        holder = _held(desk, region, keys, name)
        before = next(alias for alias in holder.aliases if alias.name == name)
        alias = replace(before, modified=desk.clock())
        if holder.id == target.id:
            return [_with(_without(holder, name), alias)]
        return [_without(holder, name), *(_with(key, alias) for key in keys if key.id == target.id)]

    await desk.store.write(kms_keys.change, region, edit)


async def remove_alias(desk: Desk, region: str, name: str) -> None:
    """A name leads nowhere any more. Raises KeyNotFound, InvalidAliasName."""
    _check_name(name)
    await desk.store.write(kms_keys.change, region, lambda keys: [_without(_held(desk, region, keys, name), name)])


async def _target(desk: Desk, region: str, text: str) -> KmsKey:
    if "alias/" in text:
        raise InvalidAliasName("Aliases must refer to keys. Not aliases")
    return _lasting(await kms.named(desk, region, text))


def _check_name(name: str) -> None:
    if not name.startswith("alias/") or name.endswith("/"):
        raise InvalidAliasName("Invalid identifier")
    if name.startswith("alias/aws/"):
        raise InvalidAliasName("Aliases that begin with alias/aws/ are reserved.")


def _holder(keys: list[KmsKey], name: str, now: int) -> KmsKey | None:
    live = (key for key in keys if not key.is_gone(now))
    return next((key for key in live for alias in key.aliases if alias.name == name), None)


def _held(desk: Desk, region: str, keys: list[KmsKey], name: str) -> KmsKey:
    holder = _holder(keys, name, desk.clock())
    if holder is None:
        raise KeyNotFound(f"Alias {_arn(desk, region, name)} is not found.")
    return holder


def _with(key: KmsKey, alias: Alias) -> KmsKey:
    return replace(key, aliases=(*key.aliases, alias))


def _without(key: KmsKey, name: str) -> KmsKey:
    return replace(key, aliases=tuple(alias for alias in key.aliases if alias.name != name))


def _arn(desk: Desk, region: str, name: str) -> str:
    return arn_start(region, desk.account) + name
