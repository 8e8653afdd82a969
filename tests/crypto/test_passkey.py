"""What browsers say of passkeys, right and wrong in every way: verified, or refused with one exception."""

import json
from contextlib import suppress
from dataclasses import replace
from typing import Any

import cbor2
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.passkey_authenticator import BACKED_UP, ELIGIBLE, PRESENT, VERIFIED, Authenticator, plain, text

from keydesk.crypto import passkey
from keydesk.crypto.passkey import Account, Kept, Known, Made, Party, PasskeyRefused, Reason, Used

PARTY = Party("localhost", verifies=False)
CHALLENGE = bytes(range(32))
KEYS = [
    ec.generate_private_key(ec.SECP256R1()),
    ed25519.Ed25519PrivateKey.generate(),
    rsa.generate_private_key(65537, 2048),
]


def registered(key: Authenticator, party: Party = PARTY, **wrong: Any) -> Made:
    options = passkey.creation_options(party, Account(b"sub", "ada"), CHALLENGE, [])
    said = passkey.read_registration(key.register(options, **wrong))
    assert said.challenge == CHALLENGE or wrong
    return passkey.verify_registration(said, party, CHALLENGE)


def signed(key: Authenticator, **wrong: Any) -> dict[str, Any]:
    return key.sign(json.loads(passkey.request_options(PARTY, CHALLENGE, [])), **wrong)


def judged(credential: dict[str, Any], made: Made, party: Party = PARTY) -> Used:
    kept = Kept(made.public_key, made.sign_count)
    return passkey.verify_assertion(passkey.read_assertion(credential), party, CHALLENGE, kept)


def why(credential: dict[str, Any], made: Made, party: Party = PARTY) -> Reason:
    with pytest.raises(PasskeyRefused) as caught:
        judged(credential, made, party)
    return caught.value.reason


def edited(credential: dict[str, Any], member: str, edit: Any) -> dict[str, Any]:
    """With one member of the response changed, as bytes."""
    response = credential["response"]
    return {**credential, "response": {**response, member: text(edit(plain(response[member])))}}


@pytest.mark.parametrize("key", KEYS, ids=["ES256", "EdDSA", "RS256"])
def test_a_passkey_is_made_and_signs(key: Any) -> None:
    mine = Authenticator(key=key, flags=PRESENT | VERIFIED | ELIGIBLE | BACKED_UP, transports=("usb", "new", "usb"))
    made = registered(mine)
    assert (made.id, made.sign_count, made.transports, made.attachment, made.synced) == (
        mine.id,
        0,
        ("usb",),
        "platform",
        True,
    )
    assert judged(signed(mine), made) == Used(1, True, True)


def test_the_question_names_what_is_known() -> None:
    said = json.loads(passkey.request_options(Party("example.com", True), CHALLENGE, [Known(b"id", ("usb", "hybrid"))]))
    assert said == {
        "challenge": text(CHALLENGE),
        "timeout": 180_000,
        "rpId": "example.com",
        "allowCredentials": [{"id": text(b"id"), "type": "public-key", "transports": ["usb", "hybrid"]}],
        "userVerification": "required",
    }


def test_a_count_goes_up_or_is_never_said() -> None:
    """PK-04."""
    counting, silent = Authenticator(count=7), Authenticator(counts=False)
    made = registered(counting)
    assert made.sign_count == 7
    assert judged(signed(counting), made).sign_count == 8
    counting.count = 6
    assert why(signed(counting), made) is Reason.UNPROVED  # 7 again
    counting.count = -1
    assert why(signed(counting), made) is Reason.UNPROVED  # it counted once, so nought is no answer
    made = registered(silent)
    assert judged(signed(silent), made).sign_count == judged(signed(silent), made).sign_count == 0


def test_every_part_of_an_assertion_counts() -> None:
    """PK-01."""
    mine, other = Authenticator(counts=False), Authenticator(counts=False)
    made = registered(mine)
    assert why(signed(mine, challenge=text(bytes(32))), made) is Reason.UNPROVED
    assert why(signed(other), made) is Reason.UNPROVED
    assert why(signed(replace(mine, rp_id="example.com")), made) is Reason.UNPROVED
    assert why(signed(replace(mine, flags=VERIFIED)), made) is Reason.UNPROVED  # nobody was there
    assert why(signed(replace(mine, flags=PRESENT)), made, Party("localhost", True)) is Reason.UNPROVED
    assert why(signed(replace(mine, flags=PRESENT | BACKED_UP)), made) is Reason.UNPROVED
    for member in ("signature", "authenticatorData", "clientDataJSON"):
        good = signed(mine)
        for place in range(len(plain(good["response"][member]))):
            with pytest.raises(PasskeyRefused):
                judged(edited(good, member, lambda data: flipped(data, place)), made)  # noqa: B023
    assert why(REGISTRATION, made) is Reason.FORM


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


def bombs() -> list[bytes]:
    """CBOR that is small and asks for much."""
    return [
        b"\x81" * 20_000,
        b"\xa1\x00" * 10_000,
        b"\xc1" * 20_000,
        b"\x9b" + b"\xff" * 8,
        b"\xbb" + b"\x7f" * 8,
        b"\x5b" + b"\x7f" * 8,
        b"\x7b" + b"\x7f" * 8 + b"x",
        cbor2.dumps(cbor2.CBORTag(4, [10**18, 1])),
        cbor2.dumps(cbor2.CBORTag(5, [10**18, 1])),
        cbor2.dumps(cbor2.CBORTag(30, [1, 0])),
        cbor2.dumps(cbor2.CBORTag(35, "(" * 5000)),
        b"\xd8\x1c\x81\xd8\x1d\x00",
        b"",
    ]


@pytest.mark.parametrize("number", range(13))
def test_a_bomb_goes_off_nowhere(number: int) -> None:
    """PK-05."""
    bomb = bombs()[number]
    mine = Authenticator()
    options = passkey.creation_options(PARTY, Account(b"sub", "ada"), CHALLENGE, [])
    whole = edited(mine.register(options), "attestationObject", lambda _: bomb)
    inside = mine.register(options)
    told = cbor2.loads(plain(inside["response"]["attestationObject"]))
    told["authData"] = told["authData"][: 37 + 16 + 2 + 32] + bomb
    for credential in (whole, edited(inside, "attestationObject", lambda _: cbor2.dumps(told))):
        said = passkey.read_registration(credential)
        with pytest.raises(PasskeyRefused):
            passkey.verify_registration(said, PARTY, CHALLENGE)


@pytest.mark.parametrize("data", [8 << 30, 1 << 62, "text", [0] * 64, None])
def test_authenticator_data_that_is_no_byte_string_is_not_made_one(data: Any) -> None:
    """PK-05: of a number, the library would make as many bytes."""
    options = passkey.creation_options(PARTY, Account(b"sub", "ada"), CHALLENGE, [])
    attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})
    said = passkey.read_registration(
        edited(Authenticator().register(options), "attestationObject", lambda _: attestation)
    )
    with pytest.raises(PasskeyRefused, match="no byte string") as caught:
        passkey.verify_registration(said, PARTY, CHALLENGE)
    assert caught.value.reason is Reason.FORM


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
PATHS = [("id",), ("rawId",), ("type",), ("authenticatorAttachment",), ("response",)] + [
    ("response", member)
    for member in ("clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle", "transports")
]
RIGHT = Authenticator(counts=False)
MADE = registered(RIGHT)
REGISTRATION = RIGHT.register(passkey.creation_options(PARTY, Account(b"sub", "ada"), CHALLENGE, []))
ASSERTION = signed(RIGHT)


def put(credential: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    head, *rest = path
    return {**credential, head: put(credential[head], tuple(rest), value) if rest else value}


@settings(max_examples=300)
@given(path=st.sampled_from(PATHS), value=ANYTHING | st.binary(max_size=200).map(text))
def test_whatever_is_said_is_verified_or_refused(path: tuple[str, ...], value: Any) -> None:
    """PK-05: and a verified one is the right one."""
    with suppress(PasskeyRefused):
        assert judged(put(ASSERTION, path, value), MADE).user_verified
    with suppress(PasskeyRefused):
        said = passkey.read_registration(put(REGISTRATION, path, value))
        assert passkey.verify_registration(said, PARTY, CHALLENGE).public_key == MADE.public_key


@settings(max_examples=300)
@given(member=st.sampled_from(["type", "challenge", "origin", "crossOrigin", "tokenBinding", "more"]), value=ANYTHING)
def test_whatever_a_page_says_of_itself(member: str, value: Any) -> None:
    """PK-05: client data that nobody signed never passes."""
    client = json.dumps({**json.loads(plain(ASSERTION["response"]["clientDataJSON"])), member: value}).encode()
    changed = client != plain(ASSERTION["response"]["clientDataJSON"])
    try:
        judged(put(ASSERTION, ("response", "clientDataJSON"), text(client)), MADE)
        assert not changed
    except PasskeyRefused:
        assert changed


@settings(max_examples=300)
@given(start=st.integers(0, 250), length=st.integers(0, 40), data=st.binary(max_size=40))
def test_whatever_an_attestation_holds(start: int, length: int, data: bytes) -> None:
    """PK-05: bytes of the attestation cut out and put in."""
    credential = edited(REGISTRATION, "attestationObject", lambda old: old[:start] + data + old[start + length :])
    said = passkey.read_registration(credential)
    try:
        made = passkey.verify_registration(said, PARTY, CHALLENGE)
    except PasskeyRefused:
        return
    assert made.id == RIGHT.id
