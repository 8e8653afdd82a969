"""The pool and client to begin with: the same for everybody, however many servers start at once."""

import asyncio
import threading
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from keydesk.app import House, house
from keydesk.crypto.key_file import KeyRefused
from keydesk.crypto.keys import SigningKey
from keydesk.flows import first_pool
from keydesk.settings import Settings, load
from keydesk.store import pools


def settings(folder: Path, **more: str) -> Settings:
    said = {"KEYDESK_" + name.upper(): value for name, value in more.items()}
    return load(said, file=folder / "none.toml", data=str(folder))


async def opened(stack: AsyncExitStack, said: Settings) -> House:
    return await stack.enter_async_context(house(said, "http://127.0.0.1:1", open=True))


def test_servers_that_start_at_once_make_one_pool(database_url: str, tmp_path: Path) -> None:
    said = settings(tmp_path, database_url=database_url)

    async def start() -> None:
        async with AsyncExitStack() as stack:
            houses = [await opened(stack, said) for _ in range(2)]
            told = await asyncio.gather(*(first_pool.ensure(one.desk) for one in houses * 2))
            assert len(set(told)) == 1
            kept = await houses[0].desk.store.read(pools.every)
            assert [pool.id for pool in kept] == [told[0][0]]

    asyncio.run(start())


def test_a_pool_that_was_deleted_is_made_anew_once(tmp_path: Path) -> None:
    async def start() -> None:
        async with AsyncExitStack() as stack:
            desk = (await opened(stack, settings(tmp_path))).desk
            before, _ = await first_pool.ensure(desk)
            await desk.store.write(pools.remove, before)
            told = await asyncio.gather(*(first_pool.ensure(desk) for _ in range(3)))
            assert len(set(told)) == 1
            assert told[0][0] != before

    asyncio.run(start())


def test_servers_that_start_at_once_with_keys_of_their_own_do_not_share_a_database(
    database_url: str, tmp_path: Path
) -> None:
    """SE-06: the first key is the key; what the other one would seal could never be opened again."""
    keys = [settings(tmp_path, database_url=database_url, key_file=str(tmp_path / f"{n}.key")) for n in range(3)]

    async def start() -> list[BaseException | None]:
        gate = asyncio.Barrier(len(keys))

        async def one(said: Settings) -> None:
            await gate.wait()
            async with house(said, "http://127.0.0.1:1", open=True):
                await asyncio.sleep(0)

        return await asyncio.gather(*map(one, keys), return_exceptions=True)

    told = asyncio.run(start())
    assert [type(fault) for fault in told if fault] == [KeyRefused] * 2


def test_a_key_is_opened_beside_the_loop_and_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What it is sealed under may be a service away, and others are served meanwhile."""
    begun, goes_on, read = threading.Event(), threading.Event(), SigningKey.from_der

    def waits(der: bytes) -> SigningKey:
        assert not begun.is_set(), "once is enough"
        begun.set()
        assert goes_on.wait(30), "the loop is held up"
        return read(der)

    async def start() -> None:
        async with AsyncExitStack() as stack:
            desk = (await opened(stack, settings(tmp_path))).desk
            pool, _ = await first_pool.ensure(desk)
            monkeypatch.setattr(SigningKey, "from_der", waits)
            asked = asyncio.create_task(desk.keyring.signing(pool))
            await asyncio.to_thread(begun.wait, 30)
            assert not asked.done()
            goes_on.set()
            key = await asked
            assert await desk.keyring.signing(pool) is key
            assert await desk.keyring.pool_of(key.kid) == pool

    asyncio.run(start())


def test_the_first_pool_is_of_the_settings_region(tmp_path: Path) -> None:
    async def start() -> str:
        async with AsyncExitStack() as stack:
            desk = (await opened(stack, settings(tmp_path, region="eu-central-1"))).desk
            return (await first_pool.ensure(desk))[0]

    assert asyncio.run(start()).startswith("eu-central-1_")
