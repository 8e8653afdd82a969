"""Notices: the pool's words or the server's own, filled with what happened and nothing else."""

import pytest
from tests.contract.samples import pool

from keydesk.messages.notice import Event, Words, compose
from keydesk.shapes.types import EmailConfigurationType, NotifyEmailType

EVENT = Event(
    id="e-1",
    at=1_800_000_000_000,
    username="<a>{event-id}",
    address="",
    device="Linux, curl",
    token="t-1",
    page="https://p/x",
)
NOTHING = Words(None, "", "")


@pytest.mark.parametrize("action", ["BLOCK", "NO_ACTION", "MFA_REQUIRED", "MFA_IF_CONFIGURED"])
def test_without_words_of_the_pool_the_server_has_its_own(action: str) -> None:
    mail = EmailConfigurationType(from_="desk@example.com", reply_to_email_address="help@example.com")
    made = compose(action, "a@example.com", pool(email_configuration=mail), NOTHING, EVENT)
    assert made.subject
    assert "Time: 2027-01-15 08:00:00 UTC\nDevice: Linux, curl\nAddress: unknown\n" in made.body
    assert "say so: https://p/x?user=%3Ca%3E%7Bevent-id%7D&event=e-1&token=t-1&value=Invalid" in made.body
    assert (made.to, made.sender, made.reply_to) == ("a@example.com", "desk@example.com", "help@example.com")
    assert (made.code, made.html, made.pool) == ("t-1", False, pool().id)


def test_a_name_brings_no_markup_and_no_placeholder_along() -> None:
    template = "{username} {event-id} {feedback-token} {city} {nothing} <a href={one-click-link-valid}>"
    html = NotifyEmailType(subject="{username}", html_body=template, text_body="text")
    words = Words(html, "from@example.com", "")
    made = compose("BLOCK", "a@example.com", pool(), words, EVENT)
    assert made.html
    link = "https://p/x?user=%3Ca%3E%7Bevent-id%7D&amp;event=e-1&amp;token=t-1&amp;value=Valid"
    assert made.body == f"&lt;a&gt;{{event-id}} e-1 t-1 unknown {{nothing}} <a href={link}>"
    assert made.subject == "<a>{event-id}"
    assert made.sender == "from@example.com"
    text = compose(
        "BLOCK", "a@example.com", pool(), Words(NotifyEmailType(subject="s", text_body="{username}"), "", ""), EVENT
    )
    assert (text.body, text.html) == ("<a>{event-id}", False)
