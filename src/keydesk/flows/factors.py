"""Second factors: which of them a pool allows, which a user can be asked for, and which they could set up.

A factor counts while the pool allows it and the user has what it needs; an app that was verified counts on where the
pool allows no new ones, so that its owner is not suddenly let in by a password alone. Where a pool requires a second
factor, a phone number is one without the user's choosing it; elsewhere only what was switched on is asked for.
"""

from typing import Final

from msgspec.structs import replace

from keydesk.domain.pool import Pool
from keydesk.domain.user import User

SMS: Final = "SMS_MFA"
EMAIL: Final = "EMAIL_OTP"
TOTP: Final = "SOFTWARE_TOKEN_MFA"
ORDER: Final = (SMS, TOTP, EMAIL)  # in which they are listed, but for the preferred one
REACHED_BY: Final = {SMS: "phone_number", EMAIL: "email"}  # the attribute that a factor's codes go to


def required(pool: Pool) -> bool:
    """Whether nobody signs in with a password alone."""
    return pool.settings.mfa_configuration == "ON"


def allowed(pool: Pool) -> tuple[str, ...]:
    """The second factors of the pool, none where it has them switched off."""
    if pool.settings.mfa_configuration not in ("ON", "OPTIONAL"):
        return ()
    offers = {
        SMS: pool.settings.sms_configuration is not None and pool.factors.sms is not False,
        TOTP: pool.factors.software_token,
        EMAIL: pool.factors.email is not None,
    }
    return tuple(factor for factor in ORDER if offers[factor])


def has(user: User, factor: str) -> bool:
    """Whether the user has what the factor needs: a number, an address, or an app that was verified."""
    return bool(user.totp) if factor == TOTP else bool(user.attributes.get(REACHED_BY[factor]))


def usable(pool: Pool, user: User) -> tuple[str, ...]:
    """What the pool allows and the user has, whether or not it is switched on."""
    if pool.settings.mfa_configuration not in ("ON", "OPTIONAL"):
        return ()
    return tuple(factor for factor in ORDER if has(user, factor) and (factor == TOTP or factor in allowed(pool)))


def available(pool: Pool, user: User) -> tuple[str, ...]:
    """The second factors that the user can be asked for now, the preferred one first; none: no question, or set-up.

    Under ON whatever the user has counts where nothing is switched on, because somebody must be asked something.
    """
    able = usable(pool, user)
    chosen = tuple(factor for factor in able if factor in user.factors)
    if not chosen and required(pool):
        chosen = able
    return tuple(sorted(chosen, key=lambda factor: factor != user.preferred_factor))


def due(pool: Pool, user: User) -> bool:
    """Whether a first factor alone does not let the user in."""
    return required(pool) or bool(available(pool, user))


def setups(pool: Pool, user: User) -> tuple[str, ...]:
    """What MFA_SETUP may offer to a user who has no second factor, and needs one."""
    return () if available(pool, user) or not required(pool) else allowed(pool)


def switched_off(user: User, factor: str) -> User:
    """The user without the factor, which is then not the preferred one either."""
    preferred = "" if user.preferred_factor == factor else user.preferred_factor
    return replace(user, factors=tuple(one for one in user.factors if one != factor), preferred_factor=preferred)


def switched_on(user: User) -> list[str]:
    """UserMFASettingList: second factors only, in Cognito's order."""
    return [factor for factor in ORDER if factor in user.factors]
