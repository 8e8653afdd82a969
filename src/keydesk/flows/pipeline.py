"""Runs a table of steps: each passes, asks, or refuses."""

from collections.abc import Awaitable, Callable, Iterable

from keydesk.domain.pool import Semantics
from keydesk.domain.sign_in import Challenge, SignIn, Way
from keydesk.flows.call import Call

Step = Callable[[SignIn, Call], Awaitable[Challenge | None]]
Row = tuple[Step, Way, frozenset[Semantics]]


async def run(table: Iterable[Row], sign_in: SignIn, call: Call) -> Challenge | None:
    """Every step of the sign-in's column that is not behind it yet, in order. A challenge stops here until answered."""
    for step, ways, semantics in table:
        name = step.__name__
        if sign_in.way not in ways or sign_in.semantics not in semantics or name in sign_in.done:
            continue
        if challenge := await step(sign_in, call):
            return challenge
        sign_in.done.append(name)
    return None
