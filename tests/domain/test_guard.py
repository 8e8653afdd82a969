"""What a guard is, and what is none."""

import pytest

from keydesk.domain import guard
from keydesk.domain.guard import UNGUARDED, Guard, GuardFault


def test_without_a_tag_nothing_is_guarded() -> None:
    assert guard.of(None, "PreSignUp") == guard.of({"keydesk:guard:PreToken": "{}"}, "PreSignUp") == UNGUARDED
    assert (UNGUARDED.seconds, UNGUARDED.failures, UNGUARDED.percent, UNGUARDED.allows) == (5.0, 0, 0, False)


def test_a_tag_says_what_differs() -> None:
    said = '{"seconds": 1.5, "failures": 3, "then": "allow", "answer": {"a": 1}}'
    found = guard.of({"keydesk:guard:PreSignUp": said}, "PreSignUp")
    assert found == Guard(seconds=1.5, failures=3, then="allow", answer={"a": 1})
    assert found.allows


@pytest.mark.parametrize(
    "said",
    [
        "",
        "[]",
        "null",
        '{"seconds": 0}',
        '{"seconds": 5.1}',
        '{"failures": -1}',
        '{"percent": 101}',
        '{"pause": 0}',
        '{"then": "ask"}',
        '{"answer": {"a": 1}}',
        '{"more": 1}',
    ],
)
def test_anything_else_is_told(said: str) -> None:
    with pytest.raises(GuardFault):
        guard.parse(said)
