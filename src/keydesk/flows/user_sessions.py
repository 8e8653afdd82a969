"""Session tracking: what a pool and a client say of it, and the sessions of a user, shown and ended one by one.

Only token sessions exist here. Sessions of the hosted pages, to which they could be linked, do not, so that
RevokeAssociatedSessions asks for nothing more: AWS says of LINKED that without such a parent it has no effect.
"""

from typing import Final

from msgspec.structs import replace

from keydesk.domain.client import Client
from keydesk.domain.pool import Pool, Tracking
from keydesk.domain.session import Session, by_public_id
from keydesk.domain.user import UserKey
from keydesk.errors import FeatureUnavailableInTier, InvalidParameter, OperationNotEnabled, ResourceNotFound
from keydesk.flows import admin_users, clients, paging, pools, stored_only
from keydesk.flows.bearer import bearer
from keydesk.flows.call import Call
from keydesk.shapes.types import ClientSSOSessionConfigType
from keydesk.store import user_sessions

PAGE: Final = 125  # as many as a published list holds

Page = tuple[list[Session], str | None]


async def configure(pool_id: str, tracking: Tracking, call: Call) -> Pool:
    """Replace what the pool says. Sessions beyond a new limit end at their user's next sign-in.

    Raises ResourceNotFound, FeatureUnavailableInTier.
    """

    def edit(pool: Pool) -> Pool:
        _check_tier(pool)
        return replace(pool, tracking=tracking)

    return await pools.rewrite(pool_id, edit, call)


async def configure_client(pool_id: str, client_id: str, said: ClientSSOSessionConfigType, call: Call) -> Client:
    """Replace what the client says. Raises ResourceNotFound, FeatureUnavailableInTier, OperationNotEnabled."""
    pool = await pools.here(pool_id, call)
    _check_tier(pool)
    _check_tracked(pool)
    client = await clients.change(client_id, pool, lambda client: replace(client, sso_session=said), call)
    stored_only.warn(pool.id, said)
    return client


async def of_caller(access_token: str, said: str | None, call: Call) -> tuple[Page, str]:
    """A page of the caller's own sessions, and the id of the one they ask in."""
    holder = await bearer(access_token, call)
    return await _page(holder.pool, holder.user.key, said, call), holder.session.id


async def of_user(pool_id: str, username: str, said: str | None, call: Call) -> Page:
    """A page of a user's sessions. Raises ResourceNotFound, UserNotFound, OperationNotEnabled."""
    pool, user = await admin_users.named(pool_id, username, call)
    return await _page(pool, user.key, said, call)


async def end_own(access_token: str, session_id: str, call: Call) -> None:
    """End another session of the caller's; the one they ask in ends by RevokeToken or GlobalSignOut.

    Raises InvalidParameter, ResourceNotFound, OperationNotEnabled.
    """
    holder = await bearer(access_token, call)
    if by_public_id(session_id) == holder.session.id:
        raise InvalidParameter("The current session cannot be revoked.")
    await _end(holder.pool, holder.user.key, session_id, call)


async def end(pool_id: str, username: str, session_id: str, call: Call) -> None:
    """End a session of the named user. Raises ResourceNotFound, UserNotFound, OperationNotEnabled."""
    pool, user = await admin_users.named(pool_id, username, call)
    await _end(pool, user.key, session_id, call)


async def _page(pool: Pool, key: UserKey, said: str | None, call: Call) -> Page:
    _check_tracked(pool)
    after = paging.after(said, call, key.sub)
    rows = await call.store.read(user_sessions.page, key, after, PAGE + 1, call.now())
    return paging.cut(rows, PAGE, lambda session: session.id, call, key.sub)


async def _end(pool: Pool, key: UserKey, session_id: str, call: Call) -> None:
    _check_tracked(pool)
    if not await call.store.write(user_sessions.end, key, by_public_id(session_id), call.now()):
        raise ResourceNotFound(f"Session {session_id} does not exist.")


def _check_tracked(pool: Pool) -> None:
    if not pool.tracking.enabled:
        raise OperationNotEnabled("Session tracking is not enabled for the user pool.")


def _check_tier(pool: Pool) -> None:
    if pool.settings.user_pool_tier == "LITE":
        raise FeatureUnavailableInTier("Session tracking is not available in the LITE tier.")
