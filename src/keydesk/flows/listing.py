"""ListUsers: a page of a pool's users."""

import json
from collections.abc import Iterable

from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.domain.user_filter import Filter, parse
from keydesk.errors import InvalidParameter
from keydesk.flows import paging
from keydesk.flows.call import Call
from keydesk.store import user_filter
from keydesk.store.user_filter import After


async def page(
    pool: Pool, said: str | None, token: str | None, limit: int, call: Call
) -> tuple[list[User], str | None]:
    """At most `limit` users whom the filter `said` lets through, and the token of the next page.

    Raises InvalidParameter for a filter or a token that cannot be read.
    """
    filter = parse(said) if said and said.strip() else None
    found = await call.store.read(user_filter.page, pool, filter, _after(token, filter, pool, call), limit)
    following = None
    if found.after is not None:
        following = paging.token(json.dumps(list(found.after)), call, pool.id, repr(filter))
    return found.users, following


def wanted(pool: Pool, names: list[str] | None) -> list[str] | None:
    """AttributesToGet; None gets all. Raises InvalidParameter for what is not in the pool's schema."""
    if names is None:
        return None
    known = {attribute.name for attribute in pool.schema}
    if not known.issuperset(names):
        raise InvalidParameter("One or more requested attributes do not exist in user pool.")
    return names


def refuse_unset(users: Iterable[User], names: list[str] | None) -> None:
    """As documented, every user of the page must have every attribute that is asked for. Raises InvalidParameter."""
    if names and not all(user.told().keys() >= set(names) for user in users):
        raise InvalidParameter("One or more requested attributes do not exist.")


def _after(token: str | None, filter: Filter | None, pool: Pool, call: Call) -> After | None:
    last = paging.after(token, call, pool.id, repr(filter))
    return After(*json.loads(last)) if last else None
