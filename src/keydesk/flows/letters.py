"""The one way by which a user is told anything: a code, or an invitation. Every flow that has a message comes here."""

from dataclasses import dataclass

from keydesk.domain.client import Client
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.flows import delivery
from keydesk.flows.call import Call
from keydesk.flows.delivery import Delivery
from keydesk.messages.compose import Kind, compose


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for, and through whom it was asked for.

    `metadata` is the call's ClientMetadata: which function sees it is decided here. `stranger`: whoever asks has proved
    nothing yet, so for a client that hides who exists the message goes after the answer, and cannot fail (EN-02).
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
    told = delivery.of(attribute, to.address or to.user.attributes[attribute])
    if to.stranger and to.client is not None and to.client.hides_existence:
        call.desk.courier.after(lambda: _send(kind, attribute, code, to, call))
    else:
        await _send(kind, attribute, code, to, call)
    return told


async def _send(kind: Kind, attribute: str, code: str, to: Recipient, call: Call) -> None:
    where = (delivery.of(attribute, "").medium, to.address or to.user.attributes[attribute])
    await call.desk.courier.send(compose(kind, to.pool, where, to.called or to.user.username, code))
