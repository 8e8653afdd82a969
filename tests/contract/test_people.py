"""Transactions in a user's life: a code is right once, wrong tries stay counted, names move with their proof."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.user import User, UserKey
from keydesk.errors import AliasExists, NotAuthorized, UserNotFound
from keydesk.shapes.types import UserPoolClientType
from keydesk.store import codes, people, sessions, users
from keydesk.store.people import Attempt, Budget, NewCode, Verdict
from keydesk.store.store import Store

POOL = samples.pool(alias_attributes=["email"])
ME = samples.key()
EMAIL = "user000001@example.com"
PURPOSE = "attribute:email"


def code(word: str = "right", *, about: str = f"email:{EMAIL}", expires: int = 2000, purpose: str = PURPOSE) -> NewCode:
    return NewCode(purpose, f"{word} {about}".encode(), about, expires)


def attempt(word: str = "right", *, now: int = 1000, limit: int = 3, purpose: str = PURPOSE) -> Attempt:
    return Attempt(purpose, lambda about: f"{word} {about}".encode(), Budget("Verify", limit, 60_000, now))


def proved(user: User, about: str) -> User:
    value = about.removeprefix("email:")
    return replace(user, attributes={**user.attributes, "email": value, "email_verified": "true"})


@pytest.fixture
def desk(store: Store) -> Store:
    written(store, samples.added, POOL, samples.client(), samples.user(), samples.user(2))
    return store


def kept(desk: Store, *new: NewCode, key: UserKey = ME) -> None:
    written(desk, people.change, POOL, key, lambda user: user, fresh=new)


def verdict(desk: Store, said: Attempt, edit: people.Proved | None = proved, **more: Any) -> Verdict:
    return written(desk, people.prove, POOL, ME, said, edit, **more).verdict


def test_a_right_code_changes_the_user_once(desk: Store) -> None:
    kept(desk, code())
    assert verdict(desk, attempt()) is Verdict.RIGHT
    user = read(desk, users.by_key, ME)
    assert user is not None
    assert user.verified("email")
    assert read(desk, users.called, POOL.id, EMAIL) == user
    assert verdict(desk, attempt()) is Verdict.NONE


def test_a_wrong_code_and_one_for_something_else_change_nothing(desk: Store) -> None:
    kept(desk, code(), code(purpose=people.RECOVERY, word="other"))
    assert verdict(desk, attempt("wrong")) is Verdict.WRONG
    assert verdict(desk, attempt("other")) is Verdict.WRONG
    assert read(desk, users.called, POOL.id, EMAIL) is None
    assert verdict(desk, attempt()) is Verdict.RIGHT


@pytest.mark.parametrize(("now", "worth"), [(1999, Verdict.RIGHT), (2000, Verdict.LATE)])
def test_a_code_dies_on_the_millisecond(desk: Store, now: int, worth: Verdict) -> None:
    kept(desk, code())
    assert verdict(desk, attempt(now=now)) is worth
    assert (read(desk, users.called, POOL.id, EMAIL) is not None) is (worth is Verdict.RIGHT)


def test_a_wrong_try_stays_spent_and_a_new_code_brings_no_new_tries(desk: Store) -> None:
    kept(desk, code())
    for _ in range(3):
        assert verdict(desk, attempt("wrong")) is Verdict.WRONG
    kept(desk, code())
    assert verdict(desk, attempt()) is Verdict.TOO_OFTEN
    assert verdict(desk, attempt(now=61_000)) is Verdict.LATE


def test_of_many_guesses_at_once_over_two_doors_no_more_are_judged_than_the_budget(desk: Store, store_url: str) -> None:
    kept(desk, code())
    other = Store.open(store_url)

    async def main() -> list[Any]:
        said = (attempt(f"wrong {number}") for number in range(12))
        doors = (desk, other)
        return await samples.together(
            *(doors[n % 2].write(people.prove, POOL, ME, guess, proved) for n, guess in enumerate(said))
        )

    verdicts = [judged.verdict for judged in asyncio.run(main())]
    other.close()
    assert verdicts.count(Verdict.WRONG) == 3
    assert verdicts.count(Verdict.TOO_OFTEN) == 9


def test_a_change_that_cannot_be_leaves_the_code_to_wait_and_the_try_unspent(desk: Store) -> None:
    written(desk, people.change, POOL, samples.key(2), lambda user: proved(user, f"email:{EMAIL}"))
    kept(desk, code())
    for _ in range(5):
        with pytest.raises(AliasExists, match="An account with the email already exists"):
            verdict(desk, attempt())
    assert read(desk, codes.live, ME, PURPOSE) == codes.Code(f"email:{EMAIL}", 2000)
    assert verdict(desk, attempt(), move=True) is Verdict.RIGHT
    former, owner = read(desk, users.by_key, samples.key(2)), read(desk, users.called, POOL.id, EMAIL)
    assert former is not None
    assert owner is not None
    assert (former.attributes["email_verified"], owner.sub) == ("false", ME.sub)


def test_codes_for_an_address_die_with_it(desk: Store) -> None:
    """Neither one that proves it nor one that recovers the account by it outlives the change (CO-05, CO-06)."""
    recovery = code(purpose=people.RECOVERY)
    kept(desk, code(), recovery)
    written(desk, people.change, POOL, ME, lambda user: replace(user, attributes={"email": "new@example.com"}))
    assert verdict(desk, attempt()) is Verdict.NONE
    assert verdict(desk, attempt(purpose=people.RECOVERY), None) is Verdict.NONE


def test_a_refusal_of_the_edit_undoes_everything(desk: Store) -> None:
    def refuse(user: User, about: str = "") -> User:
        raise NotAuthorized("no")

    kept(desk, code())
    with pytest.raises(NotAuthorized):
        written(desk, people.change, POOL, ME, refuse, fresh=[code("newer")])
    with pytest.raises(NotAuthorized):
        verdict(desk, attempt(), refuse)
    assert verdict(desk, attempt()) is Verdict.RIGHT


def test_asking_is_counted_and_a_refused_ask_leaves_the_older_code(desk: Store) -> None:
    budget = Budget("Resend", 2, 60_000, 1000)
    assert written(desk, people.ask, ME, budget, code("first"))
    assert written(desk, people.ask, ME, budget, code("second"))
    assert not written(desk, people.ask, ME, budget, code("third"))
    assert verdict(desk, attempt("second")) is Verdict.RIGHT
    with pytest.raises(UserNotFound):
        written(desk, people.ask, samples.key(9), budget, code())


def test_a_new_user_comes_with_the_code_or_not_at_all(desk: Store) -> None:
    """Taken aliases stay with their owner unless they move; the user who lost one keeps the address, unproved."""
    owner = replace(samples.user(3), attributes={"email": "one@example.com", "email_verified": "true"})
    written(desk, people.create, POOL, owner, None, move=False)
    rival = replace(owner, sub="sub-000004", username="rival")
    with pytest.raises(AliasExists):
        written(desk, people.create, POOL, rival, code(), move=False)
    assert read(desk, users.by_key, rival.key) is None
    written(desk, people.create, POOL, rival, code(), move=True)
    assert read(desk, codes.live, rival.key, PURPOSE) is not None
    found, former = read(desk, users.called, POOL.id, "one@example.com"), read(desk, users.by_key, owner.key)
    assert found is not None
    assert former is not None
    assert found.sub == rival.sub
    assert former.attributes == {"email": "one@example.com", "email_verified": "false"}


def test_which_names_are_taken(desk: Store) -> None:
    assert read(desk, people.taken, POOL.id, {"username": "free", "email": EMAIL}) is None
    assert read(desk, people.taken, POOL.id, {"username": "free", "email": "user000001"}) == "email"
    assert read(desk, people.taken, "eu-west-1_Other", {"username": "user000001"}) is None


def test_whoever_is_disabled_or_signed_out_has_no_session_left(desk: Store) -> None:
    for number, act in enumerate((people.sign_out, people.disable)):
        name = f"event{number}"
        written(desk, sessions.open, samples.session(name))
        arguments = (ME, 5000) if act is people.sign_out else (POOL, ME, 5000)
        written(desk, act, *arguments)
        user = read(desk, users.by_key, ME)
        assert user is not None
        assert (user.signed_out, user.enabled) == (5000, act is people.sign_out)
    for act, arguments in ((people.sign_out, (samples.key(9), 1)), (people.disable, (POOL, samples.key(9), 1))):
        with pytest.raises(UserNotFound):
            written(desk, act, *arguments)


def test_a_new_password_forgets_wrong_ones(desk: Store) -> None:
    written(desk, users.count_failure, ME, 1000, 60_000)
    written(desk, people.reset, POOL, ME, lambda user: replace(user, credential=b"new"))
    assert read(desk, users.failures, ME) == (0, 0)


def test_a_pool_keeps_verifiers_once_any_client_signs_in_by_srp(desk: Store) -> None:
    assert read(desk, people.allows_srp, "eu-west-1_Other"), "users may be made before the first client"
    before = read(desk, people.allows_srp, POOL.id)
    flows = UserPoolClientType(explicit_auth_flows=["ALLOW_USER_PASSWORD_AUTH"])
    written(desk, samples.added, replace(samples.client("client2"), settings=flows))
    assert read(desk, people.allows_srp, POOL.id) is before
    flows = UserPoolClientType(explicit_auth_flows=["ALLOW_USER_SRP_AUTH"])
    written(desk, samples.added, replace(samples.client("client3"), settings=flows))
    assert read(desk, people.allows_srp, POOL.id)
