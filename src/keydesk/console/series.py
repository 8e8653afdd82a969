"""The last half hour of a node's metrics, a point every ten seconds: enough for a small chart, never stored."""

import asyncio
from collections import deque
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from keydesk.metrics import Counted, Metrics

EVERY: Final = 10.0  # seconds
POINTS: Final = 180
WIDTH, HEIGHT = 240, 40  # of a chart, in its own units


class Row(NamedTuple):
    """One operation or trigger: totals since the start, and the chart of its calls in each interval."""

    name: str
    calls: int
    failed: int
    mean_ms: float
    line: str  # points of an SVG polyline
    most: int  # calls in the busiest interval


class Series:
    """One for each server."""

    def __init__(self, metrics: Metrics) -> None:
        self._metrics = metrics
        self._points: deque[Mapping[tuple[str, str], Counted]] = deque(maxlen=POINTS)

    async def run(self) -> None:
        """Take a point again and again, until cancelled."""
        while True:
            self.take()
            await asyncio.sleep(EVERY)

    def take(self) -> None:
        """A point now."""
        self._points.append(self._metrics.counted())

    def rows(self, family: str) -> list[Row]:
        """Of `call` or `trigger`, the busiest first."""
        points = [*self._points, self._metrics.counted()]
        names = sorted({name for kind, name in points[-1] if kind == family})
        rows = [_row(name, [point.get((family, name), Counted()) for point in points]) for name in names]
        return sorted(rows, key=lambda row: -row.calls)


def _row(name: str, points: Sequence[Counted]) -> Row:
    last = points[-1]
    steps = [after.calls - before.calls for before, after in pairwise(points)] or [0]
    most = max(steps)
    wide = WIDTH / max(1, POINTS - 1)
    first = WIDTH - wide * (len(steps) - 1)
    line = " ".join(
        f"{first + wide * at:.1f},{HEIGHT - 2 - (HEIGHT - 4) * step / (most or 1):.1f}" for at, step in enumerate(steps)
    )
    mean = 1000 * last.seconds / last.calls if last.calls else 0.0
    return Row(name, last.calls, last.failed, mean, line, most)
