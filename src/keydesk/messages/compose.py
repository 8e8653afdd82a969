"""The words of a message: the pool's templates, else the server's own. `{####}` is the code, `{username}` the user.

A template with markup is HTML, so what is put into it is escaped; a user name may hold anything that prints.
"""

import re
from dataclasses import dataclass
from enum import Enum, auto
from html import escape
from typing import Final

from keydesk.domain.pool import Pool
from keydesk.messages.message import Medium, Message
from keydesk.shapes.types import (
    EmailConfigurationType,
    EmailMfaConfigType,
    MessageTemplateType,
    VerificationMessageTemplateType,
)

CODE: Final = "{####}"
USERNAME: Final = "{username}"
_MARKUP: Final = re.compile(r"<[A-Za-z!/]")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


class Kind(Enum):
    """Why a message is sent."""

    SIGN_UP = auto()
    RESEND = auto()  # a new code for a sign-up
    FORGOT_PASSWORD = auto()
    UPDATE = auto()  # an address or number is new
    VERIFY = auto()  # the user asks to prove one
    INVITATION = auto()
    WELCOME = auto()  # a user was migrated: there is no code to tell
    SIGN_IN = auto()  # a second factor, or a one-time code in place of a password
    NOTICE = auto()  # of a sign-in that looked risky; worded elsewhere, for it holds more than a code


@dataclass(frozen=True, slots=True)
class Words:
    """The texts of one kind, empty where nothing is said; an SMS has no subject."""

    subject: str = ""
    mail: str = ""
    sms: str = ""

    def before(self, other: "Words") -> "Words":
        """Member by member these words, and the other's where nothing is said."""
        return Words(self.subject or other.subject, self.mail or other.mail, self.sms or other.sms)


_SIGN_UP: Final = Words(
    "Confirm your account",
    "To confirm your account, enter this code: {####}",
    "Enter {####} to confirm your account.",
)
_ATTRIBUTE: Final = Words(
    "Confirm your e-mail address",
    "To confirm that this address is yours, enter this code: {####}",
    "Enter {####} to confirm this number.",
)
DEFAULTS: Final = {
    Kind.SIGN_UP: _SIGN_UP,
    Kind.RESEND: _SIGN_UP,
    Kind.FORGOT_PASSWORD: Words(
        "Choose a new password",
        "To choose a new password, enter this code: {####}\n\nIf you did not ask for it, you need not do anything.",
        "Enter {####} to choose a new password.",
    ),
    Kind.UPDATE: _ATTRIBUTE,
    Kind.VERIFY: _ATTRIBUTE,
    Kind.INVITATION: Words(
        "Your new account",
        "An account was made for you. Sign in as {username} with the temporary password {####}",
        "Sign in as {username} with the temporary password {####}",
    ),
    Kind.WELCOME: Words(
        "Your account has moved",
        "Your account has moved here. Your user name is {username}.",
        "Your account has moved here. Your user name is {username}.",
    ),
    Kind.SIGN_IN: Words(
        "Your sign-in code",
        "To sign in, enter this code: {####}\n\nTell it to nobody.",
        "Enter {####} to sign in.",
    ),
}

_NOTHING: Final = Words()


def compose(
    kind: Kind, pool: Pool, to: tuple[Medium, str], username: str, code: str, *, said: Words = _NOTHING
) -> Message:
    """The message: in the words `said`, else the pool's, else our own. `to` is the medium and the address or number."""
    medium, address = to
    words = said.before(_set(kind, pool)).before(DEFAULTS[kind])
    template = words.mail if medium is Medium.EMAIL else words.sms
    html = medium is Medium.EMAIL and is_html(template)
    mail = pool.settings.email_configuration or EmailConfigurationType()
    return Message(
        to=address,
        medium=medium,
        subject=_CONTROL.sub(" ", _filled(words.subject, username, code)) if medium is Medium.EMAIL else "",
        body=_filled(template, username, code, html=html),
        code=code,
        html=html,
        sender=mail.from_ or "",
        reply_to=mail.reply_to_email_address or "",
        pool=pool.id,
    )


def is_html(text: str) -> bool:
    """Whether a template has markup in it, so that its mail is HTML. What is put into it makes no difference."""
    return _MARKUP.search(text) is not None


def _set(kind: Kind, pool: Pool) -> Words:
    """The pool's own words. It has none for a welcome: its invitations tell a temporary password."""
    if kind is Kind.WELCOME:
        return _NOTHING
    if kind is Kind.INVITATION:
        return _invitation(pool)
    return _sign_in(pool) if kind is Kind.SIGN_IN else _verification(pool)


def _invitation(pool: Pool) -> Words:
    config = pool.settings.admin_create_user_config
    said = (config.invite_message_template if config else None) or MessageTemplateType()
    return Words(said.email_subject or "", said.email_message or "", said.sms_message or "")


def _sign_in(pool: Pool) -> Words:
    """Mail is worded by SetUserPoolMfaConfig, which the pool's other settings do not show."""
    mail = pool.factors.email or EmailMfaConfigType()
    return Words(mail.subject or "", mail.message or "", pool.settings.sms_authentication_message or "")


def _verification(pool: Pool) -> Words:
    """The template, else the three older members that tell the same."""
    settings = pool.settings
    said = settings.verification_message_template or VerificationMessageTemplateType()
    return Words(
        said.email_subject or settings.email_verification_subject or "",
        said.email_message or settings.email_verification_message or "",
        said.sms_message or settings.sms_verification_message or "",
    )


def _filled(template: str, username: str, code: str, *, html: bool = False) -> str:
    """The template with both placeholders filled in one pass, so that a user name cannot bring a placeholder along.

    Only the body of a mail is ever `html`: a subject or an SMS that looks like markup is text, and shown as it is.
    """
    told = {CODE: code, USERNAME: username}
    if html:
        told = {placeholder: escape(value) for placeholder, value in told.items()}
    parts = re.split(r"(\{####\}|\{username\})", template)
    return "".join(told.get(part, part) for part in parts)
