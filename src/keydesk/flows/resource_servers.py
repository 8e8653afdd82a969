"""Resource servers: what an access token may be good for, beside users. Their scopes are `identifier/name`."""

from keydesk.domain.pool import Pool
from keydesk.errors import InvalidParameter, ResourceNotFound
from keydesk.flows import paging, pools
from keydesk.flows.call import Call
from keydesk.shapes.types import CreateResourceServerRequest, ResourceServerType, UpdateResourceServerRequest
from keydesk.store import resource_servers

Asked = CreateResourceServerRequest | UpdateResourceServerRequest


async def here(pool_id: str, identifier: str, call: Call) -> ResourceServerType:
    """The resource server of this pool. Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    server = await call.store.glance(resource_servers.named, pool.id, identifier)
    if server is None:
        raise missing(identifier)
    return server


def missing(identifier: str) -> ResourceNotFound:
    """There is no such server in the pool."""
    return ResourceNotFound(f"Resource server {identifier} does not exist.")


async def create(ask: CreateResourceServerRequest, call: Call) -> ResourceServerType:
    """A new server with its scopes. Raises ResourceNotFound, InvalidParameter."""
    pool = await pools.here(ask.user_pool_id, call)
    server = _settled(ask, pool)
    await call.store.write(resource_servers.add, pool.id, server)
    return server


async def update(ask: UpdateResourceServerRequest, call: Call) -> ResourceServerType:
    """Replace name and scopes: without scopes it has none afterwards. Raises ResourceNotFound, InvalidParameter."""
    pool = await pools.here(ask.user_pool_id, call)
    server = _settled(ask, pool)
    if not await call.store.write(resource_servers.change, pool.id, server):
        raise missing(ask.identifier)
    return server


async def remove(pool_id: str, identifier: str, call: Call) -> None:
    """Delete a server. Clients go on naming its scopes, and get them in no token. Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    if not await call.store.write(resource_servers.remove, pool.id, identifier):
        raise missing(identifier)


async def page(pool_id: str, said: str | None, limit: int, call: Call) -> tuple[list[ResourceServerType], str | None]:
    """A page of the pool's servers in the order of their identifiers, and the token of the next."""
    pool = await pools.here(pool_id, call)
    rows = await call.store.read(resource_servers.page, pool.id, paging.after(said, call, pool.id), limit + 1)
    return paging.cut(rows, limit, lambda server: server.identifier or "", call, pool.id)


def _settled(ask: Asked, pool: Pool) -> ResourceServerType:
    names = [scope.scope_name for scope in ask.scopes or ()]
    if len(set(names)) < len(names):
        raise InvalidParameter("The scopes of a resource server must have different names.")
    return ResourceServerType(user_pool_id=pool.id, identifier=ask.identifier, name=ask.name, scopes=ask.scopes or [])
