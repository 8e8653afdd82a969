"""The pool and the client that `keydesk dev` begins with: made at the first start, found again at the next."""

from typing import Final

from keydesk.flows import clients, pools
from keydesk.flows.call import Call, Desk
from keydesk.shapes.types import CreateUserPoolClientRequest, CreateUserPoolRequest
from keydesk.store import clients as stored_clients
from keydesk.store import facts

POOL_FACT: Final = "first_pool"
CLIENT_FACT: Final = "first_client"
FLOWS: Final = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]


async def ensure(desk: Desk) -> tuple[str, str]:
    """The ids of the first pool and client; both are made anew where somebody deleted either.

    Of several servers that start at once on one database, one makes them.
    """
    pool = await desk.store.read(facts.value, POOL_FACT)
    client = await desk.store.read(facts.value, CLIENT_FACT)
    if pool and client:
        there = await desk.store.read(stored_clients.named, client)
        if there is not None:
            return pool, client
    call = Call(desk=desk, operation="first pool", region=desk.settings["region"], request_id="", ip="", agent="")
    made = await pools.create(CreateUserPoolRequest(pool_name="first", auto_verified_attributes=["email"]), call)
    ask = CreateUserPoolClientRequest(user_pool_id=made.id, client_name="first", explicit_auth_flows=FLOWS)
    ids = {POOL_FACT: made.id, CLIENT_FACT: (await clients.create(ask, call)).id}
    if not await desk.store.write(facts.settle, POOL_FACT, pool, ids):
        await pools.remove(made.id, call)  # another server was faster
        return await ensure(desk)
    return made.id, ids[CLIENT_FACT]
