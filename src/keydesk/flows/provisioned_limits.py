"""Limits on requests a second: shown, set, and lifted. What they do is `throttle`'s."""

from typing import Final

from keydesk.domain.request_limit import CATEGORIES, MANAGEMENT, UNLIMITED
from keydesk.errors import InvalidParameter, ResourceNotFound
from keydesk.flows import pools
from keydesk.flows.call import Call
from keydesk.shapes.types import LimitDefinitionType
from keydesk.store import request_limits
from keydesk.store.request_limits import Scope

CATEGORY: Final = "Category"
POOL: Final = "UserPoolId"  # ours: a limit of one pool


async def shown(asked: LimitDefinitionType, call: Call) -> int:
    """Requests a second, UNLIMITED where nobody has said. Raises InvalidParameter, ResourceNotFound."""
    scope = await _scope(asked, call)
    return (await call.store.read(request_limits.every)).get(scope, UNLIMITED)


async def change(asked: LimitDefinitionType, value: int, call: Call) -> None:
    """From now on so many are let through; UNLIMITED lifts the limit. Raises InvalidParameter, ResourceNotFound."""
    scope = await _scope(asked, call)
    if value < 1:
        raise InvalidParameter("RequestedLimitValue must be at least 1.")
    if value == UNLIMITED:
        await call.store.write(request_limits.lift, scope)
    else:
        await call.store.write(request_limits.keep, scope, value)
    await call.desk.throttle.refresh()


async def _scope(asked: LimitDefinitionType, call: Call) -> Scope:
    said = dict(asked.attributes)
    category, pool = said.pop(CATEGORY, None), said.pop(POOL, "")
    if category is None or said:
        raise InvalidParameter(f"Attributes must have {CATEGORY}, and may have {POOL}; nothing else.")
    if category not in CATEGORIES or category == MANAGEMENT:
        raise ResourceNotFound(f"There is no limit of the category {category} that could be changed.")
    if pool:
        await pools.here(pool, call)
    return Scope(call.region, pool, category)
