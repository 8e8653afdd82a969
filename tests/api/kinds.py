"""A kind of thing that infrastructure tools make, as tests describe it; and the members of a model and of a request."""

from dataclasses import dataclass, field
from typing import Any

from botocore.model import Shape
from tests.api.forged import document

IPE, GONE = "InvalidParameterException", "ResourceNotFoundException"


@dataclass(frozen=True)
class Kind:
    """One kind. `$pool`, `$client` and what `ids` keeps of the answer to its making stand for their values."""

    make: str
    requests: tuple[dict[str, Any], ...]
    read: str
    shown: str = ""  # where the answer of `read` has it
    ids: dict[str, str] = field(default_factory=dict)  # by name, where the answer of `make` has them
    named: dict[str, str] = field(default_factory=dict)  # what names it in later requests
    elsewhere: dict[str, str] = field(default_factory=dict)  # members that are read under another name
    silent: dict[str, str] = field(default_factory=dict)  # members that are not read back, and why
    change: str = ""
    remove: str = ""
    again: tuple[str, str] | None = None  # how a second making is refused; else it is as good as the first
    gone: tuple[str, str] | None = None  # how a second removal is refused; else it is as good as the first
    pool: dict[str, Any] = field(default_factory=dict)  # what its pool must have
    before: tuple[tuple[str, dict[str, Any]], ...] = ()  # calls before its making


def leaves(shape: Shape, path: str = "") -> set[str]:
    """The paths of all members that hold a value, list and map places left out."""
    match shape.type_name:
        case "structure" if not document(shape):
            below = [leaves(member, f"{path}.{name}".lstrip(".")) for name, member in shape.members.items()]
            return set().union(*below)
        case "list":
            return leaves(shape.member, path)
        case "map" if shape.value.type_name == "structure":
            return leaves(shape.value, path)
    return {path}


def said(request: Any, shape: Shape, path: str = "") -> set[str]:
    """The paths of the members that a request says."""
    match shape.type_name:
        case "structure" if not document(shape):
            inside = [said(value, shape.members[name], f"{path}.{name}".lstrip(".")) for name, value in request.items()]
            return set().union(*inside)
        case "list":
            return set().union(*(said(one, shape.member, path) for one in request))
        case "map" if shape.value.type_name == "structure":
            return set().union(*(said(one, shape.value, path) for one in request.values()))
    return {path}
