"""UNSERVED: the operations that are refused by name, and why. Serving one means deleting it here."""

from typing import Final

_WHY: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    (
        "all regions are names in one database, so that a replica would fail with what it is to replace",
        ("CreateUserPoolReplica", "DeleteUserPoolReplica", "ListUserPoolReplicas", "UpdateUserPoolReplica"),
    ),
)

UNSERVED: Final[dict[str, str]] = {name: why for why, names in _WHY for name in names}
