"""The mail that tells a user of a sign-in which looked risky. It goes after the answer, to a verified address only.

The feedback token in it is good for its event alone: whoever read the mail may say whether it was them.
"""

from functools import partial
from typing import Final

from keydesk.crypto.tokens import as_token
from keydesk.domain.pool import Pool
from keydesk.domain.sign_in import SignIn
from keydesk.domain.user_context import UserContext
from keydesk.flows import letters
from keydesk.flows.call import Call, Desk
from keydesk.flows.letters import Recipient
from keydesk.messages import notice
from keydesk.shapes.types import NotifyConfigurationType, NotifyEmailType, RiskConfigurationType

BLOCK: Final = "BLOCK"
MFA_IF_CONFIGURED: Final = "MFA_IF_CONFIGURED"
MFA_REQUIRED: Final = "MFA_REQUIRED"
NO_ACTION: Final = "NO_ACTION"
FEEDBACK: Final = "/{pool}/feedback"  # the page that the one-click links lead to


def after(action: str, s: SignIn, context: UserContext, said: RiskConfigurationType, call: Call) -> None:
    """Send the notice of this sign-in, and of what was done about it, once the call is answered."""
    user = s.known
    if not (user.attributes.get("email") and user.verified("email")):
        return
    takeover = said.account_takeover_risk_configuration
    notify = (takeover and takeover.notify_configuration) or NotifyConfigurationType(source_arn="")
    event = notice.Event(
        id=s.event_id,
        at=call.now(),
        username=user.username,
        address=context.address,
        device=context.device_name,
        token=feedback_token(s.pool, user.sub, s.event_id, call.desk),
        page=call.desk.address + FEEDBACK.format(pool=s.pool.id),
    )
    words = notice.Words(_mail(action, notify), notify.from_ or "", notify.reply_to or "")
    message = notice.compose(action, user.attributes["email"], s.pool, words, event)
    to = Recipient(s.pool, user, s.client)
    call.desk.courier.after(partial(letters.notify, message, event.token, to, call))


def feedback_token(pool: Pool, sub: str, event_id: str, desk: Desk) -> str:
    """What proves that somebody read the notice of this event."""
    return as_token(desk.sealer.code_digest(event_id, f"feedback:{pool.id}:{sub}"))


def _mail(action: str, notify: NotifyConfigurationType) -> NotifyEmailType | None:
    if action == BLOCK:
        return notify.block_email
    return notify.no_action_email if action == NO_ACTION else notify.mfa_email
