"""Keys of the local Key Management Service: kept by region, changed under a lock, deleted on their day."""

import asyncio
from collections.abc import Iterable

from msgspec.structs import replace
from tests.contract.samples import read, written

from keydesk.domain.kms_key import Alias, KmsKey
from keydesk.domain.kms_refusals import AlreadyExists
from keydesk.store import kms_keys
from keydesk.store.store import Store

HERE, ELSEWHERE = "eu-west-1", "us-east-1"


def key(number: int, region: str = HERE) -> KmsKey:
    return KmsKey(id=f"{number:08d}-0000-0000-0000-000000000000", region=region, account="000000000000", created=1)


def test_a_key_is_of_its_region(store: Store) -> None:
    here, there = key(1), key(1, ELSEWHERE)
    for one, material in ((here, b"here"), (there, b"there"), (key(2), b"second")):
        written(store, kms_keys.add, one, material)
    assert read(store, kms_keys.named, HERE, here.id) == (here, b"here")
    assert read(store, kms_keys.named, ELSEWHERE, here.id) == (there, b"there")
    assert read(store, kms_keys.named, "eu-west-2", here.id) is None
    assert read(store, kms_keys.of_region, HERE) == [here, key(2)]


def test_a_change_leaves_the_material_and_the_other_keys_alone(store: Store) -> None:
    for one in (key(1), key(2), key(1, ELSEWHERE)):
        written(store, kms_keys.add, one, b"material")
    changed = replace(key(1), description="changed", tags={"a": "b"}, aliases=(Alias("alias/a", 1, 2),), deletion=5)
    written(store, kms_keys.change, HERE, lambda keys: [changed])
    assert read(store, kms_keys.named, HERE, changed.id) == (changed, b"material")
    assert read(store, kms_keys.of_region, HERE) == [changed, key(2)]
    assert read(store, kms_keys.of_region, ELSEWHERE) == [key(1, ELSEWHERE)]


def test_of_eight_who_give_one_name_to_two_keys_one_succeeds(store: Store, store_url: str) -> None:
    other = Store.open(store_url)
    for number in (1, 2):
        written(store, kms_keys.add, key(number), b"material")

    def naming(number: int) -> kms_keys.Edit:
        def edit(keys: list[KmsKey]) -> Iterable[KmsKey]:
            if any(one.aliases for one in keys):
                raise AlreadyExists
            return [replace(one, aliases=(Alias("alias/a", 1, 1),)) for one in keys if one.id == key(number).id]

        return edit

    async def all_at_once() -> list[BaseException | None]:
        doors = ((store, 1), (other, 2)) * 4
        writes = (door.write(kms_keys.change, HERE, naming(number)) for door, number in doors)
        return await asyncio.gather(*writes, return_exceptions=True)

    outcomes = asyncio.run(all_at_once())
    other.close()
    assert outcomes.count(None) == 1
    assert sum(isinstance(outcome, AlreadyExists) for outcome in outcomes) == 7
    assert sum(len(one.aliases) for one in read(store, kms_keys.of_region, HERE)) == 1


def test_keys_go_on_their_day_in_every_region(store: Store) -> None:
    due, later = replace(key(1), deletion=1000), replace(key(2, ELSEWHERE), deletion=1001)
    for one in (due, later, key(3)):
        written(store, kms_keys.add, one, b"material")
    assert written(store, kms_keys.remove_due, 999) == 0
    assert written(store, kms_keys.remove_due, 1000) == 1
    assert read(store, kms_keys.of_region, HERE) == [key(3)]
    assert written(store, kms_keys.remove_due, 1001) == 1
    assert read(store, kms_keys.of_region, ELSEWHERE) == []
