"""Whether one pool's slow trigger is felt in another: the latency of its sign-ins, alone and beside 500 that wait."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any, Final

from bench.load import Server, connect
from bench.rows import median

WAITING: Final = 500  # sign-ins at a time whose trigger takes two seconds
EVERY: Final = 0.01  # seconds between two sign-ins of the other pool
ARRIVED: Final = 1.0  # seconds after which all that wait have arrived
SECONDS: Final = 3.0  # that are measured at a time: the first who wait are refused after five
ROUNDS: Final = 5
SLOW: Final = "import time\n\ndef handler(event, context):\n    time.sleep(2)\n    return event\n"


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Milliseconds in which half, and all but one of a hundred, of the other pool's sign-ins were answered."""

    alone: tuple[float, float]
    beside: tuple[float, float]

    @property
    def ratio(self) -> float:
        """Of the two p99."""
        return self.beside[1] / self.alone[1]

    def told(self) -> list[str]:
        return [
            f"While {WAITING} sign-ins of one pool wait for a trigger that takes two seconds, half of another pool's",
            f"are answered in {self.beside[0]:.1f} ms and 99 of 100 in {self.beside[1]:.1f} ms; alone in "
            f"{self.alone[0]:.1f} and {self.alone[1]:.1f}.",
            f"So p99 is {self.ratio:.1f} times its usual (aim: at most 2), in the median of {ROUNDS} rounds. The slow",
            "function's workers are warm.",
        ]


def measured(server: Server, quick: dict[str, Any], slow: dict[str, Any]) -> Neighbours:
    """`quick` and `slow` are what InitiateAuth is asked in the one pool and in the other."""

    async def once() -> Neighbours:
        await _paced(server, quick)  # until nothing is left of the round before
        return Neighbours(_told(await _paced(server, quick)), _told(await _while_others_wait(server, quick, slow)))

    async def all_of_them() -> Neighbours:
        await _while_others_wait(server, quick, slow)  # from here on the slow function's workers are warm
        return median([await once() for _ in range(ROUNDS)], key=lambda one: one.ratio)  # a busy disk is in few

    return asyncio.run(all_of_them())


async def _while_others_wait(server: Server, quick: dict[str, Any], slow: dict[str, Any]) -> list[float]:
    """Latencies between the arrival of the sign-ins that wait and the first time-out of theirs."""
    lines = [await connect(server) for _ in range(WAITING)]
    # A few get a worker; who has waited for five seconds is refused.
    waiting = [asyncio.create_task(line.ask("InitiateAuth", slow, refused=True)) for line in lines]
    await asyncio.sleep(ARRIVED)
    taken = await _paced(server, quick)
    still = sum(not one.done() for one in waiting)
    if still < WAITING * 0.9:
        raise SystemExit(f"only {still} of {WAITING} sign-ins were waiting")
    await asyncio.gather(*waiting)
    for line in lines:
        line.close()
    return taken


async def _paced(server: Server, quick: dict[str, Any]) -> list[float]:
    """Milliseconds of each sign-in. Each has its time, whatever the others take."""
    line, taken = await connect(server), []
    due = time.perf_counter()
    until = due + SECONDS
    while due < until:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        await line.ask("InitiateAuth", quick)
        taken.append((time.perf_counter() - due) * 1000)  # from when it was due: a late one delays those behind it
        due += EVERY
    line.close()
    return taken


def _told(taken: list[float]) -> tuple[float, float]:
    taken.sort()
    return taken[len(taken) // 2], taken[len(taken) * 99 // 100]
