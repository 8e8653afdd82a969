import pytest

from keydesk.crypto.kek import Kek
from keydesk.crypto.seal import KEY_SIZE, SealBroken

KEY = bytes(range(KEY_SIZE))
DATA = bytes(reversed(KEY))


def test_a_data_key_is_wrapped_to_its_id_and_its_pool() -> None:
    kek = Kek(KEY)
    wrapped = kek.wrap(DATA, b"id------", "pool")
    assert Kek(KEY).unwrap(wrapped, b"id------", "pool") == DATA
    assert DATA not in wrapped
    assert kek.wrap(DATA, b"id------", "pool") != wrapped
    for other, id, pool, said in (
        (Kek(DATA), b"id------", "pool", wrapped),
        (kek, b"other---", "pool", wrapped),
        (kek, b"id------", "other", wrapped),
        (kek, b"id------", "pool", wrapped[:-1] + bytes([wrapped[-1] ^ 1])),
        (kek, b"id------", "pool", b"short"),
    ):
        with pytest.raises(SealBroken):
            other.unwrap(said, id, pool)


def test_an_id_tells_keys_apart_and_gives_nothing_away() -> None:
    assert Kek(KEY).id == Kek(KEY).id != Kek(DATA).id
    assert KEY.hex()[:16] not in Kek(KEY).id


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Kek(bytes(size))
