"""What differs between two JSON documents, member by member."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import UNSET


class Change(NamedTuple):
    """One place where they differ. UNSET stands for a member or an element that one of them has not."""

    path: str  # response.claimsOverrideDetails.claimsToAddOrOverride.role, session[0]
    was: Any
    now: Any


def differences(was: Any, now: Any, path: str = "") -> Iterator[Change]:
    """In the order of the first document, what only the second has behind it."""
    if isinstance(was, dict) and isinstance(now, dict):
        for name in (*was, *(name for name in now if name not in was)):
            yield from differences(was.get(name, UNSET), now.get(name, UNSET), f"{path}.{name}" if path else name)
    elif isinstance(was, list) and isinstance(now, list):
        for at in range(max(len(was), len(now))):
            yield from differences(_at(was, at), _at(now, at), f"{path}[{at}]")
    elif type(was) is not type(now) or was != now:
        yield Change(path, was, now)


def _at(items: list[Any], at: int) -> Any:
    return items[at] if at < len(items) else UNSET
