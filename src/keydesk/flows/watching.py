"""Reading what happened: functions' lines and sign-in calls. Every read sees what was answered before it began."""

from collections.abc import Callable, Sequence
from typing import Final

from keydesk.errors import Refusal, ResourceNotFound
from keydesk.flows.call import Desk
from keydesk.store import api_events, logs
from keydesk.store.api_events import ApiEvent, Lookup, Place
from keydesk.store.logs import Cut, Group, Page, Stream, Window

TAGS: Final = 50  # most that one log group may have
_THIN: Final = 2_000  # lines in one transaction of a deletion


class ResourceAlreadyExists(Refusal):
    code = "ResourceAlreadyExistsException"
    default = "The specified log group already exists"


class TooManyTags(Refusal):
    code = "TooManyTagsException"
    default = "A log group may have 50 tags."


async def groups(desk: Desk, region: str, *, prefix: str, part: str, after: str, limit: int) -> list[Group]:
    """Log groups by name, after the one named `after`: those that begin with `prefix`, or have `part` in their name."""
    await desk.journal.flush()
    return await desk.store.read(logs.groups, region, prefix=prefix, part=part, after=after, limit=limit)


async def group(desk: Desk, region: str, name: str) -> Group:
    """One log group. Raises ResourceNotFound."""
    await desk.journal.flush()
    found = await desk.store.read(logs.group, region, name)
    if found is None:
        raise ResourceNotFound("The specified log group does not exist.")
    return found


async def make_group(desk: Desk, region: str, name: str, tags: dict[str, str]) -> None:
    """Make a log group. Raises ResourceAlreadyExists."""
    await desk.journal.flush()
    if not await desk.store.write(logs.add_group, region, name, tags, desk.clock()):
        raise ResourceAlreadyExists


async def remove_group(desk: Desk, region: str, name: str) -> None:
    """Delete a log group and all in it, in bites that others can write between. Raises ResourceNotFound."""
    found = await group(desk, region, name)
    while await desk.store.write(logs.thin, found.id, logs.LAST[0], _THIN):
        pass
    await desk.store.write(logs.remove_group, found.id)


async def keep_for(desk: Desk, region: str, name: str, days: int | None) -> None:
    """Set how long a group's lines are kept; None for as long as the server's setting says. Raises ResourceNotFound."""
    found = await group(desk, region, name)
    await desk.store.write(logs.keep_for, found.id, days)


async def tag(desk: Desk, group: Group, tags: dict[str, str]) -> None:
    """Add tags to a group, or change them. Raises TooManyTags."""

    def edit(present: dict[str, str]) -> dict[str, str]:
        together = present | tags
        if len(together) > TAGS:
            raise TooManyTags
        return together

    await desk.store.write(logs.tag, group.id, edit)


async def untag(desk: Desk, group: Group, keys: Sequence[str]) -> None:
    """Take tags off a group; those it has not are passed over."""
    await desk.store.write(
        logs.tag, group.id, lambda present: {key: tag for key, tag in present.items() if key not in keys}
    )


async def streams(
    desk: Desk, group: Group, *, prefix: str, after: tuple[int, str] | None, by_time: bool, down: bool, limit: int
) -> list[Stream]:
    """A group's streams, by name or by their last line, after the one `after` (time of its last line, name)."""
    return await desk.store.read(
        logs.streams, group.id, prefix=prefix, after=after, by_time=by_time, down=down, limit=limit
    )


async def window(
    desk: Desk, group: Group, *, names: Sequence[str] | None, prefix: str, span: tuple[int, int]
) -> Window:
    """Which lines to read: of the streams named, of those that begin so, or of all. Raises ResourceNotFound."""
    chosen: list[int] | None = None
    if names is not None:
        found = await desk.store.read(logs.stream_ids, group.id, names)
        if len(found) < len(set(names)):
            raise ResourceNotFound("The specified log stream does not exist.")
        chosen = list(found.values())
    elif prefix:
        chosen = await desk.store.read(logs.stream_ids_from, group.id, prefix)
    return Window(group.id, chosen, *span)


async def lines(
    desk: Desk, window: Window, cut: Cut, *, down: bool, limit: int, matches: Callable[[str], bool] | None = None
) -> Page:
    """Lines from a place on, or (`down`) before it, newest first."""
    return await desk.store.read(logs.page, window, cut, down=down, limit=limit, matches=matches)


async def calls(desk: Desk, lookup: Lookup, after: Place | None, limit: int) -> list[ApiEvent]:
    """Sign-in calls, newest first, from the one after `after`."""
    await desk.journal.flush()
    return await desk.store.read(api_events.page, lookup, after, limit)
