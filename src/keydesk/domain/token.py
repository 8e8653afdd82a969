"""What the tokens of a session say, and the tokens themselves."""

from dataclasses import dataclass
from typing import Any

from keydesk.domain.device import NewDevice


@dataclass(frozen=True, slots=True)
class Claims:
    """What the two tokens say, before they are signed."""

    id: dict[str, Any]
    access: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a finished sign-in gives. `refresh` is empty where the old one goes on."""

    id: str
    access: str
    refresh: str
    seconds: int  # life of the access token
    new_device: NewDevice | None = None
