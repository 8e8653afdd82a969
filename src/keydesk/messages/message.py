"""One message to one person, ready to be sent."""

from enum import StrEnum

import msgspec


class Medium(StrEnum):
    """How a message travels; the names are those of CodeDeliveryDetails."""

    EMAIL = "EMAIL"
    SMS = "SMS"

    @classmethod
    def of(cls, attribute: str) -> "Medium":
        """The medium that reaches an attribute: `email` or `phone_number`."""
        return cls.SMS if attribute == "phone_number" else cls.EMAIL


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """`code` is the secret inside (a code, a temporary password), which the outbox shows apart. Never log a message."""

    to: str
    medium: Medium
    subject: str  # empty for SMS
    body: str
    code: str
    html: bool = False  # whether the body of a mail is markup
    sender: str = ""  # as `Name <address>`; empty means the server's own
    reply_to: str = ""
    pool: str = ""  # id of the pool whose user it is for

    def __repr__(self) -> str:
        return f"Message({self.medium.value})"
