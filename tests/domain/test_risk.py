"""The score: what each sign is worth, and when it is there."""

from typing import Any

import pytest

from keydesk.domain.auth_event import AuthEvent, EventKind, Feedback, Response
from keydesk.domain.risk import SIGNS, SOON, Look, level
from keydesk.domain.user_context import UserContext

NOW = 1_800_000_000_000
HOME = UserContext(address="192.0.2.7", device="kind:Windows, Chrome")
AWAY = UserContext(address="198.51.100.7", device="kind:Linux, Firefox")
SIX = UserContext(address="2001:db8::1", device=HOME.device)


def event(context: UserContext = HOME, ago: int = SOON, **more: Any) -> AuthEvent:
    usual = {"id": "e", "sub": "s", "kind": EventKind.SIGN_IN, "response": Response.PASS}
    return AuthEvent(**{**usual, "at": NOW - ago, "context": context, **more})


def said(value: str, context: UserContext = HOME, **more: Any) -> AuthEvent:
    return event(context, feedback=Feedback(value, "Admin", NOW), **more)


def look(context: UserContext, *past: AuthEvent, failures: int = 0, blocked: bool = False) -> Look:
    return Look(context, NOW, failures, blocked, past)


@pytest.mark.parametrize(
    ("wanted", "seen"),
    [
        ("", look(AWAY)),  # nothing to compare with
        ("", look(HOME, event())),
        ("", look(UserContext(), event())),  # nobody knows from where
        ("", look(UserContext(address="192.0.2.250", device=HOME.device), event())),  # the same network
        ("Low", look(UserContext(address=HOME.address, device=AWAY.device), event())),
        ("Low", look(UserContext(address=AWAY.address, device=HOME.device), event())),
        ("", look(UserContext(address="2001:db8::ffff", device=HOME.device), event(SIX))),
        ("Low", look(UserContext(address="2001:db8:0:1::1", device=HOME.device), event(SIX))),
        ("Medium", look(AWAY, event())),
        ("High", look(AWAY, event(ago=SOON - 1))),
        ("", look(AWAY, event(HOME), event(AWAY, ago=2 * SOON))),  # known from before
        ("Low", look(HOME, event(), failures=3)),
        ("", look(HOME, event(), failures=2)),
        ("High", look(HOME, event(), blocked=True)),
        ("High", look(HOME, event(AWAY), said("Invalid", HOME))),
        ("", look(HOME, said("Valid", HOME, response=Response.FAIL))),
        ("Low", look(UserContext(device=HOME.device), said("Invalid"), event(AWAY))),  # a kind is many people's
        ("High", look(UserContext(device="id:1"), said("Invalid", UserContext(device="id:1")))),
    ],
)
def test_what_a_sign_in_is_held_against(wanted: str, seen: Look) -> None:
    assert level(seen) == wanted


def test_each_sign_alone_is_worth_its_points() -> None:
    assert [sign.points for sign in SIGNS] == [1, 1, 1, 1, 3, 3]
    assert all(sign.says for sign in SIGNS)
