"""UNSERVED: the operations that are refused by name, and why. Serving one means deleting it here."""

from typing import Final

_WHY: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        "a region is a name space of one server, and nothing is copied from one to another",
        ("CreateUserPoolReplica", "DeleteUserPoolReplica", "ListUserPoolReplicas", "UpdateUserPoolReplica"),
    ),
)

UNSERVED: Final[dict[str, str]] = {name: why for why, names in _WHY for name in names}
