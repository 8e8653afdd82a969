"""Authenticator apps: the secret that is handed out, its proof by a first code, and the codes at sign-in.

A secret is sealed to its user. A code counts once, and none before it counts afterwards: the step of the last one is
stored in the write that accepts it, judged by what is stored then, so that of two nodes one wins (AU-08).
"""

from dataclasses import dataclass
from typing import Final

from msgspec.structs import replace

from keydesk.crypto import totp
from keydesk.domain import places
from keydesk.domain.pool import Pool
from keydesk.domain.sign_in import Waiting
from keydesk.domain.user import User
from keydesk.errors import (
    CodeMismatch,
    EnableSoftwareTokenMFA,
    ExpiredCode,
    InvalidSession,
    Refusal,
    SoftwareTokenMFANotFound,
    TooManyRequests,
)
from keydesk.flows import factors, waiting
from keydesk.flows.call import Call
from keydesk.store import people, sign_ins
from keydesk.store.people import Budget
from keydesk.store.waiting import Row

SETUP: Final = "MFA_SETUP"
TRIES: Final = 15  # first codes that a user may say in an hour
HOUR: Final = 3_600_000  # milliseconds
WRONG: Final = "Invalid code received for user"
USED: Final = "Your software token has already been used once."


@dataclass(frozen=True, slots=True)
class SettingUp:
    """A sign-in that waits for its user to set up a factor: its user, and what is needed to let it wait on."""

    pool: Pool
    user: User
    row: Row
    kept: Waiting


async def offer(pool: Pool, user: User, call: Call) -> str:
    """AssociateSoftwareToken: a new secret. The app that the user has counts on until a code of the new one is said.

    Raises SoftwareTokenMFANotFound where the pool has no such factor, UserNotFound.
    """
    if factors.TOTP not in factors.allowed(pool):
        raise SoftwareTokenMFANotFound("Software Token MFA has not been enabled by the userPool")
    secret = totp.new_secret()
    sealed = call.desk.sealer.seal(secret.encode(), places.authenticator(user.sub), pool.id)
    await call.store.write(people.change, pool, user.key, lambda before: replace(before, totp_offered=sealed))
    return secret


async def verify(pool: Pool, user: User, code: str, call: Call, *, name: str = "", first: bool = False) -> None:
    """VerifySoftwareToken: a code of the offered secret makes it the user's app, in place of any other.

    `name` is what the user calls their device, to be told of at sign-in.

    `first`: only while the user has none, because whoever asks has proved the password alone.
    Raises SoftwareTokenMFANotFound, EnableSoftwareTokenMFA, TooManyRequests, InvalidSession, UserNotFound.
    """
    if factors.TOTP not in factors.allowed(pool):
        raise SoftwareTokenMFANotFound("Software Token MFA has not been enabled by the userPool")
    if not user.totp_offered:
        raise SoftwareTokenMFANotFound
    now = call.now()
    if not await call.store.write(people.spend, user.key, Budget("VerifySoftwareToken", TRIES, HOUR, now)):
        raise TooManyRequests("Attempt limit exceeded, please try after some time.")
    step = totp.step_of(_secret(user.totp_offered, user.sub, call), code, now)
    if step is None:
        raise EnableSoftwareTokenMFA

    def verified(before: User) -> User:
        if not before.still(user.totp_offered, before.totp_offered):
            raise EnableSoftwareTokenMFA  # another secret was handed out meanwhile, or it was verified already
        if first and factors.available(pool, before):
            raise InvalidSession
        proved = replace(before, totp=before.totp_offered, totp_offered=b"", totp_name=name)
        return replace(proved, totp_step=step, modified=now)

    await call.store.write(people.change, pool, user.key, verified)


async def offer_in_sign_in(session: str, call: Call) -> tuple[str, str]:
    """As `offer`, for whoever signs in and has to set up a factor: the secret, and the Session that waits now."""
    who = await _setting_up(session, call)
    try:
        secret = await offer(who.pool, who.user, call)
    except Refusal:
        await waiting.give_back(session, who.row, call)
        raise
    return secret, await waiting.renew(who.row, who.kept, call)


async def verify_in_sign_in(session: str, code: str, call: Call, *, name: str = "") -> str:
    """As `verify`; gives the Session that answers MFA_SETUP. A wrong code leaves the old one for another try."""
    who = await _setting_up(session, call)
    try:
        await verify(who.pool, who.user, code, call, name=name, first=True)
    except Refusal:
        await waiting.give_back(session, who.row, call)
        raise
    who.kept.carried.set_up = True
    return await waiting.renew(who.row, who.kept, call)


async def accept(user: User, code: str, call: Call) -> None:
    """Use up a code of the user's verified app. Raises CodeMismatch, and ExpiredCode for one that was used before.

    Counts no failure: that is the caller's, as what a wrong code means differs.
    """
    step = totp.step_of(_secret(user.totp, user.sub, call), code, call.now()) if user.totp else None
    if step is None:
        raise CodeMismatch(WRONG)
    rev = await call.store.write(people.use_step, user.key, user.totp, step) if step > user.totp_step else None
    if rev is None:
        raise ExpiredCode(USED)
    user.totp_step = step
    if rev == user.rev + 1:  # else somebody has changed more of the user: what is judged by `rev` must see it
        user.rev = rev


async def forget(pool: Pool, user: User, call: Call) -> None:
    """AdminDeleteSoftwareToken: the user has no app any more, and may set up a new one. Raises UserNotFound."""
    now = call.now()

    def forgotten(before: User) -> User:
        without = factors.switched_off(before, factors.TOTP)
        return replace(without, totp=b"", totp_offered=b"", totp_name="", totp_step=0, modified=now)

    await call.store.write(people.change, pool, user.key, forgotten)


async def _setting_up(session: str, call: Call) -> SettingUp:
    """The sign-in that waits for MFA_SETUP. Raises InvalidSession for any other, and where its user has changed.

    Who has a second factor by now must say it: a Session from before is no way around it.
    """
    row, kept = await waiting.take(session, None, call)
    found = await call.store.glance(sign_ins.start, kept.client, kept.username)
    if kept.challenge != SETUP or found is None or found[2] is None or not found[2].stands(kept.standing):
        raise InvalidSession
    if factors.available(found[1], found[2]):
        raise InvalidSession
    return SettingUp(found[1], found[2], row, kept)


def _secret(sealed: bytes, sub: str, call: Call) -> str:
    return call.desk.sealer.open(sealed, places.authenticator(sub)).decode()
