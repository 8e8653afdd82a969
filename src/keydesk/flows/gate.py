"""The gate before the public operations: the rules in force, and how much of their rates this node holds."""

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from keydesk.domain.rule import RuleBook, load

REMEMBERED: Final = 50_000  # addresses and users whose tries a node holds
Observe = Callable[[str, str], None]  # the rule's name, and what it did


@dataclass(slots=True)
class Held:
    """Tries that this node may let through until then, in epoch milliseconds. `dry`: nobody has more."""

    left: int
    until: int
    dry: bool


@dataclass(frozen=True, slots=True)
class Gate:
    """One for each server."""

    book: RuleBook
    observe: Observe
    held: OrderedDict[str, Held] = field(default_factory=OrderedDict)

    @classmethod
    def of(cls, file: str, observe: Observe) -> "Gate":
        """With the rules of a file; with none where there is no file. Raises SettingFault."""
        return cls(load(Path(file)) if file else RuleBook(), observe)
