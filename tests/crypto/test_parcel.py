"""What is sealed for another server opens there under the passphrase, in its own place, and nowhere else."""

import pytest

from keydesk.crypto.parcel import Parcel
from keydesk.crypto.seal import SealBroken

PASSPHRASE = "a passphrase for tests"


@pytest.fixture(scope="module")
def parcel() -> Parcel:
    return Parcel(PASSPHRASE)


def test_the_passphrase_opens_what_it_sealed(parcel: Parcel) -> None:
    there = Parcel(PASSPHRASE, parcel.told())
    assert there.open(parcel.seal(b"secret", "users:1"), "users:1") == b"secret"


def test_another_place_or_a_changed_byte_does_not_open(parcel: Parcel) -> None:
    sealed = parcel.seal(b"secret", "users:1")
    for changed, where in ((sealed, "users:2"), (sealed[:-1] + bytes([sealed[-1] ^ 1]), "users:1"), (b"", "users:1")):
        with pytest.raises(SealBroken):
            parcel.open(changed, where)


def test_another_passphrase_is_told_at_once(parcel: Parcel) -> None:
    with pytest.raises(SealBroken):
        Parcel("another passphrase", parcel.told())


@pytest.mark.parametrize("asked", [{"n": 2**24}, {"r": 2**20}, {"p": 1000}])
def test_a_file_cannot_ask_for_any_amount_of_work(parcel: Parcel, asked: dict[str, int]) -> None:
    with pytest.raises(SealBroken):
        Parcel(PASSPHRASE, parcel.told() | asked)
