"""Threat protection in the flows: which addresses are let in, which passwords, and what a risk is answered with.

Its steps of a sign-in are taken in pools that ask for it, and in no others. What a risk is made of is in
domain/risk.py; docs/threat-protection.md tells it all.
"""

from typing import Final

from msgspec.structs import replace

from keydesk.domain.client import Client
from keydesk.domain.guessable import is_guessable
from keydesk.domain.pool import Pool, Watch
from keydesk.domain.risk import Look, level
from keydesk.domain.sign_in import SignIn, Way
from keydesk.domain.user import Status, User
from keydesk.domain.user_context import UserContext, of_admin, of_visitor, within
from keydesk.errors import InvalidPassword, NotAuthorized, PasswordResetRequired
from keydesk.flows import factors, notices
from keydesk.flows.call import Call
from keydesk.flows.notices import BLOCK, MFA_IF_CONFIGURED, MFA_REQUIRED, NO_ACTION
from keydesk.flows.risk_configuration import ALL_EVENTS
from keydesk.shapes.types import (
    AccountTakeoverActionType,
    ContextDataType,
    RiskConfigurationType,
    RiskExceptionConfigurationType,
)
from keydesk.store import auth_events, people

SIGN_IN: Final = "SIGN_IN"
SIGN_UP: Final = "SIGN_UP"
PASSWORD_CHANGE: Final = "PASSWORD_CHANGE"
BY_SERVERS: Final = frozenset({"AdminInitiateAuth", "AdminRespondToAuthChallenge"})
_NOTHING: Final = RiskConfigurationType()


class Blocked(NotAuthorized):
    """A sign-in that looks too much like somebody else's."""

    default = "Unable to login because of security reasons."


class Compromised(InvalidPassword):
    """A new password that everybody tries first."""

    default = "Provided password cannot be used for security reasons."


def configuration(pool: Pool, client: Client) -> RiskConfigurationType:
    """What was said for the client, else for its pool."""
    return client.risk or pool.risk or _NOTHING


def watch(flow: str, pool: Pool) -> Watch:
    """How closely sign-ins by this flow are looked at."""
    return pool.custom_watch if flow == "CUSTOM_AUTH" else pool.watch


def seen(client: Client, call: Call) -> UserContext:
    """Device and address of the user behind the call; read once."""
    trail = call.trail
    if trail.seen is None:
        said = trail.context
        if isinstance(said, ContextDataType) or call.operation in BY_SERVERS:
            trail.seen = of_admin(said if isinstance(said, ContextDataType) else None, client)
        else:
            trail.seen = of_visitor(said, client, call.ip, call.agent)
    return trail.seen


def refuse_address(watched: Watch, pool: Pool, client: Client, call: Call) -> None:
    """Raises NotAuthorized for an address that the BlockedIPRangeList names."""
    if watched is not Watch.ENFORCED:
        return
    if within(seen(client, call).address, _exceptions(pool, client).blocked_ip_range_list):
        raise NotAuthorized("Request not allowed due to security reasons.")


async def check_new_password(event: str, password: str, pool: Pool, client: Client, call: Call) -> None:
    """A password that a user chooses. Raises Compromised where the pool forbids what everybody tries first (AU-12)."""
    if pool.watch is not Watch.OFF and await _forbidden(event, password, pool.watch, (pool, client), call):
        raise Compromised


async def open_address(s: SignIn, call: Call) -> None:
    """The call comes from no address that the pool blocks. Behind `secret_hash`: who has it may name the address."""
    refuse_address(s.watch, s.pool, s.client, call)


async def uncommon_password(s: SignIn, call: Call) -> None:
    """The password that was sent is none that everybody tries first, or may be one (AU-12). Needs `standing`."""
    user = s.known
    if user.status is not Status.CONFIRMED:  # a temporary one is about to be replaced
        return
    if await _forbidden(SIGN_IN, s.said["PASSWORD"], s.watch, (s.pool, s.client), call):
        await call.store.write(people.change, s.pool, user.key, lambda one: _to_be_reset(one, user, call.now()))
        raise PasswordResetRequired


async def likely_the_user(s: SignIn, call: Call) -> None:
    """It looks like the user, or what the pool wants done about a risk is done. Needs a proof, and `standing`."""
    context, exceptions = seen(s.client, call), _exceptions(s.pool, s.client)
    if within(context.address, exceptions.skipped_ip_range_list):
        return
    past = await call.store.glance(auth_events.telling, s.known.key)
    blocked = within(context.address, exceptions.blocked_ip_range_list)
    s.carried.risk = level(Look(context, call.now(), s.known.failures, blocked, past))
    action = _action(configuration(s.pool, s.client), s.carried.risk)
    if action is None or s.watch is not Watch.ENFORCED:
        return
    answer = _possible(action.event_action, s)
    s.carried.second_wanted = answer in (MFA_IF_CONFIGURED, MFA_REQUIRED)
    if action.notify:
        notices.after(answer, s, context, configuration(s.pool, s.client), call)
    if answer == BLOCK:
        raise Blocked


STEPS: Final = frozenset({open_address, uncommon_password, likely_the_user})


def _exceptions(pool: Pool, client: Client) -> RiskExceptionConfigurationType:
    return configuration(pool, client).risk_exception_configuration or RiskExceptionConfigurationType()


async def _forbidden(event: str, password: str, watched: Watch, of: tuple[Pool, Client], call: Call) -> bool:
    """Whether the password is a common one, and the pool forbids that; the event tells the first in any case."""
    said = configuration(*of).compromised_credentials_risk_configuration
    if event not in ((said and said.event_filter) or ALL_EVENTS) or not await call.think(is_guessable, password):
        return False
    call.trail.compromised = True
    return watched is Watch.ENFORCED and said is not None and said.actions.event_action == BLOCK


def _to_be_reset(one: User, judged: User, now: int) -> User:
    """Unless the password was changed meanwhile."""
    if one.standing() != judged.standing():
        return one
    return replace(one, status=Status.RESET_REQUIRED, modified=now)


def _action(said: RiskConfigurationType, risk: str) -> AccountTakeoverActionType | None:
    takeover = said.account_takeover_risk_configuration
    if takeover is None or not risk:
        return None
    actions = takeover.actions
    by_level = {"Low": actions.low_action, "Medium": actions.medium_action, "High": actions.high_action}
    return by_level[risk]


def _possible(action: str, s: SignIn) -> str:
    """The action, or what is done where no second factor can be asked for: the user has none, or it is no password."""
    if action not in (MFA_IF_CONFIGURED, MFA_REQUIRED):
        return action
    by_password = s.way in Way.PASSWORD | Way.SRP | Way.CUSTOM_SRP
    if by_password and (factors.available(s.pool, s.known) or factors.usable(s.pool, s.known)):
        return action
    return BLOCK if action == MFA_REQUIRED else NO_ACTION
