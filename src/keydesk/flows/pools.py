"""User pools: made, shown, changed, listed, deleted. `here` is how every flow finds the pool that a request names."""

from keydesk.domain.pool import Pool
from keydesk.errors import ResourceNotFound
from keydesk.flows.call import Call
from keydesk.store import pools


async def here(pool_id: str, call: Call) -> Pool:
    """The pool, where it is one of the region in which the caller signed. Raises ResourceNotFound."""
    pool = await call.store.glance(pools.named, pool_id)
    if pool is None or pool.region != call.region:
        raise ResourceNotFound(f"User pool {pool_id} does not exist.")
    return pool
