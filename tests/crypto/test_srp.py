import secrets
from base64 import b64decode, b64encode
from hashlib import sha256
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.device_client import Device
from tests.srp_client import Client, N, digits, number

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


names = st.text(min_size=1, max_size=12)
passwords = st.text(max_size=16)
salts = st.binary(min_size=1, max_size=16).map(bytes) | st.binary(max_size=8).map(lambda rest: bytes(8) + rest)
exponents = st.integers(1, 2**1024)


class Both(NamedTuple):
    """What each side of one exchange comes to: the key, and the proof of it."""

    server: tuple[bytes, bytes]
    client: tuple[bytes, bytes]


def exchanged(
    client: Client, group: str, name: str, salt: bytes, kept: bytes, offered: srp.Offer | None = None
) -> Both:
    """One exchange between the server, which keeps a verifier, and a client on Python's own numbers."""
    offered = offered or srp.offer(kept)
    key = srp.key(kept, offered, srp.public_number(f"{client.public:x}"))
    block, told = b"block", {"USER_ID_FOR_SRP": name}
    told |= {"SALT": srp.signed(salt).hex(), "SRP_B": srp.signed(offered.public).hex()}
    said = client.answer(told | {"SECRET_BLOCK": b64encode(block).decode()}, 0)
    theirs = client.key(name, int.from_bytes(salt, "big"), int.from_bytes(offered.public, "big"))
    ours = srp.proof(key, group, name, block, said["TIMESTAMP"])
    return Both((key, ours), (theirs, b64decode(said["PASSWORD_CLAIM_SIGNATURE"])))


@settings(max_examples=25)
@given(names, passwords, passwords, salts, exponents)
def test_both_sides_come_to_one_key_only_with_the_password(
    name: str, password: str, other: str, salt: bytes, secret: int
) -> None:
    """Of any texts, salts and secrets; a salt's leading zero bytes are lost to both sides alike."""
    kept = srp.verifier(salt, "Pool", name, password)
    for said in {password, other}:
        server, theirs = exchanged(Client("region_Pool", said, secret), "Pool", name, salt, kept)
        assert (server == theirs) is (said == password)
        assert (server[0] == theirs[0]) is (said == password)


@settings(max_examples=25)
@given(names, names, passwords, passwords, exponents)
def test_a_device_proves_its_own_password_and_no_other(
    group: str, key: str, password: str, other: str, secret: int
) -> None:
    """The verifier is the device's own, made by its client; the group stands for the pool and the key for the user."""
    device = Device({"DeviceKey": key, "DeviceGroupKey": group}, password or "x")
    config = {name: b64decode(value) for name, value in device.verifier().items()}
    kept = config["PasswordVerifier"].lstrip(b"\0").rjust(srp.SIZE, b"\0")
    for said in {device.password, other}:
        client = Client("_" + group, said, secret)
        server, theirs = exchanged(client, group, key, config["Salt"], kept)
        assert (server == theirs) is (said == device.password)


def offer_of(kept: bytes, secret: int) -> srp.Offer:
    """B for a secret that is chosen, by the formula of RFC 5054 on Python's own numbers."""
    public = (srp.K * int.from_bytes(kept, "big") + pow(2, secret, N)) % N
    return srp.Offer(secret.to_bytes(32, "big"), public.to_bytes(srp.SIZE, "big"))


def shared(kept: bytes, client: Client, offered: srp.Offer) -> int:
    """S, as the server should come to it."""
    u = number(digits(client.public), digits(int.from_bytes(offered.public, "big")))
    base = client.public * pow(int.from_bytes(kept, "big"), u, N)
    return pow(base, int.from_bytes(offered.secret, "big"), N)


SMALL, SIGNED = range(N >> 8), range(1 << 3071, N)  # numbers that lose a leading zero byte, and that are given one


@pytest.mark.parametrize("wanted", [SMALL, SIGNED], ids=["small", "signed"])
def test_a_b_of_another_length_makes_no_difference(wanted: range) -> None:
    kept = srp.verifier(b"\x01", "Pool", "ada", "right")
    offers = (offer_of(kept, secret) for secret in range(1, 5000))
    offered = next(one for one in offers if int.from_bytes(one.public, "big") in wanted)
    server, theirs = exchanged(Client("_Pool", "right"), "Pool", "ada", b"\x01", kept, offered)
    assert server == theirs


@pytest.mark.parametrize("wanted", [SMALL, SIGNED], ids=["small", "signed"])
def test_an_s_of_another_length_makes_no_difference(wanted: range) -> None:
    kept = srp.verifier(b"\x01", "Pool", "ada", "right")
    offered = offer_of(kept, 3)
    clients = (Client("_Pool", "right", secret) for secret in range(1, 5000))
    client = next(one for one in clients if shared(kept, one, offered) in wanted)
    server, theirs = exchanged(client, "Pool", "ada", b"\x01", kept, offered)
    assert server == theirs


def test_an_a_of_any_length_makes_no_difference() -> None:
    kept = srp.verifier(b"\x01", "Pool", "ada", "right")
    for secret in (1, 7, 8, 15, 3070, 3071):
        server, theirs = exchanged(Client("_Pool", "right", secret), "Pool", "ada", b"\x01", kept)
        assert server == theirs


def test_the_clients_half_comes_to_the_same_key() -> None:
    """Held against the server's half, which other clients hold to what Cognito speaks."""
    salt = srp.new_salt()
    exponent = srp.secret_exponent(salt, "PoolName", "user", "right")
    for password, same in (("right", True), ("wrong", False)):
        verifier = srp.verifier(salt, "PoolName", "user", password)
        mine, theirs = srp.ask(), srp.offer(verifier)
        assert (srp.client_key(mine, theirs.public, exponent) == srp.key(verifier, theirs, mine.public)) is same
    for public in (bytes(384), int(srp.N).to_bytes(384, "big")):
        with pytest.raises(srp.Refused):
            srp.client_key(srp.ask(), public, exponent)


def test_an_offer_is_fresh_each_time() -> None:
    """SR-02."""
    verifier = srp.random_verifier()
    assert len({srp.offer(verifier) for _ in range(20)}) == 20


@pytest.mark.parametrize(
    "text", ["", "0", "0" * 768, f"{int(srp.N):x}", f"{int(srp.N) + 1:x}", "-2", "0x2", " 2", "2\n", "٣"]
)
def test_a_public_number_that_is_none(text: str) -> None:
    with pytest.raises(srp.Refused):
        srp.public_number(text)
