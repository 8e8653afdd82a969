"""Mail through a real mail server: what arrives, TLS before a code or a password, and what a failure tells."""

import email
import email.policy
import re
import socket
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from tests.messages.post_office import certified, post_office
from tests.serving import Pool, serving

from keydesk.errors import CodeDeliveryFailure
from keydesk.messages import smtp
from keydesk.messages.message import Medium, Message
from keydesk.messages.smtp import Server, deliver
from keydesk.settings import SettingFault

SENDER = "no-reply@example.com"
SECRET = "314159"


def message(**more: Any) -> Message:
    known = {
        "to": "me@example.com",
        "medium": Medium.EMAIL,
        "subject": "A code",
        "body": f"The code: {SECRET}",
        "code": SECRET,
    }
    return Message(**(known | more))


def read(mail: bytes) -> EmailMessage:
    parsed = email.message_from_bytes(mail, policy=email.policy.default)
    assert isinstance(parsed, EmailMessage)
    return parsed


def failed(server: Server, sent: Message | None = None, sender: str = SENDER) -> str:
    with pytest.raises(CodeDeliveryFailure) as caught:
        deliver(server, sent or message(), sender)
    assert caught.value.sentence == CodeDeliveryFailure.default
    assert SECRET not in caught.value.detail
    return caught.value.detail


# --- the setting ---


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.com", Server("mail.example.com", 587)),
        ("smtp://mail.example.com:25?tls=off", Server("mail.example.com", 25, tls_off=True)),
        ("smtps://me:p%40ss%2Fword@mail.example.com", Server("mail.example.com", 465, "me", "p@ss/word", True)),
        ("smtps://[::1]:4650?tls=off", Server("::1", 4650, tls_at_once=True)),
    ],
)
def test_a_url_names_a_server(url: str, server: Server) -> None:
    assert Server.at(url) == server


@pytest.mark.parametrize(
    "url",
    ["mail.example.com", "http://a:hidden@mail", "smtp://", "smtp://a:hidden@mail:9x", "smtp://a:hidden@m?tls=of"],
)
def test_what_is_no_such_url_is_said_without_the_password(url: str) -> None:
    with pytest.raises(SettingFault) as caught:
        Server.at(url)
    assert "hidden" not in str(caught.value)


def test_the_password_does_not_show() -> None:
    assert "hidden" not in repr(Server.at("smtp://me:hidden@mail.example.com"))


@pytest.mark.parametrize(
    ("host", "local"), [("127.0.0.9", True), ("::1", True), ("localhost", True), ("10.0.0.1", False), ("mail", False)]
)
def test_this_machine_is_told_from_others(host: str, local: bool) -> None:
    assert Server(host, 25).is_local is local


# --- what arrives ---


def test_a_mail_arrives_whole() -> None:
    text = f"The code: {SECRET}\n.\nEin Schlüssel für dich: " + "lang " * 400
    with post_office() as office:
        sent = message(
            body=text, subject="Dein Schlüssel", sender="The Desk <desk@example.com>", reply_to="help@example.com"
        )
        deliver(Server("127.0.0.1", office.port), sent, SENDER)
    mail = read(office.mails[0])
    assert (mail["From"], mail["To"], mail["Reply-To"]) == (
        "The Desk <desk@example.com>",
        "me@example.com",
        "help@example.com",
    )
    assert mail["Subject"] == "Dein Schlüssel"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Message-ID"].endswith("@example.com>")
    assert mail["Date"].datetime.tzinfo is not None
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().replace("\r\n", "\n") == text + "\n"
    assert max(len(line) for line in office.mails[0].splitlines()) <= 998  # RFC 5321 4.5.3.1.6
    said = [command.lower() for command in office.commands]  # they may be of any case: RFC 5321 2.4
    assert said[1:3] == ["mail from:<desk@example.com>", "rcpt to:<me@example.com>"]


def test_markup_goes_as_html_and_a_message_without_a_sender_has_the_servers_own() -> None:
    with post_office() as office:
        deliver(Server("127.0.0.1", office.port), message(body=f"<b>{SECRET}</b>", html=True), SENDER)
    mail = read(office.mails[0])
    assert mail.get_content_type() == "text/html"
    assert mail.get_content().strip() == f"<b>{SECRET}</b>"
    assert mail["From"] == SENDER
    assert mail["Reply-To"] is None


@pytest.mark.parametrize(
    "more",
    [
        {"to": "me@example.com\r\nBcc: other@example.com"},
        {"to": "me@example.com, other@example.com"},
        {"to": "me@example.com>\r\nRCPT TO:<other@example.com"},
        {"subject": "A code\r\nBcc: other@example.com"},
        {"subject": "A code\nBcc: other@example.com"},
        {"sender": "The Desk\r\nBcc: other@example.com <desk@example.com>"},
        {"reply_to": "help@example.com\nBcc: other@example.com"},
    ],
)
def test_nothing_brings_a_header_or_a_recipient_along(more: dict[str, str]) -> None:
    with post_office() as office:
        assert failed(Server("127.0.0.1", office.port), message(**more)).endswith("an address is not valid")
    assert office.mails == []
    assert not any("other@example.com" in command for command in office.commands)


# --- TLS ---


def test_a_code_and_a_password_go_under_tls_where_the_server_offers_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certified(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(path))
    for at_once in (False, True):
        with post_office(tls=context, at_once=at_once) as office:
            deliver(Server("localhost", office.port, "me", "hidden", at_once), message(), SENDER)
        assert office.secured == [True]
        assert office.login == "\0me\0hidden"
        assert ("STARTTLS" in [command.upper() for command in office.commands]) is not at_once


def test_a_server_that_cannot_prove_who_it_is_gets_nothing(tmp_path: Path) -> None:
    _, context = certified(tmp_path)
    for at_once in (False, True):
        with post_office(tls=context, at_once=at_once) as office:
            detail = failed(Server("127.0.0.1", office.port, "me", "hidden", at_once))
        assert "CERTIFICATE_VERIFY_FAILED" in detail
        assert (office.mails, office.login) == ([], "")


def test_beyond_this_machine_nothing_goes_in_the_clear(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mail server stands here, and is spoken to as if it stood elsewhere."""
    monkeypatch.setattr(Server, "is_local", property(lambda server: False))
    with post_office() as office:
        assert "offers no STARTTLS" in failed(Server("127.0.0.1", office.port))
        assert "password is not sent without TLS" in failed(
            Server("127.0.0.1", office.port, "me", "hidden", tls_off=True)
        )
        assert (office.mails, office.login) == ([], "")
        deliver(Server("127.0.0.1", office.port, tls_off=True), message(), SENDER)
    assert office.secured == [False]


def test_on_this_machine_a_plain_server_will_do() -> None:
    with post_office() as office:
        deliver(Server("127.0.0.1", office.port, "me", "hidden"), message(), SENDER)
    assert (office.secured, office.login) == ([False], "\0me\0hidden")


# --- failures ---


@pytest.mark.parametrize(
    ("refuses", "why"),
    [("RCPT", "the recipient was refused"), ("MAIL", "the server answered 550"), ("AUTH", "the server answered 550")],
)
def test_a_refusal_is_told_without_what_it_quotes(refuses: str, why: str) -> None:
    with post_office(refuses=refuses) as office:
        detail = failed(Server("127.0.0.1", office.port, "me", "hidden"))
        assert detail == f"Server(127.0.0.1:{office.port}): {why}"
    assert office.mails == []


def test_a_server_that_is_not_there_or_says_nothing_is_a_failure_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "SECONDS", 0.2)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        there = Server("127.0.0.1", taken.getsockname()[1])
        assert "ConnectionRefusedError" in failed(there)
        taken.listen()
        assert "timed out" in failed(there)


# --- from the API to the mail server ---


def test_what_the_api_sends_arrives(tmp_path: Path) -> None:
    """A code and an invitation; a user name with markup in it stays text, and a template with markup escapes it."""
    words = {"EmailSubject": "Come", "EmailMessage": "<p>{username}</p><b>{####}</b>"}
    with post_office() as office, serving(tmp_path, smtp_url=f"smtp://127.0.0.1:{office.port}") as server:
        pool = Pool(server, AutoVerifiedAttributes=["email"])
        pool.sign_up("<b>ada</b>", attributes={"email": "ada@example.com"})
        pool.api.confirm_sign_up(
            ClientId=pool.client, Username="<b>ada</b>", ConfirmationCode=digits(read(office.mails[0]))
        )
        invite = {"MessageAction": "RESEND", "UserPoolId": pool.id, "Username": "<b>ada</b>"}
        pool.api.admin_set_user_password(UserPoolId=pool.id, Username="<b>ada</b>", Password="Temporary-1")
        pool.api.admin_create_user(**invite)
        pool.api.update_user_pool(UserPoolId=pool.id, AdminCreateUserConfig={"InviteMessageTemplate": words})
        pool.api.admin_create_user(**invite)
        assert server.outbox("ada@example.com") == []
    plain, marked = map(read, office.mails[1:])
    assert plain.get_content_type() == "text/plain"
    assert "<b>ada</b>" in plain.get_content()
    assert marked.get_content_type() == "text/html"
    assert "<p>&lt;b&gt;ada&lt;/b&gt;</p>" in marked.get_content()


def digits(mail: EmailMessage) -> str:
    found = re.search(r"\d{6}", mail.get_content())
    assert found is not None
    return found[0]
