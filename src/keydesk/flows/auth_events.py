"""The events of a user, shown; and what somebody says of one afterwards, which later sign-ins are held against."""

from typing import Final

from msgspec.structs import replace

from keydesk.crypto.seal import same
from keydesk.domain.auth_event import AuthEvent, Feedback
from keydesk.domain.pool import Pool, Watch
from keydesk.domain.user import User
from keydesk.errors import NotAuthorized, ResourceNotFound, UserNotFound, UserPoolAddOnNotEnabled
from keydesk.flows import admin_users, paging, watch
from keydesk.flows.call import Call
from keydesk.flows.notices import feedback_token
from keydesk.store import auth_events

BY_ADMIN: Final = "Admin"
BY_USER: Final = "User"


async def page(
    pool_id: str, username: str, said: str | None, limit: int, call: Call
) -> tuple[list[AuthEvent], str | None]:
    """A page of the user's events, the newest first, and the token of the next.

    Raises ResourceNotFound, UserNotFound, UserPoolAddOnNotEnabled.
    """
    pool, user = await admin_users.named(pool_id, username, call)
    _check_watched(pool)
    await call.desk.journal.flush()
    at, _, id = paging.after(said, call, user.sub).partition(" ")
    rows = await call.store.read(auth_events.page, user.key, (int(at), id) if id else None, limit + 1)
    return paging.cut(rows, limit, lambda event: f"{event.at} {event.id}", call, user.sub)


async def judge(pool_id: str, username: str, event_id: str, value: str, call: Call) -> None:
    """An administrator's word. Raises ResourceNotFound, UserNotFound, UserPoolAddOnNotEnabled."""
    pool, user = await admin_users.named(pool_id, username, call)
    _check_watched(pool)
    await _judge(pool, user, event_id, Feedback(value, BY_ADMIN, call.now()), call)


async def judge_own(pool_id: str, username: str, event_id: str, value: str, call: Call, *, token: str) -> None:
    """The word of who read the notice. Who has no token learns nothing, not even whether there is such a user.

    Raises ResourceNotFound, NotAuthorized, UserPoolAddOnNotEnabled.
    """
    try:
        pool, user = await admin_users.named(pool_id, username, call)
    except UserNotFound:
        raise _untold() from None
    if not same(feedback_token(pool, user.sub, event_id, call.desk).encode(), token.encode()):
        raise _untold()
    _check_watched(pool)
    await _judge(pool, user, event_id, Feedback(value, BY_USER, call.now()), call)


async def _judge(pool: Pool, user: User, event_id: str, said: Feedback, call: Call) -> None:
    await call.desk.journal.flush()
    event = await call.store.read(auth_events.named, user.key, event_id)
    if event is None:
        raise ResourceNotFound(f"Event {event_id} does not exist.")
    await call.store.write(auth_events.change, pool.id, event_id, lambda event: replace(event, feedback=said))
    watch.tell(replace(event, feedback=said), pool, user, call)


def _untold() -> NotAuthorized:
    return NotAuthorized("Invalid feedback token.")


def _check_watched(pool: Pool) -> None:
    if Watch.OFF is pool.watch and Watch.OFF is pool.custom_watch:
        raise UserPoolAddOnNotEnabled
