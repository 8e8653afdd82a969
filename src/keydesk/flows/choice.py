"""USER_AUTH: the client chooses the first factor, among those that the pool allows and the user has.

The choice moves the sign-in to the column of the chosen way; from there it goes on like any other.
"""

from typing import Final

from keydesk.domain.passkey import MULTI_FACTOR, WEB_AUTHN
from keydesk.domain.pool import Pool
from keydesk.domain.sign_in import Challenge, SignIn, Way
from keydesk.domain.user import Status, User, UserKey
from keydesk.errors import InvalidParameter, NotAuthorized, UserNotFound
from keydesk.flows import factors, passkeys, takeover
from keydesk.flows.call import Call
from keydesk.flows.one_time_code import EMAIL_OTP, GOES_TO, SMS_OTP, proof_of_address
from keydesk.store import passkeys as kept

SELECT_CHALLENGE: Final = "SELECT_CHALLENGE"
PASSWORD: Final = "PASSWORD"
PASSWORD_SRP: Final = "PASSWORD_SRP"

# The way that each choice is, and what must be said with it: who did not is asked under the choice's own name.
WAYS: Final = {
    PASSWORD: (Way.PASSWORD, "PASSWORD"),
    PASSWORD_SRP: (Way.SRP, "SRP_A"),
    EMAIL_OTP: (Way.CODE, ""),
    SMS_OTP: (Way.CODE, ""),
    WEB_AUTHN: (Way.PASSKEY, ""),
}


async def chosen(s: SignIn, call: Call) -> Challenge | None:
    """The client has named a first factor that is open to the user. Asks SELECT_CHALLENGE."""
    strangers = s.user is None and not s.client.hides_existence
    if strangers and not _may_migrate(s):
        raise UserNotFound
    if proof_of_address.__name__ in s.done and not _second_due(s.pool, s.user):
        s.way = Way.CODE  # who has just signed up proved the address with that
        return None
    open_ways = (PASSWORD,) if strangers else await available(s.pool, s.user, call)
    wanted = _wanted(s)
    if wanted not in open_ways:
        if s.answering:
            # Not quoted: it may be a password.
            raise InvalidParameter("The answer is none of the available challenges.")
        if not open_ways:
            raise NotAuthorized
        return Challenge(SELECT_CHALLENGE, {}, available=open_ways)
    way, needed = WAYS[wanted]
    if needed and not s.said.get(needed):
        if s.answering == wanted:
            raise InvalidParameter(f"Missing required parameter {needed}")
        return Challenge(wanted, {}, available=open_ways)
    s.way, s.carried.factor, s.offered = way, wanted, open_ways
    return None


def _may_migrate(s: SignIn) -> bool:
    """Whether others may know who nobody here is: they are told a password, and nothing else."""
    return PASSWORD in s.pool.first_factors and takeover.others_know(s.pool) and _wanted(s) in (None, PASSWORD)


async def enough(s: SignIn, call: Call) -> None:
    """What was proved signs in by itself: no second factor has become due since it was offered (CO-07)."""
    if _second_due(s.pool, s.known) and not (s.way is Way.PASSKEY and _counts_twice(s.pool, s.known)):
        raise NotAuthorized


async def available(pool: Pool, user: User | None, call: Call) -> tuple[str, ...]:
    """The first factors that are open; for a name that nobody has, those that anybody could have.

    Where a second factor is due, no first factor is offered that leaves none to follow it (CO-07).
    """
    allowed = pool.first_factors
    second = _second_due(pool, user)
    found = [way for way in (PASSWORD, PASSWORD_SRP) if PASSWORD in allowed and (user is None or user.credential)]
    if not second:
        found += [way for way in (EMAIL_OTP, SMS_OTP) if way in allowed and _reaches(user, way)]
    if WEB_AUTHN in allowed and await _has_passkey(pool, user, second, call):
        found.append(WEB_AUTHN)
    return tuple(found)


def _second_due(pool: Pool, user: User | None) -> bool:
    return factors.required(pool) or (user is not None and bool(factors.available(pool, user)))


def _reaches(user: User | None, way: str) -> bool:
    """Whether a code finds the user, and would do: a temporary password is replaced first, as at AWS."""
    return user is None or (user.status is not Status.FORCE_CHANGE_PASSWORD and user.verified(GOES_TO[way]))


async def _has_passkey(pool: Pool, user: User | None, second: bool, call: Call) -> bool:
    """For a name that nobody has as well: it takes the time of looking (EN-02)."""
    if user is None:
        return bool(await call.store.glance(kept.of_user, UserKey(pool.id, "")))
    if second and not _counts_twice(pool, user):
        return False
    return bool(passkeys.usable(pool, await call.store.glance(kept.of_user, user.key), call))


def _counts_twice(pool: Pool, user: User) -> bool:
    """Whether a passkey, with the user verified, is both factors: the pool allows it, and the user switched it on."""
    said = pool.factors.web_authn
    return said is not None and said.factor_configuration == MULTI_FACTOR and WEB_AUTHN in user.factors


def _wanted(s: SignIn) -> str | None:
    if not s.answering:
        return s.said.get("PREFERRED_CHALLENGE")
    if s.answering != SELECT_CHALLENGE:
        return s.answering
    if not s.said.get("ANSWER"):
        raise InvalidParameter("Missing required parameter ANSWER")
    return s.said["ANSWER"]
