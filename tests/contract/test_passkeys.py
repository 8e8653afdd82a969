"""Passkeys: whose they are, how many, and that of two uses at one count one is noted."""

import asyncio

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.passkey import Passkey
from keydesk.domain.user import UserKey
from keydesk.errors import InvalidParameter, LimitExceeded, UserNotFound
from keydesk.store import passkeys, pools, users
from keydesk.store.store import Store

POOL = "eu-west-1_Pool00001"
ADA, EVE = "sub-000001", "sub-000002"


def passkey(id: bytes = b"\0key", sub: str = ADA, **more: object) -> Passkey:
    made = Passkey(id=id, pool=POOL, sub=sub, public_key=b"cose", name="Passkey", relying_party="localhost", created=1)
    return replace(made, **more)


def people(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user(1), samples.user(2))


def test_a_passkey_is_added_found_and_removed(store: Store) -> None:
    with pytest.raises(UserNotFound):
        written(store, passkeys.add, passkey(), 20)
    people(store)
    key = passkey(transports=("usb", "nfc"), attachment="cross-platform", sign_count=2**32 - 1, synced=True)
    written(store, passkeys.add, key, 20)
    assert read(store, passkeys.by_id, POOL, key.id) == key
    assert read(store, passkeys.of_user, UserKey(POOL, ADA)) == [key]
    assert read(store, passkeys.of_user, UserKey(POOL, EVE)) == []
    assert read(store, passkeys.by_id, "eu-west-1_Pool00002", key.id) is None
    assert not written(store, passkeys.remove, POOL, key.id, EVE)
    assert written(store, passkeys.remove, POOL, key.id, ADA)
    assert not written(store, passkeys.remove, POOL, key.id, ADA)
    assert read(store, passkeys.by_id, POOL, key.id) is None


def test_no_two_of_a_pool_share_an_id(store: Store) -> None:
    people(store)
    written(store, passkeys.add, passkey(), 20)
    for sub in (ADA, EVE):
        with pytest.raises(InvalidParameter):
            written(store, passkeys.add, passkey(sub=sub), 20)
    written(store, samples.added, samples.pool("eu-west-1_Pool00002"), samples.user(3, "eu-west-1_Pool00002"))
    written(store, passkeys.add, passkey(sub="sub-000003", pool="eu-west-1_Pool00002"), 20)


def test_a_user_has_so_many_at_most_also_at_once(store: Store) -> None:
    """PK-07."""
    people(store)

    async def together() -> list[object]:
        adding = (store.write(passkeys.add, passkey(bytes([number])), 3) for number in range(8))
        return list(await asyncio.gather(*adding, return_exceptions=True))

    said = asyncio.run(together())
    assert sorted(type(one).__name__ for one in said) == ["LimitExceeded"] * 5 + ["NoneType"] * 3
    assert len(read(store, passkeys.of_user, UserKey(POOL, ADA))) == 3
    with pytest.raises(LimitExceeded):
        written(store, passkeys.add, passkey(b"one more"), 3)
    written(store, passkeys.add, passkey(b"one more", EVE), 3)


def test_the_oldest_comes_first(store: Store) -> None:
    people(store)
    for id, created in ((b"b", 2), (b"a", 2), (b"c", 1)):
        written(store, passkeys.add, passkey(id, created=created), 20)
    assert [each.id for each in read(store, passkeys.of_user, UserKey(POOL, ADA))] == [b"c", b"a", b"b"]


def test_of_two_uses_at_one_count_one_is_noted(store: Store) -> None:
    """PK-04."""
    people(store)
    key = passkey(sign_count=4)
    written(store, passkeys.add, key, 20)

    async def together() -> list[bool]:
        using = (store.write(passkeys.use, key, sign_count=5, synced=False) for _ in range(8))
        return list(await asyncio.gather(*using))

    assert sorted(asyncio.run(together())) == [False] * 7 + [True]
    assert read(store, passkeys.by_id, POOL, key.id) == replace(key, sign_count=5)
    written(store, passkeys.remove, POOL, key.id, ADA)
    assert not written(store, passkeys.use, replace(key, sign_count=5), sign_count=6, synced=False)


def test_what_does_not_count_is_used_often(store: Store) -> None:
    people(store)
    written(store, passkeys.add, passkey(), 20)
    for _ in range(2):
        assert written(store, passkeys.use, passkey(), sign_count=0, synced=False)
    assert written(store, passkeys.use, passkey(), sign_count=0, synced=True)
    assert read(store, passkeys.by_id, POOL, b"\0key") == passkey(synced=True)


def test_they_go_with_their_user_and_their_pool(store: Store) -> None:
    people(store)
    written(store, passkeys.add, passkey(b"1"), 20)
    written(store, passkeys.add, passkey(b"2", EVE), 20)
    written(store, users.remove, UserKey(POOL, ADA))
    assert read(store, passkeys.by_id, POOL, b"1") is None
    written(store, pools.remove, POOL)
    assert read(store, passkeys.by_id, POOL, b"2") is None
