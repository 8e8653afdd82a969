"""PreventUserExistenceErrors, in both settings: what a client is told in place of what would give a user away.

`LEGACY` (AWS's default) is told the truth. `ENABLED` is told the same for a missing user as for one who is there:
https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pool-managing-errors.html
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final
from uuid import UUID

from keydesk.domain.attribute import is_email, is_phone
from keydesk.domain.client import Client
from keydesk.domain.names import folded
from keydesk.domain.pool import Pool
from keydesk.domain.user import UserKey
from keydesk.errors import CodeMismatch, NotAuthorized, Refusal
from keydesk.flows import delivery
from keydesk.flows.call import Call
from keydesk.flows.delivery import Delivery
from keydesk.flows.visitor import Visitor


class Doing(Enum):
    """What was asked for; a row of the table."""

    SIGN_IN = auto()
    CONFIRM_SIGN_UP = auto()
    CONFIRM_FORGOT_PASSWORD = auto()
    RESEND_CODE = auto()
    FORGOT_PASSWORD = auto()


# What ENABLED says. None: as if a code had been sent.
HIDDEN: Final[Mapping[Doing, type[Refusal] | None]] = {
    Doing.SIGN_IN: NotAuthorized,
    Doing.CONFIRM_SIGN_UP: CodeMismatch,
    Doing.CONFIRM_FORGOT_PASSWORD: CodeMismatch,
    Doing.RESEND_CODE: None,
    Doing.FORGOT_PASSWORD: None,
}


def stranger(pool: Pool, typed: str, call: Call) -> UserKey:
    """Under what the tries on a name that nobody has are counted: the database tells nothing of what was typed."""
    digest = call.desk.sealer.code_digest(folded("username", typed, pool), f"nobody:{pool.id}")
    return UserKey(pool.id, digest.hex())


def conceal(fault: Refusal, client: Client, doing: Doing = Doing.SIGN_IN) -> Refusal:
    """What to raise in place of a fault that tells whether a user exists, or how they stand."""
    hidden = HIDDEN[doing]
    return hidden() if client.hides_existence and hidden else fault


def pretended(fault: Refusal, who: Visitor, doing: Doing, call: Call) -> Delivery:
    """The delivery that is answered where none takes place. Raises the fault to a client that may know it."""
    if not who.client.hides_existence:
        raise fault
    return delivery.simulated(who.pool, who.typed, call, confirms=doing is Doing.RESEND_CODE)


def pretended_name(pool: Pool, typed: str, call: Call) -> str:
    """What stands in for the user name of somebody who is not there: a UUID where people sign in by an attribute.

    One for all ways to type a name, as somebody's is.
    """
    typed = folded("username", typed, pool)
    by_alias = bool(pool.alias_attributes) and (is_email(typed) or is_phone(typed))
    if not (pool.username_attributes or by_alias):
        return typed
    return str(UUID(bytes=call.desk.sealer.code_digest(typed, f"name:{pool.id}")[:16], version=4))
