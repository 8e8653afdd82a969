"""`@operation` ties a function to a published name; SERVED is what the server answers."""

from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar, get_type_hints

from keydesk.flows.call import Call
from keydesk.shapes.operations import OPERATIONS
from keydesk.shapes.types import Shape

Ask = TypeVar("Ask", bound=Shape)
Reply = TypeVar("Reply", bound=Shape)
Serve = Callable[[Call, Any], Awaitable[Shape]]

SERVED: Final[dict[str, Serve]] = {}


def operation(
    name: str,
) -> Callable[[Callable[[Call, Ask], Awaitable[Reply]]], Callable[[Call, Ask], Awaitable[Reply]]]:
    """Serve the published operation `name`. A wrong type, an unknown or a doubled name fails at import."""

    def tie(serve: Callable[[Call, Ask], Awaitable[Reply]]) -> Callable[[Call, Ask], Awaitable[Reply]]:
        published = OPERATIONS[name]
        hints = get_type_hints(serve)
        if (hints["ask"], hints["return"]) != (published.request, published.response):
            raise TypeError(f"{serve.__qualname__} does not have the types of {name}")
        if name in SERVED:
            raise TypeError(f"{name} is served twice")
        SERVED[name] = serve
        return serve

    return tie
