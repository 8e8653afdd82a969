"""A clean pool for one test, in development: with everything else gone, or beside what is there.

The triggers of a watched folder are wired to the new pool as they are to the first one.
"""

from typing import Any

from msgspec.structs import replace

from keydesk.domain.client import Client
from keydesk.domain.function import Deployed, by_arn
from keydesk.domain.pool import Pool
from keydesk.flows import clients, first_pool, functions, pools
from keydesk.flows.call import Call, Desk
from keydesk.flows.folder import trigger_of
from keydesk.shapes.types import (
    CreateUserPoolClientRequest,
    CreateUserPoolRequest,
    InboundFederationLambdaType,
    LambdaConfigType,
)
from keydesk.store import erase, facts
from keydesk.store import functions as stored


async def empty(desk: Desk) -> None:
    """Delete all pools with all that is in them, functions, keys, logs, traces and messages.

    Functions of a watched folder stay: they are files. Only for development.
    """
    await desk.courier.drained()
    await desk.journal.flush()
    gone = await desk.store.write(erase.everything)
    for pool in gone.pools:
        desk.keyring.forget(pool)
        desk.sealer.forget(pool)
    await desk.functions.forget(*gone.archives)
    for one in await _watched(desk):
        await desk.store.write(stored.change, one.region, one.name, lambda now: replace(now, statements=()))
    desk.triggers.breakers.clear()
    await desk.throttle.refresh()
    if desk.courier.outbox is not None:
        desk.courier.outbox.clear()


async def begin(
    pool_ask: CreateUserPoolRequest, client_ask: CreateUserPoolClientRequest, call: Call, *, first: bool
) -> tuple[Pool, Client]:
    """Make the pool and its client, the server's first ones where `first` says so. Raises what making them raises."""
    desk = call.desk
    config = await _with_folder(pool_ask.lambda_config or LambdaConfigType(), desk)
    pool = await pools.create(replace(pool_ask, lambda_config=config), call)
    client = await clients.create(replace(client_ask, user_pool_id=pool.id), call)
    if first:
        for fact, id in ((first_pool.POOL_FACT, pool.id), (first_pool.CLIENT_FACT, client.id)):
            await desk.store.write(facts.keep, fact, id)
    return pool, client


async def _with_folder(config: LambdaConfigType, desk: Desk) -> LambdaConfigType | None:
    """The triggers that are asked for, and where they leave one open, the one of the folder."""
    said: dict[str, Any] = {}
    for one in await _watched(desk):
        trigger = trigger_of(one.name)
        if trigger is None or getattr(config, trigger) or getattr(config, f"{trigger}_config", None):
            continue
        await _let_in(one, trigger, desk)
        said[trigger] = one.plain_arn
        if trigger == "inbound_federation":
            said[trigger] = InboundFederationLambdaType(lambda_version="V1_0", lambda_arn=one.plain_arn)
    whole = replace(config, **said)
    return whole if whole != LambdaConfigType() else None


async def _let_in(one: Deployed, trigger: str, desk: Desk) -> None:
    """Every pool of the account, once: a permission for each test's pool would make the policy grow without end."""
    ref = by_arn(one.plain_arn)
    if ref is not None:
        every = f"arn:aws:cognito-idp:{one.region}:{one.account}:userpool/*"
        await functions.grant(desk, ref, every, trigger)


async def _watched(desk: Desk) -> list[Deployed]:
    return await desk.store.read(stored.folders, desk.settings["region"])
