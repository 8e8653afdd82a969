"""How the tables lie where an engine spreads rows over machines, as Citus and CockroachDB do: by pool, nearly all.

Such an engine looks for a row on one machine where a statement names the first column of its key, else on all.
"""

from typing import Final, NamedTuple

from sqlalchemy import Table

from keydesk.store.schema import metadata

POOL: Final = "pool"


class Place(NamedTuple):
    """By which column the rows of some tables are spread; empty where they are not, and why."""

    name: str
    column: str
    why: str


BY_POOL: Final = Place("by pool", POOL, "What is one pool's, users above all: a call's rows lie together.")
BY_SESSION: Final = Place(
    "by Session string",
    "session",
    "Who answers a challenge may say nothing but the string, and nothing else is written with it.",
)
EVERYWHERE: Final = Place(
    "on every machine", "", "Small, seldom changed, and read by calls of any pool: pools, clients, keys, functions."
)
ASIDE: Final = Place(
    "on one machine", "", "What the server records of itself, of all pools in the order of time; no call waits for it."
)
RECORDS: Final = frozenset({"traces", "api_events", "log_groups", "log_streams", "log_events"})


def place(table: Table) -> Place:
    """Where the rows of a table lie."""
    first: str = next(iter(table.primary_key)).name
    if first == POOL:
        return BY_POOL
    if first == BY_SESSION.column:
        return BY_SESSION
    return ASIDE if table.name in RECORDS else EVERYWHERE


def places() -> dict[Place, list[Table]]:
    """All tables; what others refer to comes before them."""
    found: dict[Place, list[Table]] = {one: [] for one in (EVERYWHERE, BY_POOL, BY_SESSION, ASIDE)}
    for table in metadata.sorted_tables:
        found[place(table)].append(table)
    return found
