"""Runs a table of steps: each passes, asks, or refuses."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import NamedTuple

from keydesk.domain.pool import Semantics, Watch
from keydesk.domain.sign_in import Challenge, SignIn, Way
from keydesk.domain.trace import StepTaken
from keydesk.errors import Refusal
from keydesk.flows.call import Call

Step = Callable[[SignIn, Call], Awaitable[Challenge | None]]
Row = tuple[Step, Way, frozenset[Semantics]]


class _Placed(NamedTuple):
    row: int
    name: str
    step: Step


class Table:
    """The rows, and each column as it was once read off them: to ask every row each time costs more than the walk.

    Steps in `watching` are threat protection's: they are taken where a pool has it, and elsewhere they cost nothing.
    """

    def __init__(self, rows: Iterable[Row], watching: Collection[Step] = ()) -> None:
        self.rows = tuple(rows)
        self._watching = watching
        self._columns: dict[tuple[Way, Semantics, bool], tuple[_Placed, ...]] = {}

    def column(self, way: Way, semantics: Semantics, watched: bool) -> tuple[_Placed, ...]:
        """The steps that are taken by this way in, under these semantics."""
        column = self._columns.get((way, semantics, watched))
        if column is None:
            column = self._columns[way, semantics, watched] = tuple(
                _Placed(row, step.__name__, step)
                for row, (step, ways, under) in enumerate(self.rows)
                if way in ways and semantics in under and (watched or step not in self._watching)
            )
        return column


async def run(table: Table, sign_in: SignIn, call: Call, behind: int = -1) -> Challenge | None:
    """Every step of the sign-in's column that is not behind it yet, in order. A challenge stops here until answered.

    Where a step changes the way in, the other column goes on in the next row; `behind` is the last row that is done.
    """
    way = sign_in.way
    for row, name, step in table.column(way, sign_in.semantics, sign_in.watch is not Watch.OFF):
        if row <= behind or name in sign_in.done:
            continue
        steps = call.trail.steps
        try:
            challenge = await step(sign_in, call)
        except Refusal as refusal:
            steps.append(StepTaken(name, f"refused {refusal.code}"))
            raise
        if challenge is not None:
            steps.append(StepTaken(name, f"asked {challenge.name}"))
            return challenge
        steps.append(StepTaken(name))
        sign_in.done.append(name)
        if sign_in.way is not way:
            return await run(table, sign_in, call, row)
    return None
