"""Mail through one SMTP server, named by a URL. Blocks, so the courier calls it on threads of its own.

A code must not cross a network in the clear: `smtp://` insists on STARTTLS unless the server is on this machine or the
URL says `?tls=off`. A password is never sent without TLS beyond this machine.
"""

import smtplib
import ssl
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, make_msgid, parseaddr
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from keydesk.errors import CodeDeliveryFailure
from keydesk.messages.message import Message
from keydesk.settings import SettingFault

SECONDS = 10.0  # for each answer of the server


@dataclass(frozen=True, slots=True)
class Server:
    """A mail server as the setting `smtp_url` names it."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    tls_at_once: bool = False  # smtps
    tls_off: bool = False

    @classmethod
    def at(cls, url: str) -> "Server":
        """From `smtp://user:password@host:587` or `smtps://host:465`. Raises SettingFault, without the password."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise SettingFault("smtp_url is not a URL") from None
        if parts.query not in ("", "tls=off"):
            raise SettingFault("smtp_url may end in ?tls=off, and in no other query")
        if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
            raise SettingFault("smtp_url must be smtp://[user:password@]host[:port] or smtps://…")
        secure = parts.scheme == "smtps"
        return cls(
            host=parts.hostname,
            port=port or (465 if secure else 587),
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls_at_once=secure,
            tls_off=not secure and parts.query == "tls=off",
        )

    @property
    def is_local(self) -> bool:
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def __repr__(self) -> str:
        return f"Server({self.host}:{self.port})"


def deliver(server: Server, message: Message, sender: str) -> None:
    """Hand one mail over. Raises CodeDeliveryFailure; its detail says why, without the message."""
    try:
        mail = written(message, sender)
        with _connected(server) as line:
            line.send_message(mail)
    except (OSError, smtplib.SMTPException, MessageError, ValueError) as fault:
        raise CodeDeliveryFailure(detail=f"{server!r}: {_reason(fault)}") from None


def written(message: Message, sender: str) -> EmailMessage:
    """The mail as it travels. Raises ValueError for an address or a header that holds more than it may."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = _address(message.sender or sender)
    mail["To"] = Address(addr_spec=message.to)
    if message.reply_to:
        mail["Reply-To"] = _address(message.reply_to)
    mail["Subject"] = message.subject
    mail["Date"] = formatdate(usegmt=True)
    mail["Message-ID"] = make_msgid(domain=mail["From"].addresses[0].domain or "localhost")
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.body, subtype="html" if message.html else "plain")
    return mail


def _connected(server: Server) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls_at_once:
        line: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=SECONDS, context=context)
    else:
        line = smtplib.SMTP(server.host, server.port, timeout=SECONDS)
    try:
        line.ehlo()
        secure = server.tls_at_once or _secured(line, server, context)
        if server.user:
            if not secure and not server.is_local:
                raise smtplib.SMTPException("a password is not sent without TLS")
            line.login(server.user, server.password)
    except BaseException:
        line.close()
        raise
    return line


def _secured(line: smtplib.SMTP, server: Server, context: ssl.SSLContext) -> bool:
    """Whether the line is under TLS now. Raises where it must be and cannot."""
    if server.tls_off:
        return False
    if not line.has_extn("starttls"):
        if server.is_local:
            return False
        raise smtplib.SMTPException("the server offers no STARTTLS; smtp_url may end in ?tls=off to do without")
    line.starttls(context=context)
    line.ehlo()
    return True


def _address(text: str) -> Address:
    if "\r" in text or "\n" in text:
        raise ValueError("an address has one line")
    name, address = parseaddr(text)
    return Address(display_name=name, addr_spec=address)


def _reason(fault: Exception) -> str:
    """What went wrong, in a line; a server's answer may quote the mail, so of it only the code is told."""
    if isinstance(fault, smtplib.SMTPRecipientsRefused):
        return "the recipient was refused"
    if isinstance(fault, smtplib.SMTPResponseException):
        return f"the server answered {fault.smtp_code}"
    if isinstance(fault, MessageError | ValueError) and not isinstance(fault, OSError):  # a bad certificate is both
        return "an address is not valid"
    return f"{type(fault).__name__}: {fault}"
