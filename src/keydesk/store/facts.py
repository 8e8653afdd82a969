"""What the database knows of itself: a name and a text each."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, bindparam, delete, select, text

from keydesk.store.tables import facts

SEAL: Final = "seal"  # the id of the key-encryption key that the database was founded with
# What is known of key-encryption keys: `in` a service's key, what the service made of it; `before` another one (by its
# id), when that took its place, and what that wraps it as.
KEK: Final = "kek "

_VALUE: Final = select(facts.c.value).where(facts.c.name == bindparam("name"))
_KEEP: Final = text(
    "INSERT INTO facts (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
)
_SWAP: Final = text("UPDATE facts SET value = :value WHERE name = :name AND value = :before")
_CLAIM: Final = text("INSERT INTO facts (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING")


def value(db: Connection, name: str) -> str | None:
    found: str | None = db.execute(_VALUE, {"name": name}).scalar_one_or_none()
    return found


def keep(db: Connection, name: str, value: str) -> None:
    """The last one wins."""
    db.execute(_KEEP, {"name": name, "value": value})


def claim(db: Connection, name: str, value: str) -> str:
    """Keeps the value if the fact is not known yet; gives what is known now. Among several callers the first wins."""
    db.execute(_CLAIM, {"name": name, "value": value})
    known: str = db.execute(_VALUE, {"name": name}).scalar_one()
    return known


def forget(db: Connection, name: str) -> None:
    db.execute(delete(facts).where(facts.c.name == name))


def settle(db: Connection, gate: str, before: str | None, values: Mapping[str, str]) -> bool:
    """Keeps all the values, the gate's among them, while the gate still is what it was; whether it did.

    Of several who settle the same at once, one does.
    """
    row = {"name": gate, "value": values[gate], "before": before}
    if db.execute(_CLAIM if before is None else _SWAP, row).rowcount != 1:
        return False
    for name, value in values.items():
        keep(db, name, value)
    return True
