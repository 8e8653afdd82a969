"""The words of a message: the pool's before the server's own, filled once, and escaped where they are HTML."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.contract import samples

from keydesk.domain.pool import Factors
from keydesk.messages.compose import CODE, DEFAULTS, Kind, Words, compose, is_html
from keydesk.messages.message import Medium, Message
from keydesk.shapes.types import (
    AdminCreateUserConfigType,
    EmailConfigurationType,
    EmailMfaConfigType,
    MessageTemplateType,
    VerificationMessageTemplateType,
)

MAIL = (Medium.EMAIL, "me@example.com")
SMS = (Medium.SMS, "+15550100")


def composed(kind: Kind = Kind.SIGN_UP, to: tuple[Medium, str] = MAIL, username: str = "ada", **said: Any) -> Message:
    return compose(kind, samples.pool(**said), to, username, "314159")


@pytest.mark.parametrize("kind", [kind for kind in DEFAULTS if kind is not Kind.WELCOME])
def test_every_kind_has_words_of_the_servers_own_with_the_code_in_them(kind: Kind) -> None:
    mail, text = composed(kind), composed(kind, SMS)
    assert (mail.to, mail.medium, mail.code) == ("me@example.com", Medium.EMAIL, "314159")
    assert mail.subject == DEFAULTS[kind].subject
    assert (text.to, text.medium, text.code, text.subject) == ("+15550100", Medium.SMS, "314159", "")
    for message in (mail, text):
        assert "314159" in message.body
        assert CODE not in message.body
        assert ("ada" in message.body) is (kind is Kind.INVITATION)
    assert not mail.html
    assert (mail.sender, mail.reply_to) == ("", "")


@pytest.mark.parametrize("kind", [Kind.SIGN_UP, Kind.RESEND, Kind.FORGOT_PASSWORD, Kind.UPDATE, Kind.VERIFY])
def test_the_pools_template_goes_before_its_older_members_and_these_before_the_servers_own(kind: Kind) -> None:
    older = {
        "email_verification_subject": "older subject",
        "email_verification_message": "older {####}",
        "sms_verification_message": "older text {####}",
    }
    template = VerificationMessageTemplateType(email_message="newer {####}")
    mail = composed(kind, **older, verification_message_template=template)
    assert (mail.subject, mail.body) == ("older subject", "newer 314159")
    assert composed(kind, SMS, **older, verification_message_template=template).body == "older text 314159"
    assert composed(kind, verification_message_template=template).subject == DEFAULTS[kind].subject


@pytest.mark.parametrize("to", [MAIL, SMS])
def test_a_welcome_names_the_user_and_no_password(to: tuple[Medium, str]) -> None:
    """A pool's invitation speaks of a temporary password; whoever was migrated has none."""
    template = MessageTemplateType(email_message="{username} {####}", sms_message="{####} for {username}")
    config = AdminCreateUserConfigType(invite_message_template=template)
    told = compose(Kind.WELCOME, samples.pool(admin_create_user_config=config), to, "ada", "")
    assert told.body == "Your account has moved here. Your user name is ada."
    assert (told.subject, told.code) == ("Your account has moved" if to is MAIL else "", "")


def test_an_invitation_has_words_of_its_own() -> None:
    template = MessageTemplateType(
        email_subject="Come, {username}", email_message="{username} {####}", sms_message="{####} for {username}"
    )
    config = AdminCreateUserConfigType(invite_message_template=template)
    said = {"admin_create_user_config": config, "email_verification_message": "not this {####}"}
    mail = composed(Kind.INVITATION, **said)
    assert (mail.subject, mail.body) == ("Come, ada", "ada 314159")
    assert composed(Kind.INVITATION, SMS, **said).body == "314159 for ada"
    assert composed(Kind.SIGN_UP, **said).body == "not this 314159"


def test_a_code_at_sign_in_has_words_of_its_own() -> None:
    factors = Factors(email=EmailMfaConfigType(subject="Your code", message="mail {####}"))
    said = {"sms_authentication_message": "text {####}", "email_verification_message": "not this"}
    pool = replace(samples.pool(**said), factors=factors)
    mail = compose(Kind.SIGN_IN, pool, MAIL, "ada", "314159")
    assert (mail.subject, mail.body) == ("Your code", "mail 314159")
    assert compose(Kind.SIGN_IN, pool, SMS, "ada", "314159").body == "text 314159"
    assert composed(Kind.SIGN_IN, **said).body == DEFAULTS[Kind.SIGN_IN].mail.replace(CODE, "314159")
    assert composed(Kind.SIGN_UP, SMS, **said).body == DEFAULTS[Kind.SIGN_UP].sms.replace(CODE, "314159")


@pytest.mark.parametrize("kind", DEFAULTS)
def test_the_words_of_a_function_go_before_the_pools_one_by_one(kind: Kind) -> None:
    pool = samples.pool(email_verification_subject="the pool's", email_verification_message="the pool's {####}")
    mail = compose(kind, pool, MAIL, "ada", "314159", said=Words(mail="said {####}"))
    assert mail.body == "said 314159"
    assert mail.subject == composed(kind, email_verification_subject="the pool's").subject
    assert compose(kind, pool, SMS, "ada", "314159", said=Words(sms="short {####}")).body == "short 314159"


def test_the_pool_names_who_it_comes_from() -> None:
    config = EmailConfigurationType(from_="The Desk <desk@example.com>", reply_to_email_address="help@example.com")
    mail = composed(email_configuration=config)
    assert (mail.sender, mail.reply_to) == ("The Desk <desk@example.com>", "help@example.com")


def test_what_is_put_into_markup_is_escaped_and_into_plain_text_not() -> None:
    name = "<script>\"&'"
    template = MessageTemplateType(email_message="<p>{username}: {####}</p>", sms_message="{username}: {####}")
    config = AdminCreateUserConfigType(invite_message_template=template)
    mail = composed(Kind.INVITATION, username=name, admin_create_user_config=config)
    assert mail.html
    assert mail.body == "<p>&lt;script&gt;&quot;&amp;&#x27;: 314159</p>"
    text = composed(Kind.INVITATION, SMS, name, admin_create_user_config=config)
    assert text.body == f"{name}: 314159"


def test_nothing_is_escaped_where_markup_is_only_text() -> None:
    """A subject and an SMS are never HTML, whatever they look like: a temporary password must arrive as it is."""
    template = MessageTemplateType(email_subject="<Acme> {username}", sms_message="<Acme> {username}: {####}")
    config = AdminCreateUserConfigType(invite_message_template=template)
    pool = samples.pool(admin_create_user_config=config)
    assert compose(Kind.INVITATION, pool, SMS, "a&b", "Pa<ss&1").body == "<Acme> a&b: Pa<ss&1"
    assert compose(Kind.INVITATION, pool, MAIL, "a&b", "Pa<ss&1").subject == "<Acme> a&b"


@given(username=st.text(min_size=1, max_size=128))
def test_no_user_name_breaks_out_of_what_it_is_put_into(username: str) -> None:
    """No second line for the subject, no placeholder of its own, and no markup among markup."""
    template = MessageTemplateType(email_subject="Come {username}", email_message="<p>{username}|{####}</p>")
    config = AdminCreateUserConfigType(invite_message_template=template)
    mail = composed(Kind.INVITATION, username=username + CODE, admin_create_user_config=config)
    assert len(mail.subject.splitlines()) == 1
    assert mail.body.endswith(f"{CODE}|314159</p>")
    assert mail.body.count("<") == 2


@given(username=st.text(min_size=1, max_size=128))
def test_a_plain_invitation_stays_plain_whoever_it_is_for(username: str) -> None:
    """A mail is HTML where its template is; markup in a user name is text."""
    mail = composed(Kind.INVITATION, username=username + "<b>bold</b>")
    assert not mail.html
    assert f"{username}<b>bold</b>" in mail.body


def test_markup_is_told_from_an_angle() -> None:
    for text in ("<p>", "</p>", "<!doctype html>", "a <B>"):
        assert is_html(text)
    for text in ("a < b", "<3", "1<2>1", "plain"):
        assert not is_html(text)
