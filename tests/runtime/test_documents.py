"""Documents of others: fetched as they are, in bounded time and size, from where they may be (WK-14)."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from tests.site import Asked, Site, site

from keydesk.runtime import documents
from keydesk.runtime.channel import TooLarge
from keydesk.runtime.documents import MOST, Documents
from keydesk.runtime.function import TimedOut, Unreached
from keydesk.runtime.reach import Reached
from keydesk.settings import load


def fetched(url: str, *, private: bool = True) -> Reached:
    async def run() -> Reached:
        opened = Documents(private=private)
        try:
            return await opened.fetched(url)
        finally:
            await opened.close()

    return asyncio.run(run())


def saying(body: bytes, status: int = 200, **headers: str) -> Callable[[Asked], None]:
    return lambda asked: asked.says(body, status, **headers)


def test_a_document_is_got_as_it_is() -> None:
    with site() as there:
        there.does = saying(b"a document", Set_Cookie="a=b")
        got = fetched(f"{there.url}/a/path?b=c")
        assert (got.status, got.body, there.paths, there.bodies) == (200, b"a document", ["/a/path?b=c"], [b""])
        assert there.heads[0]["accept-encoding"] == "identity"
        there.does = saying(b"no", 404)
        assert fetched(there.url)[0] == 404


def test_a_redirect_is_an_answer_like_another() -> None:
    with site() as there, site() as further:
        there.does = saying(b"", 302, Location=further.url)
        assert (fetched(there.url).status, further.connections) == (302, 0)


def test_too_much_and_too_late(monkeypatch: pytest.MonkeyPatch) -> None:
    with site() as there:
        there.does = saying(b"x" * MOST)
        assert len(fetched(there.url).body) == MOST
        there.does = saying(b"x" * (MOST + 1))
        with pytest.raises(TooLarge):
            fetched(there.url)
        monkeypatch.setattr(documents, "WITHIN", 0.2)
        for late in (there.silent, there.dripping):
            there.does = late
            with pytest.raises(TimedOut):
                fetched(there.url)


def test_private_addresses_only_where_they_are_allowed(tmp_path: Any) -> None:
    def refused(url: str, **more: bool) -> str:
        with pytest.raises(Unreached) as why:
            fetched(url, **more)
        return why.value.code

    with site() as there:
        assert refused(there.url, private=False) == "PrivateAddressRefused"
        assert there.connections == 0
    assert refused("http://169.254.169.254/latest/meta-data", private=False) == "PrivateAddressRefused"
    assert refused("http://8.8.8.8/") == "PlainHttpRefused"
    for strange in ("file:///etc/passwd", "ftp://127.0.0.1/", "https://", "nonsense"):
        assert refused(strange)
    said = {open: Documents.of(load({}, file=tmp_path / "none"), open=open).private for open in (True, False)}
    assert said == {True: True, False: False}
    settings = load({"KEYDESK_ALLOW_PRIVATE_FUNCTIONS": "true"}, file=tmp_path / "none")
    assert Documents.of(settings, open=False).private


def test_four_at_once_and_a_fifth_in_its_turn() -> None:
    async def run(there: Site) -> list[int]:
        opened = Documents(private=True)
        try:
            return [got.status for got in await asyncio.gather(*(opened.fetched(there.url) for _ in range(9)))]
        finally:
            await opened.close()

    with site() as there:
        there.does = saying(b"a document")
        assert asyncio.run(run(there)) == [200] * 9
