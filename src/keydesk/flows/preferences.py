"""Which second factors a user has switched on, and which one is asked for first.

Surprises: what is not said stays as it is; SMS needs a phone number, proved or not, because a right code proves it. Of
a pool that requires a second factor nobody gets out by switching all off: then whatever they have is asked for.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from keydesk.domain.passkey import MULTI_FACTOR, WEB_AUTHN
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.errors import InvalidParameter
from keydesk.flows import factors
from keydesk.flows.call import Call
from keydesk.store import people

UNVERIFIED_APP: Final = "User has not verified software token mfa"
NO_APP: Final = "User has not set up software token mfa"


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for one factor; None: as it is."""

    enabled: bool | None
    preferred: bool | None = None


async def choose(pool: Pool, user: User, wishes: Mapping[str, Wish], call: Call, *, by_admin: bool = False) -> None:
    """Switch factors on and off, and prefer one. Raises InvalidParameter, UserNotFound."""
    now = call.now()

    def edit(before: User) -> User:
        return replace(chosen(pool, before, wishes, by_admin=by_admin), modified=now)

    await call.store.write(people.change, pool, user.key, edit)


def chosen(pool: Pool, user: User, wishes: Mapping[str, Wish], *, by_admin: bool = False) -> User:
    """The user with these wishes fulfilled. Raises InvalidParameter."""
    if sum(bool(wish.preferred) for wish in wishes.values()) > 1:
        raise InvalidParameter("Only one MFA method can be preferred.")
    for factor, wish in wishes.items():
        if wish.enabled:
            _check(pool, user, factor, by_admin)
            user = replace(user, factors=(*(one for one in user.factors if one != factor), factor))
        elif wish.enabled is False:
            user = factors.switched_off(user, factor)
    for factor, wish in wishes.items():
        if wish.preferred and factor not in user.factors:
            raise InvalidParameter(f"{factor} cannot be preferred while it is not enabled.")
        if wish.preferred:
            user = replace(user, preferred_factor=factor)
        elif wish.preferred is False and user.preferred_factor == factor:
            user = replace(user, preferred_factor="")
    if WEB_AUTHN in user.factors and wishes.get(WEB_AUTHN) and not set(user.factors) & set(factors.ORDER):
        raise InvalidParameter("Passkey MFA needs another MFA method that is enabled.")
    return user


def _check(pool: Pool, user: User, factor: str, by_admin: bool) -> None:
    """Whether the pool has the factor, and the user what it needs. Raises InvalidParameter.

    Users are told how far they are with their app, administrators are not:
    https://github.com/aws/aws-sdk-js-v3/issues/4645
    """
    if factor == WEB_AUTHN:
        said = pool.factors.web_authn
        if said is None or said.factor_configuration != MULTI_FACTOR:
            raise InvalidParameter("Passkey MFA is not enabled for the user pool.")
        return
    if not factors.has(user, factor):
        if factor == factors.TOTP and not by_admin:
            raise InvalidParameter(UNVERIFIED_APP if user.totp_offered else NO_APP)
        raise InvalidParameter(f"User does not have delivery config set to turn on {factor}")
    if factor not in factors.usable(pool, user):
        raise InvalidParameter(f"{factor} is not enabled for the user pool.")
