"""Tags of a user pool, the one resource of the API that has any. The pool's semantics is one of them."""

import re
from typing import Final

from msgspec.structs import replace

from keydesk.domain.pool import Pool
from keydesk.errors import InvalidParameter
from keydesk.flows import pools, tag_rules
from keydesk.flows.call import Call
from keydesk.shapes.types import UserPoolType

_POOL_ARN: Final = re.compile(r"arn:aws[\w-]*:cognito-idp:(?P<region>[\w-]+):\d+:userpool/(?P<id>[\w-]+_[0-9a-zA-Z]+)")


async def add(arn: str, added: dict[str, str], call: Call) -> None:
    """Add tags or change their values. Raises InvalidParameter, ResourceNotFound."""

    def edit(pool: Pool) -> UserPoolType:
        tags = {**(pool.settings.user_pool_tags or {}), **added}
        tag_rules.check(tags)
        tag_rules.check_id(added, pool.id)
        return replace(pool.settings, user_pool_tags=tags)

    await pools.change((await _pool(arn, call)).id, edit, call)


async def remove(arn: str, names: list[str], call: Call) -> None:
    """Take tags away; one that is not there is no error."""

    def edit(pool: Pool) -> UserPoolType:
        tags = pool.settings.user_pool_tags or {}
        return replace(pool.settings, user_pool_tags={name: tags[name] for name in tags if name not in names})

    await pools.change((await _pool(arn, call)).id, edit, call)


async def of(arn: str, call: Call) -> dict[str, str]:
    """All tags of the pool."""
    return (await _pool(arn, call)).settings.user_pool_tags or {}


async def _pool(arn: str, call: Call) -> Pool:
    """The pool with this very ARN: account and region count."""
    form = _POOL_ARN.fullmatch(arn)
    if form is None:
        raise InvalidParameter(f"{arn} is not the ARN of a user pool.")
    pool = await pools.here(form["id"], call)
    if pool.arn != arn:
        raise pools.missing(form["id"])
    return pool
