"""Whom and what a trigger is fired for, from a call."""

from keydesk.domain.pool import Pool
from keydesk.flows.call import Call
from keydesk.triggers.event import Occasion


def occasion(call: Call, pool: Pool, username: str, client_id: str | None) -> Occasion:
    """An occasion in this pool, under the pool's semantics. `client_id` None leaves the member out of the event."""
    return Occasion(
        pool=pool,
        semantics=pool.semantics(call.desk.semantics),
        username=username,
        client_id=client_id,
        agent=call.agent,
        fired=call.trail.fired,
    )
