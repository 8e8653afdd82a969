"""Reports of one event are one event, in whichever order they arrive."""

from itertools import permutations
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from keydesk.domain.auth_event import Answered, AuthEvent, Decision, EventKind, Feedback, Response, merged, sign_up_id
from keydesk.domain.user_context import UserContext

HERE = UserContext(address="192.0.2.7")


def report(at: int, response: Response, *answered: tuple[int, str, bool], **more: Any) -> AuthEvent:
    told = tuple(Answered(*one) for one in answered)
    return AuthEvent(
        id="e", sub="s", at=at, kind=EventKind.SIGN_IN, response=response, answered=told, request_id=str(at), **more
    )


def test_the_last_word_is_kept_with_all_that_was_answered() -> None:
    password = report(1, Response.IN_PROGRESS, (1, "Password", True), level="Low", decision=Decision.TAKEOVER)
    mistyped = report(2, Response.IN_PROGRESS, (2, "Mfa", False), context=HERE)
    passed = report(3, Response.PASS, (3, "Mfa", True), compromised=True)
    wanted = report(
        1,
        Response.PASS,
        (1, "Password", True),
        (2, "Mfa", False),
        (3, "Mfa", True),
        level="Low",
        decision=Decision.TAKEOVER,
        context=HERE,
        compromised=True,
    )
    for first, second, third in permutations((password, mistyped, passed)):
        found = merged(merged(first, second), third)
        assert (found.at, found.response, found.answered) == (1, Response.PASS, wanted.answered)
        assert (found.level, found.decision, found.compromised) == ("Low", Decision.TAKEOVER, True)
        assert found.context == HERE or first is not mistyped


@given(st.lists(st.sampled_from(list(Response)), min_size=2, max_size=2), st.integers(0, 3), st.integers(0, 3))
def test_either_order_gives_the_same(responses: list[Response], one: int, other: int) -> None:
    first = report(one, responses[0], (one, "Password", True))
    second = report(other, responses[1], (other, "Mfa", False), feedback=Feedback("Valid", "Admin", 5))
    assert merged(first, second) == merged(second, first)
    assert merged(first, second).feedback == second.feedback


def test_what_somebody_says_of_it_counts_more_than_how_it_ended() -> None:
    passed, failed = report(1, Response.PASS), report(1, Response.FAIL)
    invalid = report(1, Response.PASS, feedback=Feedback("Invalid", "User", 2))
    valid = report(1, Response.FAIL, feedback=Feedback("Valid", "User", 2))
    assert [(one.trusted, one.distrusted, one.telling) for one in (passed, failed, invalid, valid)] == [
        (True, False, True),
        (False, False, False),
        (False, True, True),
        (True, False, True),
    ]
    assert sign_up_id("s") == sign_up_id("s") != sign_up_id("t")
