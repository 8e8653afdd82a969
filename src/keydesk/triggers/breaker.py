"""Breakers: one for each guarded trigger of a pool, on each node. It learns from runs and lets the next pass or not.

Surprise: nothing is shared between nodes. Each opens by what it sees itself, within as many failures; a node that came
up a moment ago tries for itself, and none is told by another that a function is broken which it reaches well.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from keydesk.domain.guard import ENOUGH, WINDOW, Guard

MOST: Final = 10_000  # breakers kept; the oldest are forgotten, which closes them
Key = tuple[str, str]  # pool id and trigger


@dataclass(slots=True)
class Breaker:
    """Times are epoch milliseconds."""

    in_a_row: int = 0
    runs: deque[tuple[int, bool]] = field(default_factory=deque)  # when, and whether it failed
    opened: int = 0  # when it opened; 0 while it is closed
    tried: int = 0  # when the run began that is to decide

    def passes(self, guard: Guard, now: int) -> bool:
        """Whether a run may begin. Once the pause is over a single one may, and its end decides.

        If nothing is heard of it, its caller being gone, another one may after as long again.
        """
        if not self.opened:
            return True
        if now < max(self.opened, self.tried) + guard.pause * 1000:
            return False
        self.tried = now
        return True

    def learn(self, guard: Guard, now: int, *, failed: bool) -> None:
        """What came of a run."""
        self.in_a_row = self.in_a_row + 1 if failed else 0
        self._count(now, failed)
        if not failed:
            if self.opened:
                self.opened = 0
                self.runs.clear()
        elif self.opened or self._too_many(guard):
            self.opened = now

    def _count(self, now: int, failed: bool) -> None:
        self.runs.append((now, failed))
        while self.runs and self.runs[0][0] <= now - WINDOW * 1000:
            self.runs.popleft()

    def _too_many(self, guard: Guard) -> bool:
        if guard.failures and self.in_a_row >= guard.failures:
            return True
        failed = sum(one for _, one in self.runs)
        return bool(guard.percent) and len(self.runs) >= ENOUGH and failed * 100 >= guard.percent * len(self.runs)


class Breakers:
    """All of this node. `clock` gives epoch milliseconds; `changed` is told which has opened, and which has closed."""

    def __init__(self, clock: Callable[[], int], changed: Callable[[Key, bool], None] = lambda key, open: None) -> None:
        self._clock = clock
        self._changed = changed
        self._known: dict[Key, Breaker] = {}

    def passes(self, key: Key, guard: Guard) -> bool:
        """Whether a run may begin."""
        breaker = self._known.get(key)
        return breaker is None or breaker.passes(guard, self._clock())

    def learn(self, key: Key, guard: Guard, *, failed: bool) -> None:
        """What came of a run. Nothing is kept of a trigger that has no breaker."""
        if not (guard.failures or guard.percent):
            self._forget(key)
            return
        if key not in self._known and len(self._known) >= MOST:
            self._forget(next(iter(self._known)))
        breaker = self._known.setdefault(key, Breaker())
        before = bool(breaker.opened)
        breaker.learn(guard, self._clock(), failed=failed)
        if before is not bool(breaker.opened):
            self._changed(key, not before)

    def clear(self) -> None:
        """Forget all that was learnt."""
        for key in list(self._known):
            self._forget(key)

    def _forget(self, key: Key) -> None:
        breaker = self._known.pop(key, None)
        if breaker is not None and breaker.opened:
            self._changed(key, False)

    def open(self) -> list[Key]:
        """Those that are open now."""
        return [key for key, breaker in self._known.items() if breaker.opened]
