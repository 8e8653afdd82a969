"""Things to store, and a store with a pool, a client and a user in it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from keydesk.domain.client import Client
from keydesk.domain.names import of_user
from keydesk.domain.pool import Pool
from keydesk.domain.session import Session
from keydesk.domain.user import Status, User, UserKey
from keydesk.shapes.types import UsernameConfigurationType, UserPoolClientType, UserPoolType
from keydesk.store import clients, pools, users
from keydesk.store.store import Store

P = ParamSpec("P")
T = TypeVar("T")
Door = Callable[..., Coroutine[Any, Any, Any]]


def pool(id: str = "eu-west-1_Pool00001", *, folds: bool = False, **settings: Any) -> Pool:
    case = UsernameConfigurationType(case_sensitive=False) if folds else None
    settled = UserPoolType(username_configuration=case, **settings)
    return Pool(
        id=id, region="eu-west-1", account="000000000000", name="a pool", settings=settled, created=1, modified=1
    )


def client(id: str = "client1", pool: str = "eu-west-1_Pool00001") -> Client:
    return Client(id=id, pool=pool, name="a client", settings=UserPoolClientType(), created=1, modified=1)


def user(number: int = 1, pool: str = "eu-west-1_Pool00001", **more: Any) -> User:
    known: dict[str, Any] = {
        "sub": f"sub-{number:06}",
        "pool": pool,
        "username": f"user{number:06}",
        "status": Status.CONFIRMED,
        "attributes": {"email": f"user{number:06}@example.com"},
        "created": 1,
        "modified": 1,
    }
    return User(**{**known, **more})


def key(number: int = 1, pool: str = "eu-west-1_Pool00001") -> UserKey:
    return UserKey(pool, f"sub-{number:06}")


def session(id: str = "event1", sub: str = "sub-000001", **more: Any) -> Session:
    known: dict[str, Any] = {
        "id": id,
        "pool": "eu-west-1_Pool00001",
        "sub": sub,
        "client": "client1",
        "refresh": f"digest of {id}".encode(),
        "origin": "origin",
        "created": 1000,
        "expires": 2000,
    }
    return Session(**{**known, **more})


def written(store: Store, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """One write."""
    return asyncio.run(store.write(fn, *args, **kwargs))


def read(store: Store, fn: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
    """One read."""
    return asyncio.run(store.read(fn, *args, **kwargs))


def added(db: Connection, *new: Pool | Client | User) -> None:
    """Stores them in this order, users under all their names."""
    for thing in new:
        if isinstance(thing, Pool):
            pools.add(db, thing)
        elif isinstance(thing, Client):
            clients.add(db, thing)
        else:
            its_pool = pools.named(db, thing.pool)
            assert its_pool is not None
            users.add(db, thing, of_user(thing.username, thing.attributes, its_pool))


async def together(*coroutines: Coroutine[Any, Any, T]) -> list[T | BaseException]:
    """All at once; refusals are outcomes, too."""
    return await asyncio.gather(*coroutines, return_exceptions=True)
