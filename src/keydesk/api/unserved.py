"""UNSERVED: the operations that are refused by name, and why."""

from typing import Final

UNSERVED: Final[dict[str, str]] = {}
