"""Requests made from the published model: one that fits it, every single fault that one can have, and its extremes.

The model here is botocore's own, not the one that the server's shapes were generated from it.
"""

import base64
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

import botocore.session
from botocore.model import OperationModel, Shape

from keydesk.api.patterns import compiled

MODEL = botocore.session.get_session().get_service_model("cognito-idp")
# One of these meets every pattern of the model, and one of these breaks it.
MEETING = (
    "abcdef",
    "123456",
    "us-east-1_abcdefghi",
    "us-east-1_0a1b2c",
    "arn:aws:iam::000000000000:role/one",
    "arn:aws:s3:::bucket",
    "ada@example.com",
    "your code is {####}",
    "behind {##this##} link",
    "11111111-2222-4333-8444-555555555555",
    "import-aB3",
    "tkn" + "a1" * 12 + "b",
    "sso" + "a1" * 12 + "b",
    "terms-of-use",
    "cognito:default",
    "abcdefabcdefabcdefabcdef12",
    "Level1",
    "https://example.com",
)
BREAKING = ("  ", "\x01\x01", "a b c", "#", "éé", "{", "_" * 8)
LONGEST = 150_000  # of a text without an end
OTHERS: dict[str, list[Any]] = {
    "string": [7, True, [], {}],
    "integer": ["7", True, 1.5, 1 << 40, [], {}],
    "long": ["7", True, 1.5, 1 << 70, [], {}],
    "boolean": ["true", 1, [], {}],
    "blob": [7, "no base64!", [], {}],
    "list": ["text", 7, True, {}],
    "map": ["text", 7, True, []],
    "structure": ["text", 7, True, []],
    "timestamp": ["soon", True, [], {}],
}
NESTED = ("structure", "list", "map")


class Fault(NamedTuple):
    """A request with one fault: what it is, where a sentence says it is, and whether a JSON reader sees it already."""

    what: str
    where: str
    request: Any
    unreadable: bool = False


def operation(name: str) -> OperationModel:
    return MODEL.operation_model(name)


def fitting(shape: Shape, given: Mapping[str, Any], *, whole: bool = False) -> Any:
    """A value that the shape takes: its required members, or all; `given` values by member name go before made ones."""
    match shape.type_name:
        case "structure":
            wanted = shape.members if whole else shape.required_members
            return {
                name: given.get(name, fitting(shape.members[name], given, whole=whole))
                for name in wanted
                if not document(shape.members[name])
            }
        case "list":
            return [fitting(shape.member, given, whole=whole)] * max(1, shape.metadata.get("min", 0))
        case "map":
            return {fitting(shape.key, given): fitting(shape.value, given)}
        case "string":
            return shape.enum[0] if shape.enum else text(shape)
        case "boolean":
            return True
        case "blob":
            return base64.b64encode(b"bytes").decode()
    return shape.metadata.get("min", 1)


@cache
def text(shape: Shape) -> str:
    rules = shape.metadata
    for said in MEETING:
        if rules.get("min", 0) <= len(said) <= rules.get("max", LONGEST) and _meets(shape, said):
            return said
    raise LookupError(f"nothing fits {shape.name}: {rules}")


def _meets(shape: Shape, said: str) -> bool:
    return "pattern" not in shape.metadata or bool(compiled(shape.metadata["pattern"]).fullmatch(said))


def faults(name: str, given: Mapping[str, Any]) -> Iterator[Fault]:
    """Every request of the operation that has one fault: each member at each depth, in each way."""
    shape = operation(name).input_shape
    base = fitting(shape, given)
    yield from _structure(shape, base, "", given)


def _structure(shape: Shape, base: Any, where: str, given: Mapping[str, Any]) -> Iterator[Fault]:
    for name, member in shape.members.items():
        here = f"{where}.{_lower(name)}" if where else _lower(name)
        if name in shape.required_members:
            yield Fault("missing", here, {key: said for key, said in base.items() if key != name})
            yield Fault("null", here, base | {name: None})
        if document(member):
            continue
        value = base.get(name, fitting(member, given))
        for fault in _value(member, value, here, given):
            yield fault._replace(request=base | {name: fault.request})


def _value(shape: Shape, base: Any, where: str, given: Mapping[str, Any]) -> Iterator[Fault]:
    """Faulty values in the place of one that fits."""
    for other in OTHERS[shape.type_name]:
        yield Fault(f"a {type(other).__name__} for a {shape.type_name}", where, other, unreadable=True)
    rules = shape.metadata
    match shape.type_name:
        case "structure":
            yield from _structure(shape, base, where, given)
        case "list":
            yield from _list(shape, base, where, given)
        case "map":
            yield from _map(shape, base, where)
        case "string":
            yield from _string(shape, where)
        case "integer" | "long":
            if "min" in rules:
                yield Fault("too small", where, rules["min"] - 1)
            if "max" in rules:
                yield Fault("too large", where, rules["max"] + 1)
        case "blob" if "max" in rules and rules["max"] < 500_000:  # beyond that the door is too small
            yield Fault("too long", where, base64.b64encode(b"x" * (rules["max"] + 1)).decode())


def _string(shape: Shape, where: str) -> Iterator[Fault]:
    rules = shape.metadata
    if shape.enum:
        yield Fault("no such value", where, "PERHAPS")
        return
    if rules.get("min"):
        yield Fault("too short", where, text(shape)[: rules["min"] - 1])
    if "max" in rules:
        yield Fault("too long", where, "a" * (rules["max"] + 1))
    if "pattern" in rules:
        broken = [said for said in BREAKING if not _meets(shape, said)]
        assert broken or rules["pattern"] in ("(?s).*",), rules
        yield from (Fault("of another pattern", where, said) for said in broken[:2])


def _list(shape: Shape, base: list[Any], where: str, given: Mapping[str, Any]) -> Iterator[Fault]:
    rules, one = shape.metadata, fitting(shape.member, given)
    inside = f"{where}.1.member" if shape.member.type_name in NESTED else where
    if rules.get("min"):
        yield Fault("too few", where, base[: rules["min"] - 1])
    if "max" in rules:
        yield Fault("too many", where, [one] * (rules["max"] + 1))
    yield Fault("a null", inside, [None])
    for fault in _value(shape.member, one, inside, given):
        yield fault._replace(request=[fault.request])


def _map(shape: Shape, base: dict[str, Any], where: str) -> Iterator[Fault]:
    rules, (key, value) = shape.metadata, next(iter(base.items()))
    inside = f"{where}.{key}.member" if shape.value.type_name in NESTED else where
    if "max" in rules:
        many = {f"{key}{number}": value for number in range(rules["max"] + 1)}
        yield Fault("too many", where, many)
    for fault in _string(shape.key, where):
        yield fault._replace(request={fault.request: value})
    for fault in _value(shape.value, value, inside, {}):
        yield fault._replace(request={key: fault.request})


def extremes(name: str, given: Mapping[str, Any]) -> Iterator[Any]:
    """Requests that the model takes, one for each value at the edge of each member, and the one with every member."""
    shape = operation(name).input_shape
    base = fitting(shape, given)
    yield from _edges(shape, base, given, top=True)
    yield fitting(shape, given, whole=True)
    yield base


def _edges(shape: Shape, base: Any, given: Mapping[str, Any], *, top: bool = False) -> Iterator[Any]:
    rules = shape.metadata
    match shape.type_name:
        case "structure":
            for name, member in shape.members.items():
                if document(member) or (top and name in given):
                    continue
                inner = base.get(name, fitting(member, given))
                yield from (base | {name: edge} for edge in _edges(member, inner, given))
        case "list":
            one = fitting(shape.member, given)
            yield from ([edge] for edge in _edges(shape.member, one, given) if rules.get("min", 0) <= 1)
            yield [one] * min(rules.get("max", 3), 60)
            if not rules.get("min"):
                yield []
        case "map":
            yield {}
            yield from ({next(iter(base)): edge} for edge in _edges(shape.value, next(iter(base.values())), given))
        case "string":
            yield from shape.enum or _texts(shape)
        case "boolean":
            yield from (True, False)
        case "integer" | "long":
            yield from {rules.get("min", 0), rules.get("max", (1 << 31) - 1)}
        case "blob":
            yield ""
            yield base64.b64encode(bytes(min(rules.get("max", 9), 99_999))).decode()


def _texts(shape: Shape) -> Iterator[str]:
    """The shortest, the longest, and what is hard to keep, as far as the pattern lets them through."""
    least, most = shape.metadata.get("min", 0), min(shape.metadata.get("max", 4096), 4096)
    fits = text(shape)
    said = ("", "a" * least, "a" * most, fits + "a" * (most - len(fits)), "'\"%_\\;--", "ﷺ\u0301Σςß😀", "{" * 40, "-1")
    for one in dict.fromkeys(said):
        if least <= len(one.encode("utf-16-le")) // 2 <= most and _meets(shape, one):
            yield one


def document(shape: Shape) -> bool:
    """Any JSON is one, so that none is at fault."""
    return bool(getattr(shape, "is_document_type", False))


def _lower(name: str) -> str:
    return name[0].lower() + name[1:]
