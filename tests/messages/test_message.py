"""A message: by what it travels, and that it never shows in a log."""

from keydesk.messages.message import Medium, Message


def test_a_number_is_reached_by_sms_and_all_else_by_mail() -> None:
    assert Medium.of("phone_number") is Medium.SMS
    assert Medium.of("email") is Medium.EMAIL


def test_a_message_does_not_show_what_is_in_it() -> None:
    message = Message(to="me@example.com", medium=Medium.EMAIL, subject="a secret", body="secret 271828", code="271828")
    assert repr(message) == str(message) == "Message(EMAIL)"
