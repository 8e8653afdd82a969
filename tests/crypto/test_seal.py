import pytest
from hypothesis import given
from hypothesis import strategies as st

from keydesk.crypto import seal
from keydesk.crypto.seal import ID_SIZE, KEY_SIZE, ROOT, DataKey, SealBroken, Sealer, same, token_digest

KEY = bytes(range(KEY_SIZE))
SERVER = ""
OURS = DataKey(b"ours----", "ours", KEY[::-1], 1)


def sealer(*keys: DataKey) -> Sealer:
    made = Sealer(KEY)
    made.learn(keys)
    return made


SEALER = sealer(OURS)


@given(st.binary(max_size=300), st.text(max_size=40), st.sampled_from([SERVER, "ours"]))
def test_what_was_sealed_opens_at_its_place(plain: bytes, where: str, pool: str) -> None:
    sealed = SEALER.seal(plain, where, pool)
    assert sealer(OURS).open(sealed, where) == plain
    assert len(sealed) == 1 + (ID_SIZE if pool else 0) + 12 + len(plain) + 16


@given(st.text(max_size=20), st.text(max_size=20), st.sampled_from([SERVER, "ours"]))
def test_a_record_that_was_moved_does_not_open(here: str, there: str, pool: str) -> None:
    if here == there:
        there += "x"
    with pytest.raises(SealBroken):
        SEALER.open(SEALER.seal(b"secret", here, pool), there)


@pytest.mark.parametrize("pool", [SERVER, "ours"])
def test_any_changed_byte_is_noticed(pool: str) -> None:
    sealed = SEALER.seal(b"secret", "here", pool)
    for place in range(len(sealed)):
        for flip in (1, 0x80):
            changed = bytearray(sealed)
            changed[place] ^= flip
            with pytest.raises(SealBroken):
                SEALER.open(bytes(changed), "here")
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            SEALER.open(sealed[:length], "here")


def test_another_key_opens_nothing() -> None:
    other = Sealer(KEY[::-1])
    for pool in (SERVER, "ours"):
        with pytest.raises(SealBroken):
            other.open(SEALER.seal(b"secret", "here", pool), "here")


def test_sealing_twice_gives_two_texts() -> None:
    assert SEALER.seal(b"same", "here", "ours") != SEALER.seal(b"same", "here", "ours")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(bytes(size))


def test_the_newest_key_of_the_pool_seals_and_all_open() -> None:
    one, two = (DataKey(bytes([n]) * ID_SIZE, "p", bytes([n]) * KEY_SIZE, n) for n in (1, 2))
    before = sealer(one).seal(b"secret", "here", "p")
    known = sealer(two, one)  # in whatever order they come
    assert known.sealing("p") == two.id
    assert known.open(before, "here") == b"secret"
    again = known.again(before, "here", "p")
    assert sealer(two).open(again, "here") == b"secret"
    assert known.again(again, "here", "p") is again
    with pytest.raises(SealBroken):
        sealer(two).open(before, "here")
    assert sealer(one).sealing("another pool") == ROOT


def test_keys_that_others_made_are_looked_for() -> None:
    """By the id that a value names, and by the pool that something is sealed for: once, and for nothing handed out."""
    asked: list[tuple[bytes, str]] = []

    def look(id: bytes, pool: str) -> list[DataKey]:
        asked.append((id, pool))
        return [OURS] if OURS.id == id or OURS.pool == pool else []

    known, sealed = Sealer(KEY, look), SEALER.seal(b"secret", "here", "ours")
    with pytest.raises(SealBroken):
        known.take_back(sealed, "here")
    assert asked == []
    assert [known.open(sealed, "here") for _ in range(3)] == [b"secret"] * 3
    assert asked == [(OURS.id, "")]
    for _ in range(3):
        assert known.seal(b"x", "here", "bare")[:1] == b"\1"
    assert asked[1:] == [(ROOT, "bare")]
    assert Sealer(KEY, look).sealing("ours") == OURS.id
    known.forget("ours")
    assert known.sealing("ours") == OURS.id
    assert asked[-1] == (ROOT, "ours")


def test_who_slept_long_looks_before_sealing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest key may have been replaced and deleted meanwhile."""
    newer = DataKey(b"newer---", "ours", KEY, 2)
    known = Sealer(KEY, lambda id, pool: [newer])
    known.learn([OURS])
    assert known.sealing("ours") == OURS.id
    monkeypatch.setattr(seal, "FRESH", -1)
    assert known.sealing("ours") == newer.id
    known.refresh([OURS])  # the newer one is gone, say: what is read counts
    monkeypatch.undo()
    assert known.sealing("ours") == OURS.id


def test_what_is_handed_out_comes_back_under_the_root() -> None:
    known = sealer(DataKey(b"server--", SERVER, KEY, 1))
    assert Sealer(KEY).take_back(known.hand_out(b"told", "here"), "here") == b"told"
    with pytest.raises(SealBroken):
        Sealer(KEY).take_back(known.seal(b"kept", "here", SERVER), "here")


def test_a_code_digest_depends_on_key_place_and_code() -> None:
    digest = SEALER.code_digest("123456", "user/sign_up")
    assert same(digest, Sealer(KEY).code_digest("123456", "user/sign_up"))
    for other in (
        SEALER.code_digest("123457", "user/sign_up"),
        SEALER.code_digest("123456", "user/forgot"),
        SEALER.code_digest("p123456", "user/sign_u"),
        Sealer(KEY[::-1]).code_digest("123456", "user/sign_up"),
    ):
        assert not same(digest, other)


def test_a_token_digest_is_stable_and_hides_the_token() -> None:
    assert token_digest("token") == token_digest("token") != token_digest("token2")
    assert len(token_digest("token")) == 32
    assert token_digest("\ud800") != token_digest("\ud801")
