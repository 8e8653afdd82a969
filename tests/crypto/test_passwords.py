import time

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from keydesk.crypto import passwords
from keydesk.crypto.passwords import Kind

KINDS = pytest.mark.parametrize("kind", Kind)
anything = st.text(st.characters(exclude_categories=()), max_size=256)


@KINDS
def test_a_password_matches_itself_and_no_neighbour(kind: Kind) -> None:
    stored = passwords.make(kind, "Passw0rd! é", "user", "Pool")
    assert passwords.kind(stored) is kind
    assert passwords.matches(stored, "Passw0rd! é", "user", "Pool")
    for other in ("Passw0rd! e\u0301", "passw0rd! é", "Passw0rd! é ", " Passw0rd! é", "Passw0rd! é\0", ""):
        assert not passwords.matches(stored, other, "user", "Pool")


@KINDS
def test_nothing_is_cut_at_72_or_256(kind: Kind) -> None:
    for length in (72, 256):
        stored = passwords.make(kind, "x" * length, "user", "Pool")
        assert passwords.matches(stored, "x" * length, "user", "Pool")
        assert not passwords.matches(stored, "x" * (length - 1), "user", "Pool")
        assert not passwords.matches(stored, "x" * (length + 1), "user", "Pool")


@settings(deadline=None)
@given(anything, anything)
def test_au_10_another_password_is_refused(one: str, other: str) -> None:
    stored = passwords.make(Kind.SRP, one, "user", "Pool")
    assert passwords.matches(stored, other, "user", "Pool") == (one == other)


@settings(max_examples=8, deadline=None)
@given(anything)
def test_au_10_any_unicode_is_taken(password: str) -> None:
    stored = passwords.make(Kind.ARGON2ID, password, "user", "Pool")
    assert passwords.matches(stored, password, "user", "Pool")
    assert not passwords.matches(stored, password + "x", "user", "Pool")


def test_the_same_password_is_stored_differently_each_time() -> None:
    for kind in Kind:
        assert passwords.make(kind, "same", "user", "Pool") != passwords.make(kind, "same", "user", "Pool")


def test_a_verifier_is_bound_to_user_and_pool() -> None:
    stored = passwords.make(Kind.SRP, "secret", "user", "Pool")
    assert not passwords.matches(stored, "secret", "another", "Pool")
    assert not passwords.matches(stored, "secret", "user", "Another")


def test_se_01_argon2id_has_the_parameters_required() -> None:
    assert b"$argon2id$v=19$m=19456,t=2,p=1$" in passwords.make(Kind.ARGON2ID, "x", "user", "Pool")


def test_no_credential_holds_its_password() -> None:
    for kind in Kind:
        assert b"canary-in-clear" not in passwords.make(kind, "canary-in-clear", "user", "Pool")


def test_what_is_no_credential_is_a_fault() -> None:
    for junk in (b"", b"junk", msgspec.msgpack.encode(["other", b""])):
        with pytest.raises(msgspec.DecodeError):
            passwords.matches(junk, "x", "user", "Pool")


@KINDS
def test_nobody_matches_nothing_and_costs_the_same(kind: Kind) -> None:
    real, nobody = passwords.make(kind, "right", "user", "Pool"), passwords.nobody(kind)
    assert passwords.kind(nobody) is kind
    assert len(nobody) == len(real)
    assert not passwords.matches(nobody, "right", "user", "Pool")
    ours, theirs = _costs(nobody, real)
    assert 0.5 < ours / theirs < 2


def _costs(*credentials: bytes) -> list[float]:
    """The least CPU time of several refusals by each, in turns: a machine that gets slow is slow for all of them."""
    costs = [[_cost(one) for one in credentials] for _ in range(15)]
    return [min(each) for each in zip(*costs, strict=True)]


def _cost(credential: bytes) -> float:
    start = time.thread_time()
    passwords.matches(credential, "wrong", "user", "Pool")
    return time.thread_time() - start
