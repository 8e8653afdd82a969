"""A request held against the published model's limits: every fault at once, in the sentences AWS clients know.

Surprises: lists and maps of plain values are named whole, with all limits of their members in brackets, as Cognito
does; lists of structures are named by place (`userAttributes.1.member.name`).
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final, NoReturn, TypeAlias

from keydesk.api import values
from keydesk.errors import InvalidParameter
from keydesk.shapes.limits import REQUESTS, SHAPES, Fields, Items, Pairs

# amazon-cognito-identity-js writes null in these maps for a device key that it has just forgotten.
WITH_NULLS: Final = frozenset({"AuthParametersType", "ChallengeResponsesType"})
MOST_FAULTS = 100  # the walk ends there: a request of a million faults must not become a gigabyte of sentence
NULL = "Member must not be null"

Check: TypeAlias = Callable[[Any, str, list[str]], None]  # value, where it is, faults found so far


def check(operation: str, document: object) -> None:
    """Holds the decoded JSON body of a published operation against its limits.

    Raises `Serialization` for a JSON type that cannot be the member's, else `InvalidParameter` naming every violated
    limit in the model's order (the first hundred). What passes converts to the operation's request Struct. Null counts
    as absent; members the model does not know are ignored.
    """
    faults: list[str] = []
    _walker(REQUESTS[operation])(document, "", faults)
    if faults:
        _refuse(faults)


def _refuse(faults: list[str]) -> NoReturn:
    several = "" if len(faults) == 1 else "s"
    raise InvalidParameter(f"{len(faults)} validation error{several} detected: {'; '.join(faults)}")


def _fault(faults: list[str], shown: str, path: str, demand: str) -> None:
    faults.append(f"Value{shown} at '{path}' failed to satisfy constraint: {demand}")
    if len(faults) == MOST_FAULTS:
        _refuse(faults)


@cache
def _walker(shape: str) -> Check:
    match SHAPES[shape]:
        case Fields() as rule:
            return _structure(rule)
        case Items() as rule:
            return _list(shape, rule)
        case Pairs() as rule:
            return _map(shape, rule)
    read, alone, _ = values.plain(shape)

    def walk(value: Any, path: str, faults: list[str]) -> None:
        measured = read(value)
        for demand, holds in alone:
            if not holds(measured):
                _fault(faults, values.shown(shape, value), path, demand)

    return walk


def _structure(rule: Fields) -> Check:
    rows = [
        (name, name[0].lower() + name[1:], _walker(shape), values.absent(shape) if required else None)
        for name, shape, required in rule.members
    ]

    def walk(value: Any, path: str, faults: list[str]) -> None:
        if type(value) is not dict:
            values.unreadable(value, "a Structure")
        before = f"{path}." if path else ""
        for name, ours, inner, absent in rows:
            said = value.get(name)
            if said is not None:
                inner(said, before + ours, faults)
            elif absent is not None:
                _fault(faults, absent, before + ours, NULL)

    return walk


def _list(shape: str, rule: Items) -> Check:
    counts = values.sizes(rule.least, rule.most, len)
    inside = _members(shape, rule.member, "Member must satisfy constraint")

    def walk(value: Any, path: str, faults: list[str]) -> None:
        if type(value) is not list:
            values.unreadable(value, "a List")
        for demand, holds in counts:
            if not holds(value):
                _fault(faults, values.shown(shape, value), path, demand)
        inside(value, enumerate(value, 1), path, faults)

    return walk


def _map(shape: str, rule: Pairs) -> Check:
    counts = values.sizes(rule.least, rule.most, len)
    names = _members(shape, rule.key, "Map keys must satisfy constraint")
    inside = _members(shape, rule.value, "Map value must satisfy constraint")

    def walk(value: Any, path: str, faults: list[str]) -> None:
        if type(value) is not dict:
            values.unreadable(value, "a Map")
        if shape in WITH_NULLS:
            for name in [name for name, said in value.items() if said is None]:
                del value[name]
        for demand, holds in counts:
            if not holds(value):
                _fault(faults, values.shown(shape, value), path, demand)
        names(value, enumerate(value, 1), path, faults)
        inside(value, value.items(), path, faults)

    return walk


def _members(shape: str, member: str, words: str) -> Callable[[Any, Any, str, list[str]], None]:
    """Walks what is in a list or map. Plain values give one fault together, others each their own below its place."""
    if isinstance(SHAPES[member], (Fields, Items, Pairs)):
        inner = _walker(member)

        def walk_each(whole: Any, places: Any, path: str, faults: list[str]) -> None:
            for place, value in places:
                here = f"{path}.{place}.member"
                inner(value, here, faults) if value is not None else _fault(faults, " null", here, NULL)

        return walk_each
    read, _, tests = values.plain(member)

    def walk_plain(whole: Any, places: Any, path: str, faults: list[str]) -> None:
        empty = broken = False
        for _, value in places:
            if value is None:
                empty = True
            else:
                measured = read(value)
                for _, holds in tests:
                    broken = broken or not holds(measured)
        if empty or broken:
            demands = [demand for demand, _ in tests] + [NULL] * empty
            _fault(faults, values.shown(shape, whole), path, f"{words}: [{', '.join(demands)}]")

    return walk_plain
