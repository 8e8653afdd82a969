"""The one way by which a user is told anything: a code, or an invitation. Every flow that has a message comes here.

Two functions have a say: `CustomMessage` may word the message, and a custom sender may send it in the server's place. A
sender gets no words, so where one covers the medium nobody is asked for any.
"""

from dataclasses import dataclass
from functools import partial
from html import escape
from typing import Final

import structlog
from msgspec import UNSET

from keydesk.domain.client import Client
from keydesk.domain.pool import Pool, Semantics
from keydesk.domain.user import User
from keydesk.errors import CodeDeliveryFailure, InvalidLambdaResponse, Refusal
from keydesk.flows import delivery, log_delivery
from keydesk.flows.call import Call
from keydesk.flows.delivery import Delivery
from keydesk.flows.occasion import occasion
from keydesk.flows.sealed_codes import sealed_code
from keydesk.messages import wording
from keydesk.messages.compose import CODE, USERNAME, Kind, Words, compose
from keydesk.messages.message import Medium, Message
from keydesk.triggers import event
from keydesk.triggers.catalog import CUSTOM_EMAIL_SENDER, CUSTOM_MESSAGE, CUSTOM_SMS_SENDER
from keydesk.triggers.event import NO_CLIENT, Occasion
from keydesk.triggers.fire import sets
from keydesk.triggers.payloads import CustomMessageRequest, CustomSenderRequest

log = structlog.get_logger("keydesk.letters")

SOURCES: Final = {  # of the three triggers
    Kind.SIGN_UP: "SignUp",
    Kind.RESEND: "ResendCode",
    Kind.FORGOT_PASSWORD: "ForgotPassword",
    Kind.UPDATE: "UpdateUserAttribute",
    Kind.VERIFY: "VerifyUserAttribute",
    Kind.INVITATION: "AdminCreateUser",
    Kind.WELCOME: "AdminCreateUser",
    Kind.SIGN_IN: "Authentication",
    Kind.NOTICE: "AccountTakeOverNotification",
}
TO_NEW_USERS: Final = frozenset({Kind.INVITATION, Kind.WELCOME})
SENDERS: Final = {Medium.EMAIL: CUSTOM_EMAIL_SENDER, Medium.SMS: CUSTOM_SMS_SENDER}
TYPES: Final = {Medium.EMAIL: "customEmailSenderRequestV1", Medium.SMS: "customSMSSenderRequestV1"}
LINK: Final = "{##Click Here##}"  # sent as it always is; a mail with a link in place of a code is not served

TELL_WORDING: Final = frozenset(  # the operations whose ClientMetadata reaches CustomMessage (section 5)
    {
        "AdminResetUserPassword",
        "AdminRespondToAuthChallenge",
        "AdminUpdateUserAttributes",
        "ForgotPassword",
        "GetUserAttributeVerificationCode",
        "ResendConfirmationCode",
        "SignUp",
        "UpdateUserAttributes",
    }
)
TELL_SENDER: Final = frozenset({Kind.SIGN_UP, Kind.FORGOT_PASSWORD, Kind.SIGN_IN})  # for these, the custom senders


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for, and through whom it was asked for.

    `metadata` is the call's ClientMetadata (but of the Initiate calls, where it is validationData): which function sees
    it is decided here. `stranger`: whoever asks has proved nothing yet, so for a client that hides who exists the
    message goes after the answer, and cannot fail (EN-02).
    """

    pool: Pool
    user: User
    client: Client | None = None  # None: an administrator asked
    metadata: dict[str, str] | None = None
    address: str = ""  # where it goes, if not to the stored value of the attribute
    called: str = ""  # the name to sign in with, if it is not the user name
    stranger: bool = False


async def send(kind: Kind, attribute: str, code: str, to: Recipient, call: Call) -> Delivery:
    """Send a code (or temporary password) to the user's `email` or `phone_number`; tells where it went.

    Raises CodeDeliveryFailure, and the Lambda exceptions of the custom message function.
    """
    address = to.address or to.user.attributes[attribute]
    told = delivery.of(attribute, address)
    where = (told.medium, address)
    if to.stranger and to.client is not None and to.client.hides_existence:
        call.desk.courier.after(partial(_send_unheard, kind, where, code, to, call))
    else:
        await _send(kind, where, code, to, call)
    return told


async def notify(message: Message, token: str, to: Recipient, call: Call) -> None:
    """Send a notice, worded already. A custom sender gets its feedback token, as the code."""
    if sets(to.pool, CUSTOM_EMAIL_SENDER):
        await _give(Kind.NOTICE, message.medium, token, to, call)
    else:
        await _hand_over(message, to.pool, call)


async def _hand_over(message: Message, pool: Pool, call: Call) -> None:
    """To the courier; a failure is told to the pool's log group as well. Raises CodeDeliveryFailure."""
    try:
        await call.desk.courier.send(message)
    except CodeDeliveryFailure as fault:
        where = delivery.masked("email" if message.medium is Medium.EMAIL else "phone_number", message.to)
        details = f"The {message.medium.value} message to {where} was not sent: {fault.detail}"
        log_delivery.tell(log_delivery.NOTIFICATION, pool, {"details": details}, call.desk)
        raise


async def _send(kind: Kind, where: tuple[Medium, str], code: str, to: Recipient, call: Call) -> None:
    medium, pool = where[0], to.pool
    if not sets(pool, SENDERS[medium]):
        said = await _words(kind, to, call)
        message = compose(kind, pool, where, to.called or to.user.username, code, said=said)
        wording.check(kind, said, message)
        await _hand_over(message, pool, call)
    elif pool.semantics(call.desk.semantics) is Semantics.AWS:  # nobody waits for a sender (C-18)
        call.desk.courier.after(partial(_give, kind, medium, code, to, call))
    else:
        await _give(kind, medium, code, to, call)


async def _send_unheard(kind: Kind, where: tuple[Medium, str], code: str, to: Recipient, call: Call) -> None:
    """After the answer: what the caller may not hear of is left in the function's log."""
    try:
        await _send(kind, where, code, to, call)
    except CodeDeliveryFailure:
        raise  # the courier has logged it
    except Refusal as refusal:
        log.warning("message not sent", pool=to.pool.id, medium=where[0].value, why=refusal.code)
        call.triggers.note(CUSTOM_MESSAGE, to.pool, refusal)


async def _words(kind: Kind, to: Recipient, call: Call) -> Words:
    """What the custom message function says; nothing where the pool has none. Raises its Refusal."""
    if not sets(to.pool, CUSTOM_MESSAGE):
        return Words()
    request = CustomMessageRequest(
        user_attributes=event.attributes(to.pool, to.user),
        code_parameter=CODE,
        link_parameter=LINK,
        username_parameter=USERNAME if kind in TO_NEW_USERS else None,
        client_metadata=UNSET if to.metadata is None or call.operation not in TELL_WORDING else to.metadata,
    )
    said = await call.triggers.fire(CUSTOM_MESSAGE, SOURCES[kind], _occasion(kind, to, call), request)
    words = Words(said.email_subject or "", said.email_message or "", said.sms_message or "")
    _check_mail_is_the_pools(words, to.pool, call)
    return words


async def _give(kind: Kind, medium: Medium, code: str, to: Recipient, call: Call) -> None:
    """Let the pool's own function send. Whatever fails stands in the function's log, and nobody hears of it."""
    markup = kind is Kind.INVITATION and medium is Medium.EMAIL  # a temporary password arrives ready for HTML
    sender = SENDERS[medium]
    try:
        request = CustomSenderRequest(
            type=TYPES[medium],
            code=await sealed_code(to.pool, escape(code) if markup else code, call),
            client_metadata=to.metadata if kind in TELL_SENDER else None,
            user_attributes=event.attributes(to.pool, to.user),
        )
    except Refusal as refusal:
        log.error("code not sealed", pool=to.pool.id, medium=medium.value, why=refusal.sentence)
        return call.triggers.note(sender, to.pool, refusal)
    await call.triggers.fire(sender, SOURCES[kind], _occasion(kind, to, call), request)
    return None


def _occasion(kind: Kind, to: Recipient, call: Call) -> Occasion:
    """AdminCreateUser names a client that is none; other calls of administrators name no client at all."""
    asked_by = to.client.id if to.client else None
    return occasion(call, to.pool, to.user.username, NO_CLIENT if kind in TO_NEW_USERS else asked_by)


def _check_mail_is_the_pools(words: Words, pool: Pool, call: Call) -> None:
    """The live service lets a function word mail only where the pool sends its own. Raises InvalidLambdaResponse."""
    if pool.semantics(call.desk.semantics) is not Semantics.AWS or not (words.mail or words.subject):
        return
    mail = pool.settings.email_configuration
    if mail is None or mail.email_sending_account != "DEVELOPER":
        raise InvalidLambdaResponse("CustomMessage may word mail only where EmailSendingAccount is DEVELOPER.")
