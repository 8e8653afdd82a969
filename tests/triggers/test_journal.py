"""What is queued is stored, in order and soon; a store that is away delays it and never blocks a writer."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest

from keydesk.domain.trace import Trace
from keydesk.errors import ServiceUnavailable
from keydesk.runtime.function import Function
from keydesk.store import api_events, logs, traces
from keydesk.store.api_events import ApiEvent, Lookup
from keydesk.store.logs import FIRST, Window
from keydesk.store.store import Store
from keydesk.triggers import journal as rules
from keydesk.triggers.journal import HIDDEN, Journal

NOW = 1_750_000_000_000
GROUP = "/aws/lambda/f"


class Away:
    """A store that fails as often as it is told to, then passes on."""

    def __init__(self, store: Store, *faults: Exception) -> None:
        self._store = store
        self.faults = list(faults)
        self.wrote = asyncio.Event()

    async def write(self, fn: Callable[..., Any], /, *args: Any) -> Any:
        if self.faults:
            raise self.faults.pop(0)
        done = await self._store.write(fn, *args)
        self.wrote.set()
        return done


def journal(store: Any) -> Journal:
    return Journal(store, lambda: NOW)


async def stored(store: Store, region: str = "r") -> list[str]:
    group = await store.read(logs.group, region, GROUP)
    if group is None:
        return []
    page = await store.read(logs.page, Window(group.id), FIRST, limit=10_000, matches=None)
    return [event.message for event in page.events]


async def events(store: Store) -> list[ApiEvent]:
    return await store.read(api_events.page, Lookup("r", 0, NOW * 2), None, 100)


def called(writer: Journal, **more: Any) -> None:
    said: dict[str, Any] = {
        "region": "r", "name": "InitiateAuth", "username": "anna", "request_id": "q", "ip": "192.0.2.1",
        "agent": "curl", "parameters": {"ClientId": "c", "AuthParameters": {"PASSWORD": "p"}}, "sub": "s",
    }  # fmt: skip
    writer.api_event(**said | more)


@pytest.mark.parametrize("kept", [True, False])
def test_traces_are_kept_or_not(store: Store, kept: bool) -> None:
    trace = Trace(id="q", region="r", at=NOW, ms=1.0, operation="InitiateAuth")

    async def scene() -> None:
        writer = Journal(store, lambda: NOW, traces=kept)
        writer.trace(lambda: trace, 1000)
        await writer.close()
        assert await store.read(traces.named, "q") == (trace if kept else None)

    asyncio.run(scene())


def test_what_was_queued_is_there_after_a_flush(store: Store) -> None:
    async def scene() -> None:
        writer = journal(store)
        writer.start()
        writer.lines("r", GROUP, "s1", [(NOW, "one"), (NOW, "two")])
        writer.lines("r", GROUP, "s2", [(NOW - 5, "earlier")])
        await writer.flush()
        assert await stored(store) == ["earlier", "one", "two"]
        writer.lines("r", GROUP, "s1", [(NOW, "three")])
        await writer.close()
        assert await stored(store) == ["earlier", "one", "two", "three"]

    asyncio.run(scene())


def test_it_is_stored_by_itself_without_a_reader(store: Store) -> None:
    async def scene() -> None:
        seen = Away(store)
        writer = journal(seen)
        writer.start()
        writer.lines("r", GROUP, "s", [(NOW, "one")])
        await asyncio.wait_for(seen.wrote.wait(), 10)
        assert await stored(store) == ["one"]
        await writer.close()

    asyncio.run(scene())


def test_many_lines_keep_their_order_over_batches(store: Store) -> None:
    async def scene() -> None:
        writer = journal(store)
        writer.start()
        for number in range(30):
            writer.lines("r", GROUP, "s", [(NOW, f"{number}.{part}") for part in range(150)])
        await asyncio.gather(*(writer.flush() for _ in range(5)))
        assert await stored(store) == [f"{number}.{part}" for number in range(30) for part in range(150)]
        await writer.close()

    asyncio.run(scene())


def test_a_flush_with_nothing_to_store_returns_at_once(store: Store) -> None:
    async def scene() -> None:
        writer = journal(store)
        await writer.flush()
        writer.start()
        await writer.flush()
        await writer.close()
        await writer.flush()

    asyncio.run(scene())


def test_a_workers_lines_go_to_its_functions_group(store: Store) -> None:
    function = Function(
        arn="a",
        name="f",
        version="1",
        region="r",
        account="1",
        runtime="python3.11",
        handler="h",
        code="/x",
        fingerprint="p",
    )

    async def scene() -> None:
        writer = journal(store)
        writer.sink(function, "2030/01/01/[1]x", [(NOW, "START")])
        writer.note("r", GROUP, "[ERROR] swallowed")
        await writer.flush()
        assert await stored(store) == ["START", "[ERROR] swallowed"]

    asyncio.run(scene())


def test_a_store_that_is_away_is_waited_for_and_nothing_is_lost_or_doubled(store: Store) -> None:
    async def scene() -> None:
        writer = journal(
            Away(store, ServiceUnavailable(), ServiceUnavailable(), ServiceUnavailable(), ServiceUnavailable())
        )
        writer.lines("r", GROUP, "s", [(NOW, "one")])
        for _ in range(4):
            await writer.flush()
            assert await stored(store) == []
            writer.lines("r", GROUP, "s", [(NOW, "more")])
        await writer.flush()
        assert await stored(store) == ["one", "more", "more", "more", "more"]
        assert writer.dropped == 0

    asyncio.run(scene())


def test_a_batch_that_is_never_taken_does_not_stop_the_next(store: Store) -> None:
    async def scene() -> None:
        writer = journal(Away(store, *(ValueError("cannot be stored") for _ in range(rules.TRIES))))
        writer.lines("r", GROUP, "s", [(NOW, "poison"), (NOW, "more of it")])
        for _ in range(rules.TRIES):
            await writer.flush()
        assert writer.dropped == 2
        writer.lines("r", GROUP, "s", [(NOW, "good")])
        await writer.flush()
        assert await stored(store) == ["good"]

    asyncio.run(scene())


def test_the_queue_is_bounded_and_counts_what_it_let_go(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "QUEUE_BYTES", 10 * (rules.COST + 1))

    async def scene() -> None:
        away = Away(store, ServiceUnavailable())
        writer = journal(away)
        for number in range(8):
            writer.lines("r", GROUP, "s", [(NOW, str(number))])
        await writer.flush()
        for number in range(8, 15):
            writer.lines("r", GROUP, "s", [(NOW, str(number % 10))])
        assert writer.dropped == 5
        await writer.flush()
        assert await stored(store) == ["5", "6", "7", "8", "9", "0", "1", "2", "3", "4"]

    asyncio.run(scene())


def test_closing_tells_what_is_lost(store: Store) -> None:
    async def scene() -> None:
        writer = journal(Away(store, *(ServiceUnavailable() for _ in range(50))))
        writer.start()
        writer.lines("r", GROUP, "s", [(NOW, "one")])
        waiting = asyncio.create_task(writer.flush())
        await writer.close()
        await waiting

    asyncio.run(scene())


@pytest.mark.parametrize("text", ["a\0b", "half \ud800 of a pair", "x" * 300_000, "ä" * 200_000, "", "\r\n\x1b"])
def test_any_text_can_be_stored(store: Store, text: str) -> None:
    async def scene() -> None:
        writer = journal(store)
        writer.lines("r", GROUP, "s", [(NOW, text)])
        called(writer, agent=text, username=text, error=text, parameters={"ClientId": text})
        await writer.flush()
        [line] = await stored(store)
        assert line[:3] == text[:3].replace("\0", "\N{REPLACEMENT CHARACTER}")
        assert len(line.encode()) <= rules.MESSAGE_BYTES
        assert len(await events(store)) == 1

    asyncio.run(scene())


def test_a_sign_in_call_is_kept_without_what_might_be_secret(store: Store) -> None:
    async def scene() -> None:
        writer = journal(store)
        parameters = {
            "ClientId": "c", "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"PASSWORD": "canary"},
            "Username": "anna", "Session": "canary", "SecretHash": "canary", "Anything": ["canary"],
            "ConfirmationCode": "canary", "ForceAliasCreation": True, "ClientMetadata": {"x": "canary"},
            "UserContextData": None,
        }  # fmt: skip
        called(writer, parameters=parameters, error_code="NotAuthorizedException", error="No.", access_key="AKID")
        await writer.flush()
        [event] = await events(store)
        assert event.parameters == {
            "clientId": "c", "authFlow": "USER_PASSWORD_AUTH", "authParameters": HIDDEN, "username": HIDDEN,
            "session": HIDDEN, "secretHash": HIDDEN, "anything": HIDDEN, "confirmationCode": HIDDEN,
            "forceAliasCreation": True, "clientMetadata": HIDDEN,
        }  # fmt: skip
        assert (event.username, event.sub, event.error_code, event.access_key) == (
            "anna",
            "s",
            "NotAuthorizedException",
            "AKID",
        )
        assert "canary" not in json.dumps(event.parameters)

    asyncio.run(scene())


def test_a_name_that_nobody_has_is_not_kept_for_it_may_be_a_password(store: Store) -> None:
    async def scene() -> None:
        writer = journal(store)
        called(writer, username="my-password-by-mistake", sub="")
        await writer.flush()
        [event] = await events(store)
        assert event.username == ""

    asyncio.run(scene())


def test_two_regions_do_not_meet(store: Store) -> None:
    async def scene() -> None:
        writer = journal(store)
        writer.lines("r", GROUP, "s", [(NOW, "here")])
        writer.lines("other", GROUP, "s", [(NOW, "there")])
        called(writer, region="other")
        await writer.flush()
        assert await stored(store) == ["here"]
        assert await stored(store, "other") == ["there"]
        assert await events(store) == []

    asyncio.run(scene())
