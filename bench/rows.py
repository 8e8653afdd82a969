"""A load beside its floor: both measured in turn, so that what else the machine does disturbs both."""

from collections.abc import Callable
from typing import Final, NamedTuple

from bench import cores
from bench.floor import Measure
from bench.load import Result

ROUNDS: Final = 3
HEAD: Final = (
    "| sign-in | per second | server CPU-ms | workers CPU-ms | floor CPU-ms | share of the floor | aim |",
    "|---|---:|---:|---:|---:|---:|---:|",
)
Told = tuple[float, Result, float]  # a share, the cost, and its floor


class Row(NamedTuple):
    """What is done, how to load a server with it, its floor, and the least share of that which we aim at."""

    what: str
    load: Callable[[], Result]
    least: Measure
    aim: float | None

    def told(self) -> str:
        """One line of the table under HEAD: the round that has the median share."""
        share, cost, least = sorted((self._round() for _ in range(ROUNDS)), key=lambda one: one[0])[ROUNDS // 2]
        line = (
            f"| {self.what} | {cost.per_second:.0f} | {cost.server_ms:.2f} | {cost.workers_ms:.2f} | {least:.2f} "
            f"| {share:.0%} | {'' if self.aim is None else f'{self.aim:.0%}'} |"
        )
        print(line, flush=True)
        return line

    def _round(self) -> Told:
        with cores.as_desk():
            before = self.least()
        cost = self.load()
        with cores.as_desk():
            after = self.least()
        least = (before + after) / 2
        return least / (cost.server_ms + cost.workers_ms), cost, least
