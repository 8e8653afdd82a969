"""Values without members of their own: how they are read from JSON, their limits, and how a sentence quotes them.

Surprises: text is measured in UTF-16 units, as Java does; a client id is quoted although the model calls it sensitive,
as Cognito does; integers with a fraction part (`2.0`) are refused.
"""

from binascii import a2b_base64
from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple, NoReturn, TypeAlias

from keydesk.api import patterns
from keydesk.errors import Serialization
from keydesk.shapes.limits import SHAPES, Anything, Blob, Fields, Flag, Items, Pairs, Text, Whole

LONGEST_VALUE = 1024  # characters of one value written into a sentence; the rest is "..."
SHOWN = {"ClientIdType"}
UNHELD = {"DomainType"}  # the pattern is of prefixes; custom domains have dots, and the service itself looks at both
# The values of an enum are told in the model's order, but for what is on record otherwise (tests/recorded).
SAID = {"OAuthFlowType": ("implicit", "client_credentials", "code")}
STRUCTURE, LIST = "Start of structure or map found where not expected.", "Start of list found where not expected."
TOKENS = {dict: STRUCTURE, list: LIST, str: "STRING_VALUE", int: "NUMBER_VALUE", float: "NUMBER_VALUE"}

Test: TypeAlias = tuple[str, Callable[[Any], bool]]  # what must hold, and whether it does


class Plain(NamedTuple):
    """A value with no members: how to read it from JSON, and its limits in two orders, alone and in brackets."""

    read: Callable[[object], Any]
    alone: tuple[Test, ...] = ()
    bracketed: tuple[Test, ...] = ()


def unreadable(value: object, wanted: str) -> NoReturn:
    """Refuses a JSON value of a type the member cannot have, in the words of AWS's JSON reader."""
    token = f"{str(value).upper()}_VALUE" if isinstance(value, bool) else TOKENS.get(type(value), "NULL_VALUE")
    raise Serialization(token if token in (STRUCTURE, LIST) else f"{token} can not be converted to {wanted}")


def sizes(least: int | None, most: int | None, size: Callable[[Any], int], noun: str = "length") -> list[Test]:
    """The tests for a smallest and a largest size, value or count, in that order."""
    tests: list[Test] = []
    if least is not None:
        tests.append((f"Member must have {noun} greater than or equal to {least}", partial(_reaches, size, least)))
    if most is not None:
        tests.append((f"Member must have {noun} less than or equal to {most}", partial(_stays, size, most)))
    return tests


def _reaches(size: Callable[[Any], int], least: int, value: Any) -> bool:
    return size(value) >= least


def _stays(size: Callable[[Any], int], most: int, value: Any) -> bool:
    return size(value) <= most


def _units(text: str) -> int:
    """Length in UTF-16 units."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


@cache
def plain(shape: str) -> Plain:
    """The reading and the limits of a shape that is no structure, list or map. Compiles its pattern, so it is lazy."""
    match SHAPES[shape]:
        case Text() as rule:
            held = rule._replace(pattern=None) if shape in UNHELD else rule
            return _text(held, SAID.get(shape, rule.values))
        case Whole() as rule:
            tests = tuple(sizes(rule.least, rule.most, int, "value"))
            return Plain(partial(_whole, rule.bits), tests, tests[::-1])
        case Blob() as rule:
            tests = tuple(sizes(rule.least, rule.most, len))
            return Plain(_bytes, tests, tests[::-1])
        case Flag():
            return Plain(_flag)
    return Plain(lambda value: value)


def _text(rule: Text, said: tuple[str, ...]) -> Plain:
    bounds = sizes(rule.least, rule.most, _units)
    others: list[Test] = []
    if rule.pattern is not None:
        fits = patterns.compiled(rule.linear or rule.pattern).fullmatch
        others.append(
            (f"Member must satisfy regular expression pattern: {rule.pattern}", lambda text: bool(fits(text)))
        )
    if rule.values:
        known = frozenset(rule.values)
        others.append((f"Member must satisfy enum value set: [{', '.join(said)}]", known.__contains__))
    least = bounds[
        : rule.least is not None
    ]  # alone Cognito says least, pattern, most; in brackets most, least, pattern
    return Plain(_string, (*least, *others, *bounds[len(least) :]), (*bounds[::-1], *others))


def _string(value: object) -> str:
    return value if isinstance(value, str) else unreadable(value, "a String")


def _flag(value: object) -> bool:
    return value if isinstance(value, bool) else unreadable(value, "a Boolean")


def _whole(bits: int, value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not -(1 << bits - 1) <= value < 1 << bits - 1:
        unreadable(value, "an Integer" if bits == 32 else "a Long")
    return value


def _bytes(value: object) -> bytes:
    try:
        return a2b_base64(_string(value), strict_mode=True)
    except ValueError:
        unreadable(value, "a Blob")


def shown(shape: str, value: object) -> str:
    """The value as the sentence quotes it, with the space before; nothing for a secret."""
    if _hidden(shape):
        return ""
    spoken = _spoken(shape, value).encode("utf-8", "replace").decode()
    return f" '{spoken}'" if len(spoken) <= LONGEST_VALUE else f" '{spoken[:LONGEST_VALUE]}...'"


def absent(shape: str) -> str:
    """What a sentence quotes of a member that is missing; nothing for a secret."""
    return "" if _hidden(shape) else " null"


@cache
def _hidden(shape: str) -> bool:
    match SHAPES[shape]:
        case Items() as rule:
            return _hidden(rule.member)
        case Pairs() as rule:
            return rule.sensitive or _hidden(rule.key) or _hidden(rule.value)
        case Blob() | Anything():
            return True
        case Text() as rule:
            return rule.sensitive and shape not in SHOWN
    return False


def _spoken(shape: str, value: Any) -> str:
    """As Java writes it. What is not of the member's type is left out: the walk is about to refuse it as unreadable."""
    match SHAPES[shape], value:
        case _, None:
            return "null"
        case Items(member), list():
            return f"[{', '.join(_spoken(member, each) for each in value)}]"
        case Pairs(_, member), dict():
            return f"{{{', '.join(f'{key}={_spoken(member, each)}' for key, each in value.items())}}}"
        case Fields(), dict():
            return shape
        case Text(), str():
            return value
        case ((Whole() | Flag()), int()):
            return str(value).lower() if value.bit_length() <= 64 else "..."
    return "..."
