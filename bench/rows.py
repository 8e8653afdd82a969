"""A load beside its floor: both measured in turn, and often, so that what else the machine does disturbs both.

Cores that a host gives may be two halves of one, for moments: then all is up to 1.8 times dearer, and a few long
measures of each would tell of nothing else.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple, TypeVar

from bench import cores
from bench.floor import Measure
from bench.load import Result

T = TypeVar("T")

ROUNDS: Final = 9
HEAD: Final = (
    "| sign-in | per second | server CPU-ms | workers CPU-ms | floor CPU-ms | share of the floor | aim |",
    "|---|---:|---:|---:|---:|---:|---:|",
)
Told = tuple[float, Result, float]  # a share, the cost, and its floor


def median(rounds: Iterable[T], key: Callable[[T], float]) -> T:
    """The round with the median of what the key tells: a whole one, without what disturbed a few others."""
    found = sorted(rounds, key=key)
    return found[len(found) // 2]


class Row(NamedTuple):
    """What is done, how to load a server with it, its floor, and the least share of that which we aim at."""

    what: str
    load: Callable[[], Result]
    least: Measure
    aim: float | None

    def told(self) -> str:
        """One line of the table under HEAD: the round that has the median share."""
        share, cost, least = median(self._rounds(), key=lambda one: one[0])
        line = (
            f"| {self.what} | {cost.per_second:.0f} | {cost.server_ms:.2f} | {cost.workers_ms:.2f} | {least:.2f} "
            f"| {share:.0%} | {'' if self.aim is None else f'{self.aim:.0%}'} |"
        )
        print(line, flush=True)
        return line

    def _rounds(self) -> Iterator[Told]:
        before = self._floor()
        for _ in range(ROUNDS):
            cost, after = self.load(), self._floor()
            least = (before + after) / 2
            yield least / (cost.server_ms + cost.workers_ms), cost, least
            before = after

    def _floor(self) -> float:
        with cores.as_desk():
            return self.least()
