"""Lines and calls that were queued together are stored together, or not at all."""

import asyncio

import pytest
from sqlalchemy.exc import IntegrityError

from keydesk.crypto.ids import uuid_of
from keydesk.store import api_events, logs
from keydesk.store.api_events import ApiEvent, Lookup
from keydesk.store.logs import Line
from keydesk.store.record import Batch, record
from keydesk.store.store import Store

NOW = 1_750_000_000_000
LINE = Line("r", "/aws/lambda/f", "s", NOW, "hello")
EVENT = ApiEvent(id="e-1", region="r", at=NOW, name="SignUp", request_id="q")


def test_both_are_stored(store: Store) -> None:
    async def scene() -> None:
        await store.write(record, Batch([LINE], [EVENT]), NOW)
        group = await store.read(logs.group, "r", "/aws/lambda/f")
        assert group is not None
        assert group.bytes == len("hello") + logs.OVERHEAD
        assert await store.read(api_events.page, Lookup("r", 0, NOW), None, 10) == [EVENT]

    asyncio.run(scene())


def test_neither_is_stored_where_one_cannot_be(store: Store) -> None:
    async def scene() -> None:
        with pytest.raises(IntegrityError):
            await store.write(record, Batch([LINE], [EVENT, EVENT]), NOW)
        assert await store.read(logs.group, "r", "/aws/lambda/f") is None
        assert await store.read(api_events.page, Lookup("r", 0, NOW), None, 10) == []

    asyncio.run(scene())


def test_nothing_is_no_fault(store: Store) -> None:
    asyncio.run(store.write(record, Batch(), NOW))


def test_an_id_begins_with_its_time_and_is_a_uuid_of_version_7() -> None:
    early, late = uuid_of(NOW), uuid_of(NOW + 1)
    assert early < late
    assert early != uuid_of(NOW)
    assert [len(part) for part in early.split("-")] == [8, 4, 4, 4, 12]
    assert int(early.replace("-", "")[:12], 16) == NOW
    assert (early[14], early[19] in "89ab") == ("7", True)
