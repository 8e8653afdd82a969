"""The words of a notice about a risky sign-in: the pool's, else the server's own, with what happened put in.

Where an address is on the map is not known here, so `{city}` and `{country}` are filled with `unknown`.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from typing import Final
from urllib.parse import urlencode

from keydesk.domain.pool import Pool
from keydesk.messages.message import Medium, Message
from keydesk.shapes.types import NotifyEmailType

_DETAILS: Final = "\n\nTime: {login-time}\nDevice: {device-name}\nAddress: {ip-address}\n\n"
_ADVICE: Final = (
    "Was it you? {one-click-link-valid}\nIf not, change your password, and say so: {one-click-link-invalid}"
)
OWN: Final = {  # subject and text, by what was done
    "BLOCK": (
        "A sign-in to your account was blocked",
        f"Somebody tried to sign in to your account, and was turned away.{_DETAILS}{_ADVICE}",
    ),
    "NO_ACTION": (
        "A new sign-in to your account",
        f"Somebody signed in to your account, in a way that is new.{_DETAILS}{_ADVICE}",
    ),
}
SECOND_FACTOR: Final = (
    "A new sign-in to your account",
    f"Somebody signs in to your account in a way that is new, and was asked for a second factor.{_DETAILS}{_ADVICE}",
)
_PLACEHOLDER: Final = re.compile(r"\{[a-z-]+\}")
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Words:
    """What the pool says: the mail's words, its sender and the address for answers; any may be missing."""

    mail: NotifyEmailType | None
    sender: str
    reply_to: str


@dataclass(frozen=True, slots=True)
class Event:
    """What happened. `at` in epoch milliseconds; `token` lets the reader say whether it was them, on `page`."""

    id: str
    at: int
    username: str
    address: str
    device: str
    token: str
    page: str

    def link(self, value: str) -> str:
        """To the page, which asks whether the event is `Valid` or `Invalid`."""
        return (
            f"{self.page}?{urlencode({'user': self.username, 'event': self.id, 'token': self.token, 'value': value})}"
        )


def compose(action: str, to: str, pool: Pool, words: Words, event: Event) -> Message:
    """The notice of what was done. HTML where the pool has words for it, else text."""
    subject, text = OWN.get(action, SECOND_FACTOR)
    mail = words.mail or NotifyEmailType(subject=subject, text_body=text)
    html = mail.html_body is not None
    sender = pool.settings.email_configuration
    return Message(
        to=to,
        medium=Medium.EMAIL,
        subject=_filled(mail.subject, event, html=False),
        body=_filled(mail.html_body or mail.text_body or text, event, html=html),
        code=event.token,
        html=html,
        sender=words.sender or (sender and sender.from_) or "",
        reply_to=words.reply_to or (sender and sender.reply_to_email_address) or "",
        pool=pool.id,
    )


def _filled(template: str, event: Event, *, html: bool) -> str:
    """In one pass, so that a name cannot bring a placeholder along. An unknown one stays."""
    told = {
        "{username}": event.username,
        "{ip-address}": event.address or UNKNOWN,
        "{city}": UNKNOWN,
        "{country}": UNKNOWN,
        "{login-time}": f"{datetime.fromtimestamp(event.at / 1000, UTC):%Y-%m-%d %H:%M:%S} UTC",
        "{device-name}": event.device,
        "{event-id}": event.id,
        "{feedback-token}": event.token,
        "{one-click-link-valid}": event.link("Valid"),
        "{one-click-link-invalid}": event.link("Invalid"),
    }
    if html:
        told = {placeholder: escape(value) for placeholder, value in told.items()}
    return _PLACEHOLDER.sub(lambda found: told.get(found[0], found[0]), template)
