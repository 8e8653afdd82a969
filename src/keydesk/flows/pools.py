"""User pools: made, shown, changed, listed, deleted. `here` is how every flow finds the pool that a request names."""

import secrets
from collections.abc import Callable
from string import ascii_letters, digits
from typing import Final, TypeAlias

import msgspec
from msgspec.structs import replace

from keydesk.crypto.keys import SigningKey
from keydesk.crypto.seal import DataKey
from keydesk.domain import places
from keydesk.domain.attribute import pool_schema, with_custom
from keydesk.domain.function import by_arn
from keydesk.domain.pool import Factors, Pool, Semantics
from keydesk.errors import ConcurrentModification, InvalidParameter, ResourceNotFound
from keydesk.flows import functions, idle_triggers, paging, pool_rules, stored_only, tag_rules
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    CreateUserPoolRequest,
    SchemaAttributeType,
    UpdateUserPoolRequest,
    UserPoolType,
)
from keydesk.store import new_pool, pools
from keydesk.store.signing_keys import SigningKeyRow

Edit: TypeAlias = Callable[[Pool], UserPoolType]

MOST_CUSTOM: Final = 50
_TRIES: Final = 5
_IMMUTABLE: Final = ("schema_attributes", "alias_attributes", "username_attributes", "username_configuration")
_DOMAINS: Final = ("domain", "custom_domain")


async def here(pool_id: str, call: Call) -> Pool:
    """The pool, where it is one of the region in which the caller signed. Raises ResourceNotFound."""
    pool = await call.store.glance(pools.named, pool_id)
    if pool is None or pool.region != call.region:
        raise missing(pool_id)
    return pool


def missing(pool_id: str) -> ResourceNotFound:
    """There is no such pool in the region."""
    return ResourceNotFound(f"User pool {pool_id} does not exist.")


async def create(ask: CreateUserPoolRequest, call: Call) -> Pool:
    """A new pool in the caller's region, with its signing key. Raises InvalidParameter, FeatureUnavailableInTier."""
    pool_rules.check_names(ask)
    settings = pool_rules.settled(ask, call.region)
    pool_rules.check_factors(settings, Factors())
    settings.schema_attributes = pool_schema(ask.schema or ())
    settings.alias_attributes = ask.alias_attributes
    settings.username_attributes = ask.username_attributes
    settings.username_configuration = ask.username_configuration
    tags = settings.user_pool_tags or {}
    tag_rules.check(tags)
    now = call.now()
    pool = Pool(
        id=tag_rules.pinned(tags, call.region, allowed=call.desk.open) or _fresh_id(call.region),
        region=call.region,
        account=call.desk.account,
        name=ask.pool_name,
        settings=settings,
        created=now,
        modified=now,
    )
    await add(pool, call)
    return pool


async def add(pool: Pool, call: Call) -> None:
    """A pool that is settled already, with its signing key. Raises InvalidParameter where the id is taken."""
    await _found(pool, call)
    await _attach(pool, call, born=True)


async def update(ask: UpdateUserPoolRequest, call: Call) -> Pool:
    """Replace a pool's settings: what is left out goes back to its default, but for tags and the immutable parts.

    What SetUserPoolMfaConfig and SetUserPoolSessionConfiguration alone can say stays.
    """
    settings = pool_rules.settled(ask, call.region)
    if ask.user_pool_tags is not None:
        tag_rules.check(ask.user_pool_tags)
        tag_rules.check_id(ask.user_pool_tags, ask.user_pool_id)

    def edit(pool: Pool) -> UserPoolType:
        pool_rules.check_factors(settings, pool.factors, later=pool.settings.mfa_configuration != "ON")
        pool_rules.check_tracking(settings, pool.tracking)
        kept = {name: getattr(pool.settings, name) for name in (*_IMMUTABLE, *_DOMAINS)}
        if ask.user_pool_tags is None:
            kept["user_pool_tags"] = pool.settings.user_pool_tags
        return replace(settings, **kept)

    pool = await change(ask.user_pool_id, edit, call, name=ask.pool_name)
    await _attach(pool, call)
    return pool


async def change(pool_id: str, edit: Edit, call: Call, *, name: str | None = None) -> Pool:
    """Store what `edit` makes of the pool's settings; it may be run again. `name` None keeps the name.

    Raises ResourceNotFound, and ConcurrentModification where others change the pool all the time.
    """
    return await rewrite(pool_id, lambda pool: replace(pool, settings=edit(pool), name=name or pool.name), call)


async def rewrite(
    pool_id: str, edit: Callable[[Pool], Pool], call: Call, keep: Callable[..., object] = pools.change
) -> Pool:
    """As `change`, for what is kept of a pool beside its settings. `keep` stores it, and perhaps more with it."""
    for _ in range(_TRIES):
        changed = replace(edit(await here(pool_id, call)), modified=call.now())
        try:
            await call.store.write(keep, changed)
        except ConcurrentModification:
            continue
        return await here(pool_id, call)  # with the functions that its triggers name now
    raise ConcurrentModification


async def remove(pool_id: str, call: Call) -> None:
    """Delete a pool with everything in it.

    Raises ResourceNotFound, and InvalidParameter where it is protected or has a domain.
    """
    pool = await here(pool_id, call)
    if pool.settings.deletion_protection == "ACTIVE":
        raise InvalidParameter(
            "The user pool cannot be deleted because deletion protection is activated. "
            "Deletion protection must be inactivated first."
        )
    if pool.settings.domain or pool.settings.custom_domain:
        raise InvalidParameter("User pool cannot be deleted. It has a domain configured that should be deleted first.")
    if not await call.store.write(pools.remove, pool.id):
        raise missing(pool_id)
    call.desk.keyring.forget(pool.id)
    call.desk.sealer.forget(pool.id)


async def page(said: str | None, limit: int, call: Call) -> tuple[list[Pool], str | None]:
    """A page of the region's pools in the order of their ids, and the token of the next."""
    rows = await call.store.read(pools.page, call.region, paging.after(said, call, call.region), limit + 1)
    return paging.cut(rows, limit, lambda pool: pool.id, call, call.region)


async def count_users(pool: Pool, call: Call) -> int:
    """EstimatedNumberOfUsers: exact for a pool that is not large."""
    return await call.store.read(pools.count_users, pool.id)


async def add_attributes(pool_id: str, added: list[SchemaAttributeType], call: Call) -> None:
    """Add custom attributes to the schema. Raises InvalidParameter."""

    def edit(pool: Pool) -> UserPoolType:
        schema = with_custom(pool.schema, added)
        if sum(attribute.name is not None and "custom:" in attribute.name for attribute in schema) > MOST_CUSTOM:
            raise InvalidParameter(f"A user pool has at most {MOST_CUSTOM} custom attributes.")
        return replace(pool.settings, schema_attributes=schema)

    await change(pool_id, edit, call)


def _fresh_id(region: str) -> str:
    return f"{region}_" + "".join(secrets.choice(ascii_letters + digits) for _ in range(9))


async def _found(pool: Pool, call: Call) -> None:
    """Store the pool with keys of its own. Raises InvalidParameter where the id is taken."""
    rack, key = call.desk.rack, await call.think(SigningKey.generate)
    sealing = None if rack.as_before else DataKey.generate(pool.id, pool.created)
    rows = rack.wrapped(sealing) if sealing else []
    await call.store.write(new_pool.add, pool, _sealed(key, pool, sealing or rack.root), *rows)
    rack.sealer.learn([sealing] if sealing else [])


def _sealed(key: SigningKey, pool: Pool, under: DataKey) -> SigningKeyRow:
    return SigningKeyRow(
        kid=key.kid,
        pool=pool.id,
        private=under.seal(key.to_der(), places.signing_key(key.kid)),
        public=msgspec.json.encode(key.public()),
        created=pool.created,
        active=pool.created,
    )


async def _attach(pool: Pool, call: Call, *, born: bool = False) -> None:
    """Let the pool invoke its triggers where its semantics wants that (C-14), and tell what will not happen."""
    if pool.semantics(call.desk.semantics) is Semantics.KEYDESK:
        for trigger, arn in pool_rules.triggers(pool.settings.lambda_config).items():
            if ref := by_arn(arn):
                await functions.grant(call.desk, ref, pool.arn, trigger)
    await idle_triggers.warn(pool.id, call, born=born)
    stored_only.warn(pool.id, pool.settings)
