"""IDLE: why a trigger that is set will not run, or fails each time. Asked when pools and clients change, and by doctor.

A trigger that is set in vain is no error: functions are deployed, and clients made, in any order.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import structlog

from keydesk.domain.client import Client
from keydesk.domain.function import may_invoke
from keydesk.domain.kms_key import KeyState, KmsKey, read_name
from keydesk.domain.pool import Pool
from keydesk.flows import pool_rules
from keydesk.flows.call import Call
from keydesk.store import clients, kms_keys, pools
from keydesk.store.store import Store
from keydesk.triggers.catalog import UNFIRED
from keydesk.triggers.fire import NOT_HERE, NOT_LET_IN

log = structlog.get_logger("keydesk.pools")

CUSTOM_CHALLENGE: Final = frozenset({"DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"})
SENDERS: Final = frozenset({"CustomEmailSender", "CustomSMSSender"})
BY_PASSWORD: Final = frozenset({"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"})
BY_CHOICE: Final = frozenset({"ALLOW_USER_AUTH"})
EVERY: Final = frozenset[str]()

Reaches = Callable[[str], bool]  # whether an ARN that is not here is looked for elsewhere


@dataclass(frozen=True, slots=True)
class Setup:
    """All that decides whether a pool's triggers run. The pool comes with its functions, `triggers` are their ARNs.

    `clients` is None while the pool is made: it cannot have one yet. `key_fault` says why codes cannot be sealed,
    `elsewhere` which of the ARNs are looked for at another server where they are not here.
    """

    pool: Pool
    triggers: dict[str, str]
    clients: Sequence[Client] | None = None
    key_fault: str = ""
    elsewhere: frozenset[str] = frozenset()

    def open_flows(self) -> frozenset[str]:
        """The `ALLOW_…` names that some client has."""
        return frozenset(flow for client in self.clients or () for flow in client.flows)


@dataclass(frozen=True, slots=True)
class Idle:
    """A trigger that is set in vain."""

    trigger: str  # the LambdaConfig member
    arn: str
    why: str


@dataclass(frozen=True, slots=True)
class Reason:
    """One row. `why` gives the reason in words, empty where it does not hold; `of_clients`: clients decide it."""

    triggers: frozenset[str]
    why: Callable[[Setup, str], str]
    of_clients: bool = False


def _not_served(setup: Setup, trigger: str) -> str:
    return UNFIRED.get(trigger, "")


def _no_function(setup: Setup, trigger: str) -> str:
    gone = setup.triggers[trigger] not in setup.pool.functions.keys() | setup.elsewhere
    return NOT_HERE if gone else ""


def _not_let_in(setup: Setup, trigger: str) -> str:
    pool, deployed = setup.pool, setup.pool.functions.get(setup.triggers[trigger])
    if deployed is None or may_invoke(deployed, source_arn=pool.arn, account=pool.account):
        return ""
    return NOT_LET_IN


def _incomplete(setup: Setup, trigger: str) -> str:
    missing = sorted(CUSTOM_CHALLENGE - setup.triggers.keys())
    return f"a custom challenge needs {' and '.join(missing)} as well" if missing else ""


def _no_custom_flow(setup: Setup, trigger: str) -> str:
    return "" if "ALLOW_CUSTOM_AUTH" in setup.open_flows() else "no client allows ALLOW_CUSTOM_AUTH"


def _no_password_flow(setup: Setup, trigger: str) -> str:
    """SRP proves a password without telling it, so there is nothing to migrate with. A choice needs it to choose."""
    telling = BY_PASSWORD | BY_CHOICE if "PASSWORD" in setup.pool.first_factors else BY_PASSWORD
    if telling & setup.open_flows():
        return ""
    return "no client sends passwords (ALLOW_USER_PASSWORD_AUTH and its like), so only ForgotPassword runs it"


def _sent_without_words(setup: Setup, trigger: str) -> str:
    return "custom senders send all messages, and they get no words" if setup.triggers.keys() >= SENDERS else ""


def _unsealed(setup: Setup, trigger: str) -> str:
    return setup.key_fault


IDLE: Final[tuple[Reason, ...]] = (
    Reason(frozenset(UNFIRED), _not_served),
    Reason(EVERY, _no_function),
    Reason(EVERY, _not_let_in),
    Reason(CUSTOM_CHALLENGE, _incomplete),
    Reason(CUSTOM_CHALLENGE, _no_custom_flow, of_clients=True),
    Reason(frozenset({"UserMigration"}), _no_password_flow, of_clients=True),
    Reason(frozenset({"CustomMessage"}), _sent_without_words),
    Reason(SENDERS, _unsealed),
)


def idle(setup: Setup, *, of_clients: bool = False) -> list[Idle]:
    """Every trigger that is set in vain, with each reason; with `of_clients` only the reasons that clients decide."""
    found: list[Idle] = []
    for trigger, arn in setup.triggers.items():
        for reason in IDLE:
            applies = not reason.triggers or trigger in reason.triggers
            decides = reason.of_clients if of_clients else not reason.of_clients or setup.clients is not None
            if applies and decides and (why := reason.why(setup, trigger)):
                found.append(Idle(trigger, arn, why))
                if reason.why is _not_served:  # nothing else about it matters
                    break
    return found


async def setup(
    store: Store, pool_id: str, now: int, *, born: bool = False, reaches: Reaches = lambda arn: False
) -> Setup | None:
    """What decides for a stored pool, if it is there. `born`: it was made just now."""
    pool = await store.glance(pools.named, pool_id)
    if pool is None:
        return None
    arns = pool_rules.triggers(pool.settings.lambda_config)
    if "PreTokenGeneration" in arns:  # the other form names the same function
        arns.pop("PreTokenGenerationConfig", None)
    if not arns:
        return Setup(pool, arns)
    held = None if born else await store.read(clients.of_pool, pool.id)
    key_fault = await _key_fault(store, pool, now) if arns.keys() & SENDERS else ""
    return Setup(pool, arns, held, key_fault, frozenset(filter(reaches, arns.values())))


async def warn(pool_id: str, call: Call, *, born: bool = False, of_clients: bool = False) -> None:
    """Tell the log of every trigger that is set in vain."""
    found = await setup(call.store, pool_id, call.now(), born=born, reaches=call.triggers.elsewhere.reaches)
    for one in idle(found, of_clients=of_clients) if found else ():
        log.warning("trigger will not fire", pool=pool_id, trigger=one.trigger, arn=one.arn, why=one.why)


async def _key_fault(store: Store, pool: Pool, now: int) -> str:
    """Why codes for custom senders cannot be sealed under the pool's key; empty where they can."""
    config = pool.settings.lambda_config
    said = (config.kms_key_id if config else None) or ""
    name = read_name(said, pool.region, pool.account)
    if name is None or name.account != pool.account:
        return "KMSKeyID names no key that could be here"
    keys = await store.read(kms_keys.of_region, name.region)
    found = next((key for key in keys if _is_named(key, name.resource) and not key.is_gone(now)), None)
    if found is None:
        return "the key that KMSKeyID names is not here"
    return "" if found.state is KeyState.ENABLED else f"the key that KMSKeyID names is {found.state}"


def _is_named(key: KmsKey, resource: str) -> bool:
    return resource == key.id or any(alias.name == resource for alias in key.aliases)
