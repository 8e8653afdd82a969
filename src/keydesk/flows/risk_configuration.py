"""SetRiskConfiguration: what threat protection answers to which risk, for a pool or for one of its clients.

What is left out is not done; with nothing said at all, a client follows its pool again. The words of a notice may be
left out, too: then the server's own are sent.
"""

from email.utils import parseaddr
from ipaddress import ip_network
from typing import Final

from msgspec.structs import replace

from keydesk.domain.attribute import is_email
from keydesk.errors import InvalidParameter
from keydesk.flows import clients, pools, stored_only
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    AccountTakeoverRiskConfigurationType,
    CompromisedCredentialsRiskConfigurationType,
    NotifyConfigurationType,
    RiskConfigurationType,
    RiskExceptionConfigurationType,
    SetRiskConfigurationRequest,
)

ALL_EVENTS: Final = ["SIGN_IN", "SIGN_UP", "PASSWORD_CHANGE"]


async def configure(ask: SetRiskConfigurationRequest, call: Call) -> RiskConfigurationType:
    """Replace what the pool, or the named client, says. Raises ResourceNotFound, InvalidParameter."""
    said = _settled(ask, call)
    if ask.client_id is None:
        await pools.rewrite(ask.user_pool_id, lambda pool: replace(pool, risk=said), call)
    else:
        pool = await pools.here(ask.user_pool_id, call)
        await clients.change(ask.client_id, pool, lambda client: replace(client, risk=said), call)
    takeover = ask.account_takeover_risk_configuration
    if takeover and takeover.notify_configuration:
        stored_only.warn(ask.user_pool_id, takeover.notify_configuration)
    return shown(ask.user_pool_id, ask.client_id, said)


async def described(pool_id: str, client_id: str | None, call: Call) -> RiskConfigurationType:
    """What was said for the pool, or for the named client alone. Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    said = pool.risk if client_id is None else (await clients.here(client_id, pool, call)).risk
    return shown(pool_id, client_id, said)


def shown(pool_id: str, client_id: str | None, said: RiskConfigurationType | None) -> RiskConfigurationType:
    """With the names of the pool and the client, which are not stored."""
    return replace(said or RiskConfigurationType(), user_pool_id=pool_id, client_id=client_id)


def _settled(ask: SetRiskConfigurationRequest, call: Call) -> RiskConfigurationType | None:
    """None where nothing is said."""
    parts = (
        ask.compromised_credentials_risk_configuration,
        ask.account_takeover_risk_configuration,
        ask.risk_exception_configuration,
    )
    if all(part is None for part in parts):
        return None
    _check_ranges(ask.risk_exception_configuration)
    _check_notices(ask.account_takeover_risk_configuration)
    return RiskConfigurationType(
        compromised_credentials_risk_configuration=_with_events(ask.compromised_credentials_risk_configuration),
        account_takeover_risk_configuration=ask.account_takeover_risk_configuration,
        risk_exception_configuration=ask.risk_exception_configuration,
        last_modified_date=call.now() / 1000,
    )


def _with_events(
    said: CompromisedCredentialsRiskConfigurationType | None,
) -> CompromisedCredentialsRiskConfigurationType | None:
    return replace(said, event_filter=said.event_filter or ALL_EVENTS) if said else None


def _check_ranges(said: RiskExceptionConfigurationType | None) -> None:
    for text in (*((said and said.blocked_ip_range_list) or ()), *((said and said.skipped_ip_range_list) or ())):
        try:
            address, _, _ = text.partition("/")
            if address == text:
                raise ValueError
            ip_network(text, strict=False)
        except ValueError:
            raise InvalidParameter(f"{text} is not an IP address range in CIDR notation.") from None


def _check_notices(said: AccountTakeoverRiskConfigurationType | None) -> None:
    """Sender, reply address and subjects become headers of a message, so each is one line."""
    notify = (said and said.notify_configuration) or None
    if notify is None:
        return
    for address in (notify.from_, notify.reply_to):
        if address and not (address.isprintable() and is_email(parseaddr(address)[1])):
            raise InvalidParameter("Provided From or ReplyTo email address is invalid")
    if not all(subject.isprintable() for subject in _subjects(notify)):
        raise InvalidParameter("The subject of an email message must be one line.")


def _subjects(notify: NotifyConfigurationType) -> list[str]:
    return [mail.subject for mail in (notify.block_email, notify.no_action_email, notify.mfa_email) if mail]
