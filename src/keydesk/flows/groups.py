"""Groups of users: made, changed, listed, deleted, joined and left.

UpdateGroup leaves alone what it does not name; to join or leave twice is no error.
"""

from msgspec.structs import replace

from keydesk.domain.group import Group
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.errors import ResourceNotFound
from keydesk.flows import paging, pools
from keydesk.flows.admin_users import named
from keydesk.flows.call import Call
from keydesk.shapes.types import CreateGroupRequest, UpdateGroupRequest
from keydesk.store import groups


async def here(name: str, pool: Pool, call: Call) -> Group:
    """The group of this pool. Raises ResourceNotFound."""
    group = await call.store.glance(groups.named, pool.id, name)
    if group is None:
        raise missing()
    return group


def missing() -> ResourceNotFound:
    """There is no such group in the pool."""
    return ResourceNotFound("Group not found.")


async def create(ask: CreateGroupRequest, call: Call) -> Group:
    """A new group. Raises ResourceNotFound, GroupExists."""
    pool = await pools.here(ask.user_pool_id, call)
    now = call.now()
    group = Group(
        pool=pool.id,
        name=ask.group_name,
        description=ask.description,
        role=ask.role_arn,
        precedence=ask.precedence,
        created=now,
        modified=now,
    )
    await call.store.write(groups.add, group)
    return group


async def update(ask: UpdateGroupRequest, call: Call) -> Group:
    """Change what the request names. Raises ResourceNotFound."""
    group = await here(ask.group_name, await pools.here(ask.user_pool_id, call), call)
    changed = replace(
        group,
        description=group.description if ask.description is None else ask.description,
        role=group.role if ask.role_arn is None else ask.role_arn,
        precedence=group.precedence if ask.precedence is None else ask.precedence,
        modified=call.now(),
    )
    if not await call.store.write(groups.change, changed):
        raise missing()
    return changed


async def remove(pool_id: str, name: str, call: Call) -> None:
    """Delete a group; its members stay users. Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    if not await call.store.write(groups.remove, pool.id, name):
        raise missing()


async def page(pool_id: str, said: str | None, limit: int, call: Call) -> tuple[list[Group], str | None]:
    """A page of the pool's groups in the order of their names, and the token of the next."""
    pool = await pools.here(pool_id, call)
    rows = await call.store.read(groups.page, pool.id, paging.after(said, call, pool.id), limit + 1)
    return paging.cut(rows, limit, lambda group: group.name, call, pool.id)


async def of_user(
    pool_id: str, username: str, said: str | None, limit: int, call: Call
) -> tuple[list[Group], str | None]:
    """A page of the groups that a user is in, and the token of the next."""
    _, user = await named(pool_id, username, call)
    rows = await call.store.read(groups.of_user, user.key, paging.after(said, call, user.sub), limit + 1)
    return paging.cut(rows, limit, lambda group: group.name, call, user.sub)


async def members(pool_id: str, name: str, said: str | None, limit: int, call: Call) -> tuple[list[User], str | None]:
    """A page of a group's users in the order of their names, and the token of the next."""
    pool = await pools.here(pool_id, call)
    group = await here(name, pool, call)
    list_of = (pool.id, group.name)
    found = await call.store.read(groups.members, *list_of, paging.after(said, call, *list_of), limit)
    return found.users, None if found.after is None else paging.token(found.after, call, *list_of)


async def join(pool_id: str, username: str, name: str, call: Call) -> None:
    """Put a user into a group. Raises ResourceNotFound, UserNotFound."""
    pool, user = await named(pool_id, username, call)
    group = await here(name, pool, call)
    await call.store.write(groups.join, group.name, user.key, call.now())


async def leave(pool_id: str, username: str, name: str, call: Call) -> None:
    """Take a user out of a group. Raises ResourceNotFound, UserNotFound."""
    pool, user = await named(pool_id, username, call)
    group = await here(name, pool, call)
    await call.store.write(groups.leave, group.name, user.key)
