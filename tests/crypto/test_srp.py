import secrets
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.srp_client import Client

from keydesk.crypto import srp


def test_the_group_is_a_safe_prime_of_3072_bits() -> None:
    assert srp.N.bit_length() == 3072
    assert srp.N.is_prime()
    assert ((srp.N - 1) // 2).is_prime()


def test_a_verifier_is_the_plain_power() -> None:
    for _ in range(5):
        salt, password = srp.new_salt(), secrets.token_urlsafe()
        inner = sha256(f"PoolNameuser:{password}".encode()).hexdigest()
        number = f"{int.from_bytes(salt, 'big'):x}"
        number = "0" * (len(number) % 2) + number
        padded = "00" + number if number[0] in "89abcdef" else number
        x = int(sha256(bytes.fromhex(padded + inner)).hexdigest(), 16)
        assert srp.verifier(salt, "PoolName", "user", password) == pow(2, x, int(srp.N)).to_bytes(384, "big")


def test_a_salt_has_sixteen_bytes_and_never_starts_with_zero() -> None:
    salts = {srp.new_salt() for _ in range(3000)}
    assert len(salts) == 3000
    assert all(len(salt) == 16 and salt[0] for salt in salts)


@given(st.binary(max_size=40))
def test_signed_form_reads_back_as_the_same_positive_number(number: bytes) -> None:
    form = srp.signed(number)
    assert int.from_bytes(form, "big", signed=True) == int.from_bytes(number, "big")
    assert len(form) == 1 or form[0] or form[1] & 0x80


def test_a_random_verifier_is_inside_the_group() -> None:
    one, other = srp.random_verifier(), srp.random_verifier()
    assert one != other
    assert len(one) == srp.SIZE
    assert 0 < int.from_bytes(one, "big") < srp.N


@settings(max_examples=10)
@given(st.text(min_size=1, max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_both_sides_come_to_one_key_only_with_the_password(username: str, password: str, other: str) -> None:
    """Held against a client on Python's own numbers."""
    salt = srp.new_salt()
    verifier = srp.verifier(salt, "Pool", username, password)
    for said in {password, other}:
        client = Client("region_Pool", said)
        offered = srp.offer(verifier)
        key = srp.key(verifier, offered, srp.public_number(f"{client.public:x}"))
        theirs = client.key(username, int.from_bytes(salt, "big"), int.from_bytes(offered.public, "big"))
        assert (key == theirs) is (said == password)


def test_an_offer_is_fresh_each_time() -> None:
    verifier = srp.random_verifier()
    assert len({srp.offer(verifier) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "text", ["", "0", "0" * 768, f"{int(srp.N):x}", f"{int(srp.N) + 1:x}", "-2", "0x2", " 2", "2\n", "٣"]
)
def test_a_public_number_that_is_none(text: str) -> None:
    with pytest.raises(srp.Refused):
        srp.public_number(text)
