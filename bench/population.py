"""A database with a pool of many users, written through the store as the server writes it."""

import asyncio
import uuid
from pathlib import Path
from typing import Final

from bench.floor import PASSWORD
from keydesk.app import house
from keydesk.domain.names import of_user
from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User
from keydesk.flows import clients, credentials, pools
from keydesk.flows.call import Call
from keydesk.settings import load
from keydesk.shapes.types import CreateUserPoolClientRequest, CreateUserPoolRequest
from keydesk.store import users

BATCH: Final = 500


def populate(data: Path, size: int) -> str:
    """Users `user000000` and on, each with a proved e-mail address to sign in by; gives the client's id."""
    return asyncio.run(_populate(data, size))


async def _populate(data: Path, size: int) -> str:
    async with house(load({}, file=data / "none.toml", data=str(data)), "http://localhost", open=True) as opened:
        call = Call(desk=opened.desk, operation="bench", region="us-east-1", request_id="", ip="", agent="")
        pool = await pools.create(CreateUserPoolRequest(pool_name="bench", alias_attributes=["email"]), call)
        flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        ask = CreateUserPoolClientRequest(user_pool_id=pool.id, client_name="bench", explicit_auth_flows=flows)
        client = await clients.create(ask, call)
        for first in range(0, size, BATCH):
            made = [await _user(number, pool, call) for number in range(first, min(first + BATCH, size))]
            await asyncio.gather(
                *(call.store.write(users.add, user, of_user(user.username, user.attributes, pool)) for user in made)
            )
        return client.id


async def _user(number: int, pool: Pool, call: Call) -> User:
    sub, name = str(uuid.uuid4()), f"user{number:06}"
    return User(
        sub=sub,
        pool=pool.id,
        username=name,
        status=Status.CONFIRMED,
        attributes={"email": f"{name}@example.com", "email_verified": "true"},
        credential=await credentials.make(pool, sub, name, PASSWORD, call),
        created=call.now(),
        modified=call.now(),
    )
