"""App clients: made, shown, changed, listed, deleted."""

import re
import secrets
from collections.abc import Callable
from string import ascii_lowercase, digits
from typing import Final

import structlog
from msgspec.structs import replace

from keydesk.domain import places
from keydesk.domain.client import Client, Secret, secret_id
from keydesk.domain.pool import Pool
from keydesk.errors import ConcurrentModification, InvalidParameter, ResourceNotFound
from keydesk.flows import client_rules, idle_triggers, paging, pools, stored_only
from keydesk.flows.call import Call
from keydesk.flows.client_rules import Known
from keydesk.shapes.types import CreateUserPoolClientRequest, UpdateUserPoolClientRequest, UserPoolClientType
from keydesk.store import clients, identity_providers, people, resource_servers

log = structlog.get_logger("keydesk.pools")

ID_LENGTH: Final = 26
SECRET_LENGTH: Final = 51
_LETTERS: Final = ascii_lowercase + digits
_PINNED: Final = re.compile(r".*=(?P<id>[a-z0-9]{26})", re.DOTALL)
_TRIES: Final = 5


async def here(client_id: str, pool: Pool, call: Call) -> Client:
    """The client of this very pool. Raises ResourceNotFound."""
    client = await call.store.glance(clients.named, client_id)
    if client is None or client.pool != pool.id:
        raise missing(client_id)
    return client


def missing(client_id: str) -> ResourceNotFound:
    """There is no such client, or not in that pool."""
    return ResourceNotFound(f"User pool client {client_id} does not exist.")


async def create(ask: CreateUserPoolClientRequest, call: Call) -> Client:
    """A new client. Raises ResourceNotFound, InvalidParameter, InvalidOAuthFlow, ScopeDoesNotExist."""
    pool = await pools.here(ask.user_pool_id, call)
    id = _pinned(ask.client_name, call) or _random(ID_LENGTH)
    now = call.now()
    client = Client(
        id=id,
        pool=pool.id,
        name=ask.client_name,
        settings=client_rules.settled(ask),
        created=now,
        modified=now,
    )
    client.secrets = _first_secret(ask, client, call)
    client_rules.check(client, pool, await _known(client.settings, pool, call), doing="creating")
    before = await _allows_srp(pool.id, call)
    await call.store.write(clients.add, client)
    await _tell(client, before, call)
    return client


async def update(ask: UpdateUserPoolClientRequest, call: Call) -> Client:
    """Replace a client's settings: what is left out goes back to its default. Name, id and secret stay."""
    pool = await pools.here(ask.user_pool_id, call)
    settings = client_rules.settled(ask)
    known = await _known(settings, pool, call)

    def edit(client: Client) -> Client:
        changed = replace(client, settings=settings, name=ask.client_name or client.name)
        client_rules.check(changed, pool, known, doing="updating")
        return changed

    before = await _allows_srp(pool.id, call)
    client = await change(ask.client_id, pool, edit, call)
    await _tell(client, before, call)
    return client


async def change(client_id: str, pool: Pool, edit: Callable[[Client], Client], call: Call) -> Client:
    """Store what `edit` makes of the client; it may be run again.

    Raises ResourceNotFound, and ConcurrentModification where others change the client all the time.
    """
    for _ in range(_TRIES):
        changed = replace(edit(await here(client_id, pool, call)), modified=call.now())
        try:
            return await call.store.write(clients.change, changed)
        except ConcurrentModification:
            continue
    raise ConcurrentModification


async def remove(pool_id: str, client_id: str, call: Call) -> None:
    """Delete a client; what its users hold from it dies with it. Raises ResourceNotFound."""
    client = await here(client_id, await pools.here(pool_id, call), call)
    if not await call.store.write(clients.remove, client.pool, client.id):
        raise missing(client_id)
    await idle_triggers.warn(client.pool, call, of_clients=True)


async def page(pool_id: str, said: str | None, limit: int, call: Call) -> tuple[list[Client], str | None]:
    """A page of the pool's clients in the order of their ids, and the token of the next."""
    pool = await pools.here(pool_id, call)
    rows = await call.store.read(clients.page, pool.id, paging.after(said, call, pool.id), limit + 1)
    return paging.cut(rows, limit, lambda client: client.id, call, pool.id)


def secret(client: Client, value: str, created: int, call: Call) -> Secret:
    """A secret to keep: sealed to its client."""
    sealed = call.desk.sealer.seal(value.encode(), places.client(client.id), client.pool)
    return Secret(secret_id(client.id, created), sealed, created)


def random_secret() -> str:
    """Over 260 random bits."""
    return _random(SECRET_LENGTH)


async def _known(settings: UserPoolClientType, pool: Pool, call: Call) -> Known:
    """What of the pool's own the settings may name; looked up where they name anything of the kind."""
    if not client_rules.names_others(settings):
        return Known()
    return Known(
        await call.store.read(identity_providers.names, pool.id),
        await call.store.read(resource_servers.scopes, pool.id),
    )


async def _allows_srp(pool: str, call: Call) -> bool:
    return await call.store.glance(people.allows_srp, pool)


async def _tell(client: Client, srp_before: bool, call: Call) -> None:
    """What the client asks for in vain, and which triggers of its pool no client lets run now.

    Nor can a password be proved by SRP that is from when no client of the pool allowed that.
    """
    stored_only.warn(client.pool, client.settings)
    if client.allows_srp and not srp_before:
        log.warning("passwords from before cannot be proved by SRP yet", pool=client.pool, client=client.id)
    await idle_triggers.warn(client.pool, call, of_clients=True)


def _first_secret(ask: CreateUserPoolClientRequest, client: Client, call: Call) -> tuple[Secret, ...]:
    if ask.client_secret is not None and ask.generate_secret:
        raise InvalidParameter("Either GenerateSecret or ClientSecret can be given, not both.")
    said = ask.client_secret or (random_secret() if ask.generate_secret else "")
    return (secret(client, said, client.created, call),) if said else ()


def _pinned(name: str, call: Call) -> str | None:
    """In development a client may choose its id: a name that ends in `=` and 26 lower-case letters or digits."""
    found = _PINNED.fullmatch(name)
    return found["id"] if found and call.desk.open else None


def _random(length: int) -> str:
    return "".join(secrets.choice(_LETTERS) for _ in range(length))
