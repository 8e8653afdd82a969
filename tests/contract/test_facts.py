"""What the database knows of itself, and who may be the first to say it."""

import asyncio

from tests.contract.samples import read, written

from keydesk.store import facts
from keydesk.store.store import Store


def test_the_last_value_is_kept(store: Store) -> None:
    assert read(store, facts.value, "name") is None
    for value in ("one", "two"):
        written(store, facts.keep, "name", value)
    assert read(store, facts.value, "name") == "two"


def test_of_several_who_claim_a_fact_the_first_has_it(store: Store, store_url: str) -> None:
    other = Store.open(store_url)

    async def claim() -> list[str]:
        doors = (store, other) * 4
        return await asyncio.gather(*(door.write(facts.claim, "name", str(n)) for n, door in enumerate(doors)))

    told = set(asyncio.run(claim()))
    other.close()
    assert told == {read(store, facts.value, "name")}


def test_of_several_who_settle_facts_one_does(store: Store, store_url: str) -> None:
    """And again, from what was settled before; its facts are of one hand."""
    other = Store.open(store_url)

    async def settle(before: str | None, round: str) -> list[bool]:
        said = [{"gate": f"{round}{n}", "more": f"of {round}{n}"} for n in range(8)]
        doors = (store, other) * 4
        return await asyncio.gather(
            *(door.write(facts.settle, "gate", before, values) for door, values in zip(doors, said, strict=True))
        )

    for round in ("a", "b"):
        before = read(store, facts.value, "gate")
        assert asyncio.run(settle(before, round)).count(True) == 1
        settled = read(store, facts.value, "gate")
        assert settled != before
        assert read(store, facts.value, "more") == f"of {settled}"
    assert asyncio.run(settle("long ago", "c")).count(True) == 0
    other.close()
