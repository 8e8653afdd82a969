"""What traces cost: the same sign-ins at two servers in turn, one that keeps traces and one that keeps none."""

from dataclasses import dataclass
from typing import Any, Final

from bench.load import Server, drive, repeated
from bench.rows import median

ROUNDS: Final = 25
SECONDS: Final = 0.5


@dataclass(frozen=True, slots=True)
class Cost:
    """Server CPU-ms of a sign-in."""

    kept: float
    none: float

    @property
    def share(self) -> float:
        """Of a sign-in's CPU that goes to its trace."""
        return 1 - self.none / self.kept

    def told(self) -> list[str]:
        return [
            f"Traces take {self.share:.1%} of a sign-in's CPU (aim: at most 5%): {self.kept:.3f} CPU-ms with them,",
            f"{self.none:.3f} with `trace_days = 0`, measured in turn.",
        ]


def measured(keeping: tuple[Server, dict[str, Any]], none: tuple[Server, dict[str, Any]], lines: int) -> Cost:
    """Each server with what InitiateAuth is asked there, now the one first and now the other. The round with the median
    share: what else runs here disturbs one or the other, and for a moment only."""

    def once(server: Server, said: dict[str, Any]) -> float:
        return drive(server, repeated(server, "InitiateAuth", [said]), seconds=SECONDS, lines=lines).server_ms

    def both(number: int) -> Cost:
        if number % 2:
            without = once(*none)
            return Cost(once(*keeping), without)
        return Cost(once(*keeping), once(*none))

    return median(map(both, range(ROUNDS)), key=lambda one: one.share)
