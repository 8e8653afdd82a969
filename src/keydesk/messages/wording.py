"""What the words of a custom message function are held to: their placeholders, and how long a message may be."""

from typing import Final

from keydesk.errors import InvalidLambdaResponse
from keydesk.messages.compose import CODE, USERNAME, Kind, Words
from keydesk.messages.message import Medium, Message

NEEDED: Final = {Kind.INVITATION: (CODE, USERNAME), Kind.WELCOME: (USERNAME,)}  # of any other kind, the code
LONGEST: Final = {"smsMessage": 140, "emailMessage": 20_000, "emailSubject": 140}  # characters, the code included


def check(kind: Kind, said: Words, message: Message) -> None:
    """Judges the words that went into this message, no others. Raises InvalidLambdaResponse.

    An invitation without the user name or the password would leave its reader outside, a code message without its code.
    """
    needed = NEEDED.get(kind, (CODE,))
    if message.medium is Medium.SMS:
        _check("smsMessage", said.sms, message.body, needed)
    else:
        _check("emailMessage", said.mail, message.body, needed)
        _check("emailSubject", said.subject, message.subject, ())


def _check(member: str, said: str, filled: str, needed: tuple[str, ...]) -> None:
    """`filled` is what was said with the placeholders filled."""
    if not said:
        return
    for placeholder in needed:
        if placeholder not in said:
            raise InvalidLambdaResponse(f"The {member} of CustomMessage must contain {placeholder}.")
    if len(filled) > LONGEST[member]:
        raise InvalidLambdaResponse(f"The {member} of CustomMessage must have at most {LONGEST[member]} characters.")
