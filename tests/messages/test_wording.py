"""What a function's words are held to: judged where they are used, as long as they are with the code in them."""

import pytest
from tests.contract import samples

from keydesk.errors import InvalidLambdaResponse
from keydesk.messages import wording
from keydesk.messages.compose import DEFAULTS, Kind, Words, compose
from keydesk.messages.message import Medium

MAIL, SMS = (Medium.EMAIL, "me@example.com"), (Medium.SMS, "+15550100")


def judged(said: Words, to: tuple[Medium, str] = MAIL, kind: Kind = Kind.SIGN_UP, username: str = "ada") -> None:
    wording.check(kind, said, compose(kind, samples.pool(), to, username, "314159", said=said))


@pytest.mark.parametrize("kind", DEFAULTS)
def test_where_nothing_is_said_nothing_is_wrong(kind: Kind) -> None:
    judged(Words(), MAIL, kind)
    judged(Words(), SMS, kind)


def test_only_what_goes_into_the_message_is_judged() -> None:
    judged(Words(sms="no code", mail="{####}"), MAIL)
    judged(Words(sms="{####}", mail="no code", subject="a" * 999), SMS)


@pytest.mark.parametrize(("said", "to"), [(Words(mail="no code"), MAIL), (Words(sms="no code"), SMS)])
def test_a_message_without_its_code_is_refused(said: Words, to: tuple[Medium, str]) -> None:
    with pytest.raises(InvalidLambdaResponse, match=r"must contain \{####\}"):
        judged(said, to)


def test_an_invitation_needs_the_name_too_and_its_subject_needs_neither() -> None:
    with pytest.raises(InvalidLambdaResponse, match=r"must contain \{username\}"):
        judged(Words(mail="{####}"), kind=Kind.INVITATION)
    judged(Words(mail="{####} {username}", subject="Come"), kind=Kind.INVITATION)
    judged(Words(mail="{####}"), kind=Kind.SIGN_IN)


def test_a_welcome_needs_the_name_and_no_code() -> None:
    judged(Words(mail="{username}"), kind=Kind.WELCOME)
    with pytest.raises(InvalidLambdaResponse, match=r"must contain \{username\}"):
        judged(Words(mail="{####}"), kind=Kind.WELCOME)


def test_what_is_put_in_counts() -> None:
    judged(Words(sms="{####}{username}" + "a" * 124), SMS, username="b" * 10)
    with pytest.raises(InvalidLambdaResponse, match="at most 140"):
        judged(Words(sms="{####}{username}" + "a" * 124), SMS, username="b" * 11)
