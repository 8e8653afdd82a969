"""Devices: whose they are, how many, and that they go with their user."""

import pytest
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.device import Device
from keydesk.domain.user import UserKey
from keydesk.errors import DeviceKeyExists, LimitExceeded, UserNotFound
from keydesk.store import devices, users
from keydesk.store.store import Store

ADA, EVE = samples.key(), samples.key(2)


def device(key: str = "one", owner: UserKey = ADA) -> Device:
    return Device(
        key=key, sub=owner.sub, group="-group", salt=b"\x01salt", verifier=b"\xffsealed", created=1, modified=1
    )


def people(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user(1), samples.user(2))


def test_a_device_is_added_found_changed_and_removed(store: Store) -> None:
    with pytest.raises(UserNotFound):
        written(store, devices.add, ADA, device(), 5)
    people(store)
    written(store, devices.add, ADA, device(), 5)
    assert read(store, devices.named, ADA, "one") == device()
    assert read(store, devices.named, EVE, "one") is None
    assert store_changed(store, remembered=True, used=7)
    changed = read(store, devices.named, ADA, "one")
    assert (changed.remembered, changed.used, changed.verifier) == (True, 7, b"\xffsealed")
    assert not written(store, devices.remove, EVE, "one")
    assert written(store, devices.remove, ADA, "one")
    assert not store_changed(store, used=8)


def store_changed(store: Store, **members: object) -> bool:
    return bool(written(store, lambda db: devices.change(db, ADA, "one", **members)))


def test_a_key_is_confirmed_once_and_a_user_has_no_more_than_they_may(store: Store) -> None:
    people(store)
    written(store, devices.add, ADA, device("two"), 2)
    with pytest.raises(DeviceKeyExists):
        written(store, devices.add, ADA, device("two"), 2)
    written(store, devices.add, ADA, device("one"), 2)
    with pytest.raises(LimitExceeded):
        written(store, devices.add, ADA, device("three"), 2)
    written(store, devices.add, EVE, device("one", EVE), 2)
    assert [one.key for one in read(store, devices.of_user, ADA)] == ["one", "two"]


def test_they_go_with_their_user(store: Store) -> None:
    people(store)
    written(store, devices.add, ADA, device(), 2)
    assert written(store, users.remove, ADA)
    assert read(store, devices.of_user, ADA) == []
