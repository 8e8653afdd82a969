"""A passkey's answer to a sign-in is judged: whose it is, from where it comes, and that it counts once."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.api.passkey_owner import Owner
from tests.passkey_authenticator import PRESENT, Authenticator, text
from tests.serving import Serving

from keydesk.domain.user import UserKey
from keydesk.flows import passkeys
from keydesk.flows.call import Call
from keydesk.store import passkeys as kept
from keydesk.store import pools, users

CHALLENGE = bytes(range(32))


class Judge:
    """What the step of a sign-in does, for an owner's pool."""

    def __init__(self, owner: Owner) -> None:
        self.owner, self.desk = owner, owner.server.house.desk
        self.call = Call(self.desk, "RespondToAuthChallenge", "us-east-1", "request", "127.0.0.1", "test")

    def options(self) -> dict[str, Any]:
        async def asked() -> str:
            pool = await self.desk.store.read(pools.named, self.owner.pool.id)
            assert pool
            theirs = await self.desk.store.read(kept.of_user, UserKey(pool.id, self.owner.sub))
            return passkeys.request_options(pool, theirs, CHALLENGE, self.call)

        return dict(json.loads(self.owner.server.run(asked())))

    def takes(self, *said: Any, challenge: bytes = CHALLENGE, sub: str = "") -> list[bool]:
        """Several at once; a dictionary is sent as JSON, a text as it is."""

        async def judged() -> list[bool]:
            pool = await self.desk.store.read(pools.named, self.owner.pool.id)
            assert pool
            user = await self.desk.store.read(users.by_key, UserKey(pool.id, sub or self.owner.sub))
            assert user
            texts = [one if isinstance(one, str) else json.dumps(one) for one in said]
            return list(
                await asyncio.gather(*(passkeys.assert_passkey(pool, user, one, challenge, self.call) for one in texts))
            )

        return list(self.owner.server.run(judged()))


@pytest.fixture
def judge(server: Serving) -> Judge:
    return Judge(Owner(server))


def test_the_question_names_the_users_passkeys_of_this_relying_party(judge: Judge) -> None:
    key = judge.owner.register(transports=("usb",))
    allowed = {"id": text(key.id), "type": "public-key", "transports": ["usb"]}
    assert judge.options() == {
        "challenge": text(CHALLENGE),
        "timeout": 180_000,
        "rpId": "localhost",
        "allowCredentials": [allowed],
        "userVerification": "preferred",
    }
    judge.owner.configure(RelyingPartyId="example.com", UserVerification="required")
    moved = judge.options()
    assert (moved["rpId"], moved["allowCredentials"], moved["userVerification"]) == ("example.com", [], "required")


def test_a_passkey_signs_in_and_is_counted(judge: Judge) -> None:
    """PK-04."""
    key = judge.owner.register()
    first = key.sign(judge.options())
    assert judge.takes(first) == [True]
    assert judge.takes(first) == [False], "the count did not move"
    assert judge.takes(key.sign(judge.options())) == [True]
    key.count = 1
    assert judge.takes(key.sign(judge.options())) == [False], "the count went back"
    key.count = 10
    assert judge.takes(key.sign(judge.options())) == [True]


def test_of_answers_at_once_with_one_count_one_is_taken(judge: Judge) -> None:
    """PK-04."""
    key = judge.owner.register()
    answers = []
    for _ in range(6):
        key.count = 4
        answers.append(key.sign(judge.options()))
    assert sorted(judge.takes(*answers)) == [False] * 5 + [True]


def test_a_passkey_that_does_not_count_signs_in_again_and_again(judge: Judge) -> None:
    key = judge.owner.register(counts=False)
    assert judge.takes(*(key.sign(judge.options()) for _ in range(3))) == [True] * 3


def test_nobody_signs_in_with_what_is_not_theirs(judge: Judge) -> None:
    """PK-01."""
    owner, key = judge.owner, judge.owner.register()
    eve = owner.pool.user("eve")
    assert judge.takes(key.sign(judge.options()), sub=eve) == [False]
    assert judge.takes(key.sign(judge.options(), handle=None), sub=eve) == [False]
    assert judge.takes(key.sign(judge.options(), handle=text(eve.encode()))) == [False]
    assert judge.takes(key.sign(judge.options(), challenge=text(bytes(32)))) == [False]
    assert judge.takes(key.sign(judge.options()), challenge=bytes(32)) == [False]
    assert judge.takes(Authenticator(id=key.id, handle=key.handle).sign(judge.options())) == [False], "another key"
    assert judge.takes(Authenticator(handle=key.handle).sign(judge.options())) == [False], "nobody's"
    elsewhere = Owner(owner.server).register()
    assert judge.takes(elsewhere.sign(judge.options(), handle=None)) == [False], "another pool's"
    assert judge.takes(key.sign(judge.options(), handle=None)) == [True]


def test_only_pages_of_the_relying_party_sign_in(judge: Judge) -> None:
    """PK-02."""
    key = judge.owner.register()
    for origin, across, good in (
        ("https://example.org", False, False),
        ("http://127.0.0.1:3000", False, False),
        ("http://localhost:3000", True, False),
        ("http://localhost:9999", False, True),
    ):
        key.origin, key.across = origin, across
        assert judge.takes(key.sign(judge.options())) == [good], origin
    key.origin, key.across, key.rp_id = "http://localhost:3000", False, "example.com"
    assert judge.takes(key.sign(judge.options())) == [False]
    key.rp_id = ""
    judge.owner.configure(RelyingPartyId="example.com")
    key.origin = "https://example.com"
    assert judge.takes(key.sign(judge.options())) == [False], "the pool moved to another domain"


def test_the_user_is_verified_where_that_is_required(judge: Judge) -> None:
    """PK-03."""
    key = judge.owner.register(flags=PRESENT)
    assert judge.takes(key.sign(judge.options())) == [True]
    judge.owner.configure(UserVerification="required")
    assert judge.takes(key.sign(judge.options())) == [False]


def test_a_removed_passkey_signs_nobody_in(judge: Judge) -> None:
    key = judge.owner.register()
    answer = key.sign(judge.options())
    judge.owner.api.delete_web_authn_credential(AccessToken=judge.owner.token, CredentialId=text(key.id))
    assert judge.takes(answer) == [False]


def test_what_is_no_answer_is_refused(judge: Judge) -> None:
    """PK-05."""
    key = judge.owner.register(counts=False)
    good = key.sign(judge.options())
    wrong = ["", "{", "null", "[]", '"text"', "[" * 30_000, "\ud800", "{}", json.dumps(good) + " " * 40_000]
    assert judge.takes(*wrong) == [False] * len(wrong)
    assert judge.takes(key.register({**judge.options(), "rp": {"id": "localhost"}, "user": {"id": ""}})) == [False]
    assert judge.takes(good) == [True]


def test_an_edited_answer_is_judged_and_fails_nothing(judge: Judge) -> None:
    """PK-05. Base64 has more than one way to say the same, so that an edit may leave it right."""
    good = json.dumps(judge.owner.register(counts=False).sign(judge.options()))

    @settings(max_examples=100)
    @given(start=st.integers(0, len(good)), length=st.integers(0, 30), put=st.text(max_size=30))
    def edited(start: int, length: int, put: str) -> None:
        assert judge.takes(good[:start] + put + good[start + length :]) in ([False], [True])

    edited()
