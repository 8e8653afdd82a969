"""Taking turns at one thing on this node, without a lock for every thing there is."""

import asyncio
from dataclasses import dataclass, field


@dataclass(slots=True)
class Turns:
    """Whose password is being judged on this node right now, and how many wait for it.

    `wrong` counts the wrong passwords since the start: where it has moved, what was read of a user before may be old.
    """

    wrong: int = 0
    _lines: dict[str, "_Line"] = field(default_factory=dict)

    def of(self, sub: str) -> "Turn":
        """Take turns at one user. Gives whether it had to wait: then what was read before is old."""
        return Turn(self._lines, sub)


class _Line(asyncio.Lock):
    """Who has the turn at one user, and how many have or want it."""

    wanted = 0


class Turn:
    """One turn, to be waited for by `async with`."""

    __slots__ = ("_line", "_lines", "_sub")

    def __init__(self, lines: dict[str, _Line], sub: str) -> None:
        self._lines = lines
        self._sub = sub

    async def __aenter__(self) -> bool:
        line = self._line = self._lines.get(self._sub) or self._lines.setdefault(self._sub, _Line())
        waited = line.locked()
        line.wanted += 1
        try:
            await line.acquire()
        except BaseException:  # it was cancelled while it waited
            self._leave()
            raise
        return waited

    async def __aexit__(self, *fault: object) -> None:
        self.end()

    def end(self) -> None:
        """It is the next one's turn."""
        self._line.release()
        self._leave()

    def _leave(self) -> None:
        self._line.wanted -= 1
        if not self._line.wanted:
            del self._lines[self._sub]
