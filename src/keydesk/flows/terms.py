"""Terms documents of app clients: addresses by language, made, told, changed and deleted. No page links to them yet."""

from msgspec.structs import replace

from keydesk.crypto.ids import new_uuid
from keydesk.errors import InvalidParameter, ResourceNotFound
from keydesk.flows import clients, paging, pools, stored_only
from keydesk.flows.call import Call
from keydesk.shapes.types import CreateTermsRequest, TermsType, UpdateTermsRequest
from keydesk.store import terms


async def here(id: str, pool_id: str, call: Call) -> TermsType:
    """The document of this pool. Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    return _found(await call.store.glance(terms.named, pool.id, id))


async def of_client(name: str, client_id: str, pool_id: str, call: Call) -> TermsType:
    """The client's document of this name. Raises ResourceNotFound."""
    client = await clients.here(client_id, await pools.here(pool_id, call), call)
    return _found(await call.store.glance(terms.of_client, client.pool, client.id, name))


async def create(ask: CreateTermsRequest, call: Call) -> TermsType:
    """A new document. Raises ResourceNotFound, InvalidParameter, TermsExists."""
    client = await clients.here(ask.client_id, await pools.here(ask.user_pool_id, call), call)
    if ask.links is None:
        raise InvalidParameter("Links must be given where TermsSource is LINK.")
    now = call.now() / 1000
    made = TermsType(
        terms_id=new_uuid(),
        user_pool_id=client.pool,
        client_id=client.id,
        terms_name=ask.terms_name,
        terms_source=ask.terms_source,
        enforcement=ask.enforcement,
        links=ask.links,
        creation_date=now,
        last_modified_date=now,
    )
    await call.store.write(terms.add, made)
    stored_only.warn(client.pool, made)
    return made


async def update(ask: UpdateTermsRequest, call: Call) -> TermsType:
    """Change what the request names. Raises ResourceNotFound, TermsExists."""
    was = await here(ask.terms_id, ask.user_pool_id, call)
    changed = replace(
        was,
        terms_name=ask.terms_name or was.terms_name,
        terms_source=ask.terms_source or was.terms_source,
        enforcement=ask.enforcement or was.enforcement,
        links=ask.links or was.links,
        last_modified_date=call.now() / 1000,
    )
    if not await call.store.write(terms.change, changed):
        raise _missing()
    stored_only.warn(changed.user_pool_id, changed)
    return changed


async def remove(id: str, pool_id: str, call: Call) -> None:
    """Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    if not await call.store.write(terms.remove, pool.id, id):
        raise _missing()


async def page(pool_id: str, said: str | None, limit: int, call: Call) -> tuple[list[TermsType], str | None]:
    """A page of the pool's documents in the order of their ids, and the token of the next."""
    pool = await pools.here(pool_id, call)
    rows = await call.store.read(terms.page, pool.id, paging.after(said, call, pool.id), limit + 1)
    return paging.cut(rows, limit, lambda one: one.terms_id, call, pool.id)


def _found(one: TermsType | None) -> TermsType:
    if one is None:
        raise _missing()
    return one


def _missing() -> ResourceNotFound:
    return ResourceNotFound("Terms not found.")
