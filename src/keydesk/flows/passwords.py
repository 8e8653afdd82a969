"""Passwords that are set by who may: the user who knows the old one, and administrators."""

from msgspec.structs import replace

from keydesk.domain import password_policy
from keydesk.domain.auth_event import EventKind
from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User
from keydesk.errors import LimitExceeded, NotAuthorized
from keydesk.flows import codes, credentials, lockout, protection, watch
from keydesk.flows.bearer import Bearer
from keydesk.flows.call import Call
from keydesk.store import people, users

DAY = 86_400_000  # milliseconds


async def change(bearer: Bearer, old: str | None, new: str, call: Call) -> None:
    """ChangePassword. A wrong old password counts as any wrong password does (AU-04).

    Raises NotAuthorized, LimitExceeded, InvalidPassword, PasswordHistoryPolicyViolation.
    """
    with watch.watching(EventKind.PASSWORD_CHANGE, (bearer.pool, bearer.client, bearer.user), call):
        await _change(bearer, old, new, call)


async def _change(bearer: Bearer, old: str | None, new: str, call: Call) -> None:
    user, pool = bearer.user, bearer.pool
    password_policy.check(pool.password_policy, new)
    if not await call.store.write(people.spend, user.key, codes.budget(call)):
        raise LimitExceeded
    async with lockout.judging(user, call):
        proof = await credentials.matches(user, pool, old or "", call)
        if not proof.right:
            await lockout.failed(user, call)
            raise NotAuthorized
    await protection.check_new_password(protection.PASSWORD_CHANGE, new, pool, bearer.client, call)
    credential = await credentials.make(pool, user.sub, user.username, new, call, before=user.credential)
    now = call.now()

    def changed(before: User) -> User:
        if not before.still(user.credential, before.credential):
            raise NotAuthorized  # it was changed meanwhile, so the old password is no longer the password
        return replace(before, credential=credential, modified=now)

    await call.store.write(people.change, pool, user.key, changed)
    await call.store.write(users.forget_failures, user.key)


async def put(pool: Pool, user: User, password: str, call: Call, *, permanent: bool) -> None:
    """AdminSetUserPassword: a lasting password confirms the user, any other must be replaced at the next sign-in.

    Raises InvalidPassword, PasswordHistoryPolicyViolation.
    """
    password_policy.check(pool.password_policy, password, by_admin=True)
    credential = await credentials.make(pool, user.sub, user.username, password, call, before=user.credential)
    now = call.now()
    status = Status.CONFIRMED if permanent else Status.FORCE_CHANGE_PASSWORD
    until = 0 if permanent else temporary_until(pool, now)
    await call.store.write(
        people.reset,
        pool,
        user.key,
        lambda old: replace(old, credential=credential, status=status, temporary_until=until, modified=now),
    )


def temporary_until(pool: Pool, now: int) -> int:
    """Epoch milliseconds at which a temporary password made now dies: TemporaryPasswordValidityDays, else seven."""
    said = pool.password_policy
    config = pool.settings.admin_create_user_config
    days = (said.temporary_password_validity_days if said else None) or (
        config.unused_account_validity_days if config else None
    )
    return now + (days or 7) * DAY
