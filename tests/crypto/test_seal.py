import pytest
from hypothesis import given
from hypothesis import strategies as st

from keydesk.crypto.seal import KEY_SIZE, SealBroken, Sealer, same, token_digest

KEY = bytes(range(KEY_SIZE))
SEALER = Sealer(KEY)


@given(st.binary(max_size=300), st.text(max_size=40))
def test_what_was_sealed_opens_at_its_place(plain: bytes, where: str) -> None:
    sealed = SEALER.seal(plain, where)
    assert Sealer(KEY).open(sealed, where) == plain
    assert len(sealed) == 1 + 12 + len(plain) + 16


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_record_that_was_moved_does_not_open(here: str, there: str) -> None:
    if here == there:
        there += "x"
    with pytest.raises(SealBroken):
        SEALER.open(SEALER.seal(b"secret", here), there)


def test_any_changed_byte_is_noticed() -> None:
    sealed = SEALER.seal(b"secret", "here")
    for place in range(len(sealed)):
        for flip in (1, 0x80):
            changed = bytearray(sealed)
            changed[place] ^= flip
            with pytest.raises(SealBroken):
                SEALER.open(bytes(changed), "here")
    for length in range(len(sealed)):
        with pytest.raises(SealBroken):
            SEALER.open(sealed[:length], "here")


def test_another_key_opens_nothing_and_shows_it() -> None:
    other = Sealer(KEY[::-1])
    with pytest.raises(SealBroken):
        other.open(SEALER.seal(b"secret", "here"), "here")
    assert other.fingerprint() != SEALER.fingerprint() == Sealer(KEY).fingerprint()
    assert KEY.hex()[:16] not in SEALER.fingerprint()


def test_sealing_twice_gives_two_texts() -> None:
    assert SEALER.seal(b"same", "here") != SEALER.seal(b"same", "here")


@pytest.mark.parametrize("size", [0, 16, 31, 33])
def test_a_key_of_another_size_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(bytes(size))


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
