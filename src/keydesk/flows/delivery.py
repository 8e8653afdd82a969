"""Where a code goes, and what the answer shows of it: a masked destination."""

from dataclasses import dataclass
from string import ascii_lowercase
from typing import Final

from keydesk.domain.attribute import is_email, is_phone
from keydesk.domain.names import folded
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.errors import InvalidParameter, NotAuthorized
from keydesk.flows import factors
from keydesk.flows.call import Call
from keydesk.messages.message import Medium

EMAIL: Final = "email"
PHONE_NUMBER: Final = "phone_number"
_RECOVERY: Final = {"verified_email": EMAIL, "verified_phone_number": PHONE_NUMBER}
_OLD_ORDER: Final = (PHONE_NUMBER, EMAIL)  # of a pool without AccountRecoverySetting: a number goes before an address


@dataclass(frozen=True, slots=True)
class Delivery:
    """CodeDeliveryDetails: the attribute, and its value as a stranger may see it."""

    attribute: str
    destination: str

    @property
    def medium(self) -> Medium:
        return Medium.of(self.attribute)


def of(attribute: str, value: str) -> Delivery:
    """The delivery to an address or number, masked."""
    return Delivery(attribute, masked(attribute, value))


def masked(attribute: str, value: str) -> str:
    """As Cognito masks: `t***@e***` for an address, `+*******1234` for a number."""
    if attribute == PHONE_NUMBER:
        return "+*******" + value[-4:]
    local, _, domain = value.rpartition("@")
    return f"{local[:1]}***@{domain[:1]}***"


def to_confirm(pool: Pool, user: User) -> str | None:
    """The attribute that a sign-up code goes to; None where the pool verifies nothing that the user has.

    Where the pool verifies both and the user has both, the phone number is asked first:
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-settings-email-phone-verification.html
    """
    return next((attribute for attribute in _confirmation(pool) if user.attributes.get(attribute)), None)


def to_recover(pool: Pool, user: User, *, by_admin: bool = False) -> str:
    """The proved attribute that a recovery code goes to, by the pool's AccountRecoverySetting (CO-06).

    Never the one that a code of the user's second factor goes to: one mailbox would be both factors (CO-07).
    Raises NotAuthorized where only administrators may help and it is none, InvalidParameter where nothing is proved.
    """
    ways = _recovery(pool) or (_OLD_ORDER if by_admin else ())
    if not ways:
        raise NotAuthorized("Contact administrator to reset password.")
    beside = {factors.REACHED_BY.get(factor) for factor in factors.available(pool, user)}
    for attribute in ways:
        if user.verified(attribute) and user.attributes.get(attribute) and attribute not in beside:
            return attribute
    raise InvalidParameter(
        "Cannot reset password for the user as there is no registered/verified email or phone_number"
    )


def simulated(pool: Pool, typed: str, call: Call, attribute: str = "", *, confirms: bool = False) -> Delivery:
    """What is shown for a user who does not exist: always the same for the same name, and of a form a real one has.

    `attribute` is the one that the code would go to; without it, the one that the name or the pool suggests. Where the
    pool ignores case so does this, as one user is shown one destination however their name is typed. `confirms`: a code
    for sign-up. Nobody has an address for that and for recovery too, so one that is shown for both would tell.
    """
    typed = folded("username", typed, pool)
    if is_email(typed) and attribute != PHONE_NUMBER:
        return of(EMAIL, typed)
    if is_phone(typed) and attribute != EMAIL:
        return of(PHONE_NUMBER, typed)
    digest = call.desk.sealer.code_digest(typed, f"simulated:{pool.id}{':confirms' if confirms else ''}")
    attribute = attribute or next(iter(_confirmation(pool) if confirms else _recovery(pool)), EMAIL)
    if attribute == PHONE_NUMBER:
        return of(PHONE_NUMBER, f"{int.from_bytes(digest[:4], 'big') % 10_000:04}")
    return of(EMAIL, f"{ascii_lowercase[digest[0] % 26]}@{ascii_lowercase[digest[1] % 26]}")


def _confirmation(pool: Pool) -> tuple[str, ...]:
    return tuple(attribute for attribute in (PHONE_NUMBER, EMAIL) if attribute in pool.auto_verified)


def _recovery(pool: Pool) -> tuple[str, ...]:
    setting = pool.settings.account_recovery_setting
    if setting is None or not setting.recovery_mechanisms:
        return _OLD_ORDER
    ordered = sorted(setting.recovery_mechanisms, key=lambda option: option.priority)
    return tuple(_RECOVERY[option.name] for option in ordered if option.name in _RECOVERY)
