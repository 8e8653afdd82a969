"""The sign-in table as it stands: what a column must hold, and that no run yields tokens past a step that did not pass.

The rows are the table's own, with stand-ins of the same names that pass, ask or refuse as a test says.
"""

import asyncio
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from keydesk.domain.pool import Semantics
from keydesk.domain.sign_in import Challenge, SignIn, Way
from keydesk.domain.token import Tokens
from keydesk.errors import NotAuthorized
from keydesk.flows import choice, pipeline
from keydesk.flows.call import Trail
from keydesk.flows.sign_in import FLOWS, SIGN_IN

# The proof that each way begins with; all others are no proof of who it is, or come beside it.
PROOFS = {
    Way.PASSWORD: "password",
    Way.SRP: "proof_of_password",
    Way.CUSTOM: "custom_challenges",
    Way.CUSTOM_SRP: "proof_of_password",
    Way.CODE: "proof_of_address",
    Way.PASSKEY: "proof_of_passkey",
}
FIRST = frozenset(PROOFS.values())
END = {Semantics.KEYDESK: ["tokens", "observed", "kept"], Semantics.AWS: ["post_authentication", "tokens", "kept"]}
CHOSEN = sorted({way for way, _ in choice.WAYS.values()}, key=lambda way: way.value)
# The way that a flow begins in, and the one that it goes on in: USER_AUTH moves to what the client chooses.
PATHS = [(way, way) for way in PROOFS if way not in Way.CODE | Way.PASSKEY] + [(Way.CHOICE, way) for way in CHOSEN]
MADE = cast(Tokens, object())


class Run:
    """One sign-in through stand-ins. `outcomes` say what a step does: so many questions, or `refuse`."""

    def __init__(self, way: Way, chosen: Way, semantics: Semantics) -> None:
        self.chosen, self.ran = chosen, cast(list[str], [])
        self.asks: dict[str, int] = {}
        self.refuses = ""
        rows = [(self._stand_in(step.__name__), ways, under) for step, ways, under in SIGN_IN]
        self.table = pipeline.Table(rows)
        nothing = cast(Any, None)
        self.sign_in = SignIn(way, "", nothing, nothing, semantics, None, "", {}, "")

    def _stand_in(self, name: str) -> pipeline.Step:
        async def step(s: SignIn, call: Any) -> Challenge | None:
            self.ran.append(name)
            if name == self.refuses:
                raise NotAuthorized
            if self.asks.get(name):
                self.asks[name] -= 1
                return Challenge(name, {})
            if name == "chosen":
                s.way = self.chosen
            if name == "tokens":
                s.tokens = MADE
            return None

        step.__name__ = name
        return step

    def go(self) -> Challenge | None:
        return asyncio.run(pipeline.run(self.table, self.sign_in, cast(Any, SimpleNamespace(trail=Trail()))))

    def path(self) -> list[str]:
        """Every step of the column, where all pass."""
        assert self.go() is None
        assert self.sign_in.tokens is MADE
        assert self.sign_in.done == self.ran
        return self.ran


def each_path(test: Any) -> Any:
    test = pytest.mark.parametrize(("way", "chosen"), PATHS, ids=lambda way: way.name)(test)
    return pytest.mark.parametrize("semantics", Semantics)(test)


@each_path
def test_a_column_proves_who_it_is_and_ends_in_tokens_that_are_kept(
    way: Way, chosen: Way, semantics: Semantics
) -> None:
    path = Run(way, chosen, semantics).path()
    assert path[:2] == ["way_is_open", "secret_hash"]
    assert path[-3:] == END[semantics]
    assert len(path) == len(set(path)), "no step runs twice"
    proofs = [name for name in path if name in FIRST]
    beside = ["custom_challenges"] if chosen is Way.CUSTOM_SRP else []
    assert proofs == [PROOFS[chosen], *beside]
    assert path.index(proofs[0]) < path.index("standing") < path.index("tokens")


@each_path
def test_the_triggers_around_a_sign_in_run_once_each_and_in_their_place(
    way: Way, chosen: Way, semantics: Semantics
) -> None:
    """C-01, C-08, C-17; live AWS runs no pre authentication where a function's own challenge comes first (6.2)."""
    path = Run(way, chosen, semantics).path()
    proved = path.index(PROOFS[chosen])
    if semantics is Semantics.KEYDESK:
        assert proved < path.index("standing") < path.index("pre_authentication") < path.index("tokens")
        assert "first_post_authentication" not in path
    else:
        assert ("pre_authentication" in path) == (chosen is not Way.CUSTOM)
        assert "pre_authentication" not in path[proved:]
        assert ("first_post_authentication" in path) == (chosen in Way.PASSWORD | Way.SRP)
    assert len({"post_authentication", "observed"} & set(path)) == 1


@each_path
def test_second_factors_and_new_passwords_are_due_wherever_a_password_is(
    way: Way, chosen: Way, semantics: Semantics
) -> None:
    """CO-07: a code or a passkey alone is checked for what else is due; a function's challenges are the pool's own."""
    path = Run(way, chosen, semantics).path()
    by_password = chosen in Way.PASSWORD | Way.SRP | Way.CUSTOM_SRP
    for name in ("second_factor", "new_password", "device", "proof_of_device", "device_in_place_of_factor"):
        assert (name in path) == by_password
    if by_password:
        assert path.index(PROOFS[chosen]) < path.index("device") < path.index("second_factor") < path.index("tokens")
    assert ("enough" in path) == (chosen in Way.CODE | Way.PASSKEY)


@each_path
def test_a_step_that_refuses_ends_it(way: Way, chosen: Way, semantics: Semantics) -> None:
    path = Run(way, chosen, semantics).path()
    for place, name in enumerate(path):
        run = Run(way, chosen, semantics)
        run.refuses = name
        with pytest.raises(NotAuthorized):
            run.go()
        assert run.ran == path[: place + 1]
        assert run.sign_in.tokens is None or place > path.index("tokens")


paths = st.sampled_from(PATHS)


@given(paths, st.sampled_from(Semantics), st.data())
def test_no_run_yields_tokens_before_every_step_of_its_column_has_passed(
    path: tuple[Way, Way], semantics: Semantics, data: st.DataObject
) -> None:
    """However many questions the steps ask, each passes once, in order, and the tokens come behind the last of them."""
    whole = Run(*path, semantics).path()
    before = whole[: whole.index("tokens")]
    run = Run(*path, semantics)
    run.asks = data.draw(st.dictionaries(st.sampled_from(before), st.integers(1, 3)))
    questions = sum(run.asks.values())
    expected = list(asked_and_passed(whole, run.asks))
    for _ in range(questions):
        challenge = run.go()
        assert challenge is not None
        assert run.sign_in.tokens is None
        assert run.sign_in.done == whole[: whole.index(challenge.name)]
        if data.draw(st.booleans()):
            run.refuses = challenge.name
            with pytest.raises(NotAuthorized):
                run.go()
            assert run.sign_in.tokens is None
            return
    assert run.go() is None
    assert run.ran == expected
    assert run.sign_in.tokens is MADE


def asked_and_passed(whole: Iterable[str], asks: dict[str, int]) -> Iterable[str]:
    """The steps as they run: one that asks runs once for each question, and once to pass."""
    for name in whole:
        yield from [name] * (asks.get(name, 0) + 1)


def test_every_flow_has_its_column_and_every_column_a_flow() -> None:
    reached = {*FLOWS.values(), Way.CUSTOM_SRP, *CHOSEN}
    assert reached == set(Way)
    assert {way for way, _ in PATHS} | {way for _, way in PATHS} == set(Way)
