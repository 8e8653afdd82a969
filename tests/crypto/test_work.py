"""A proof of work counts for its puzzle, its address and its time, and nothing that is sent in its place raises."""

import json

from altcha import Challenge, Payload, solve_challenge
from hypothesis import given
from hypothesis import strategies as st

from keydesk.crypto.work import puzzle, solved

HERE, SECRET, UNTIL = "192.0.2.1", "s" * 64, 4_000_000_000_000  # in 2096


def proof(text: str) -> str:
    challenge = Challenge.from_dict(json.loads(text))
    solution = solve_challenge(challenge)
    assert solution is not None
    return Payload(challenge, solution).to_base64()


def test_a_solution_counts_for_its_own_puzzle() -> None:
    shown = proof(puzzle(HERE, UNTIL, 1, SECRET))
    assert solved(shown, HERE, UNTIL - 1, SECRET)
    assert not solved(shown, HERE, UNTIL, SECRET)
    assert not solved(shown, "192.0.2.2", UNTIL - 1, SECRET)
    assert not solved(shown, HERE, UNTIL - 1, "t" * 64)


def test_a_solution_is_work() -> None:
    """A counter that nobody looked for is none, but for luck that a second puzzle does not have."""
    wrong = []
    for _ in range(3):
        challenge = Challenge.from_dict(json.loads(puzzle(HERE, UNTIL, 1, SECRET)))
        solution = solve_challenge(challenge)
        assert solution is not None
        solution.counter += 1
        wrong.append(solved(Payload(challenge, solution).to_base64(), HERE, 0, SECRET))
    assert wrong == [False] * 3


@given(st.one_of(st.text(max_size=60), st.binary(max_size=60).map(lambda raw: raw.hex())))
def test_nonsense_is_no_solution(said: str) -> None:
    assert not solved(said, HERE, 0, SECRET)
