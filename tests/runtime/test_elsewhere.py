"""Functions elsewhere: what comes back from an address of their own, in which time, and what the settings say."""

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from tests.runtime.away import ARN, EVENT, OTHER, asked, unreached, within
from tests.site import Asked, Site

from keydesk.runtime import elsewhere as module
from keydesk.runtime.channel import PAYLOAD_LIMIT
from keydesk.runtime.elsewhere import EACH, Directory, Elsewhere
from keydesk.runtime.function import Throttled, TimedOut, Unreached
from keydesk.settings import SettingFault, load


def test_an_address_is_sent_the_event_and_its_body_is_the_answer(there: Site) -> None:
    answer = within(asked(), sample=there.url + "/run?stage=1")
    assert (answer.payload, answer.error) == (EVENT, "")
    assert answer.duration > 0
    assert there.bodies == [EVENT]
    assert there.paths == ["/run?stage=1"]
    assert there.heads[0]["content-type"] == "application/json"


def test_a_connection_is_kept_for_the_next_run(there: Site) -> None:
    async def thrice(elsewhere: Elsewhere) -> None:
        for _ in range(3):
            await elsewhere.invoke(ARN, EVENT, within=30)

    within(thrice, sample=there.url)
    assert (len(there.bodies), there.connections) == (3, 1)


def test_what_an_address_throws(there: Site) -> None:
    """By the header that the Lambda API has for it."""
    there.does = lambda one: one.says({"errorMessage": "no"}, X_Amz_Function_Error="Unhandled")
    answer = within(asked(), sample=there.url)
    assert (answer.payload, answer.error) == (b'{"errorMessage": "no"}', "Unhandled")


@pytest.mark.parametrize("status", [302, 400, 403, 500, 502])
def test_another_status_is_no_answer(there: Site, status: int) -> None:
    there.does = lambda one: one.says({}, status)
    assert unreached(sample=there.url) == f"Status{status}"


def test_a_redirect_is_not_followed(there: Site) -> None:
    there.does = lambda one: one.says({}, 307, Location=there.url + "/inside")
    assert unreached(sample=there.url) == "Status307"
    assert there.paths == ["/"]


def test_too_many_requests(there: Site) -> None:
    there.does = lambda one: one.says({}, 429)
    with pytest.raises(Throttled):
        within(asked(), sample=there.url)


def test_an_answer_beyond_the_limit_is_what_it_is_here(there: Site) -> None:
    there.does = lambda one: one.says(b"1" * (PAYLOAD_LIMIT + 1))
    answer = within(asked(), sample=there.url)
    assert answer.error == "Unhandled"
    assert b"Function.ResponseSizeTooLarge" in answer.payload
    there.does = lambda one: one.says(b"1" * PAYLOAD_LIMIT)
    assert len(within(asked(), sample=there.url).payload) == PAYLOAD_LIMIT


def test_an_answer_is_never_unpacked(there: Site) -> None:
    there.does = lambda one: one.says(b"\x1f\x8bnonsense", Content_Encoding="gzip")
    assert within(asked(), sample=there.url).payload == b"\x1f\x8bnonsense"
    assert there.heads[0]["accept-encoding"] == "identity"


def test_an_answer_that_breaks_off(there: Site) -> None:
    def broken(one: Asked) -> None:
        one.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{")
        one.close_connection = True

    there.does = broken
    assert unreached(sample=there.url) == "ConnectionClosedError"


@pytest.mark.parametrize("way", ["silent", "dripping"])
def test_a_late_run_is_given_up_and_its_line_comes_back(there: Site, way: str) -> None:
    """However slowly the answer goes on: as many runs as a function may have are late, the next is answered (WK-17)."""
    there.does = getattr(there, way)

    async def late_then_well(elsewhere: Elsewhere) -> bytes:
        runs = (elsewhere.invoke(ARN, EVENT, within=0.5) for _ in range(EACH))
        began = time.monotonic()
        late = await asyncio.gather(*runs, return_exceptions=True)
        assert [type(one) for one in late] == [TimedOut] * EACH
        assert time.monotonic() - began < 15, "it goes on for twenty"
        there.does = lambda one: one.says(EVENT)
        return (await elsewhere.invoke(ARN, EVENT, within=30)).payload

    assert within(late_then_well, sample=there.url) == EVENT


def test_a_slow_function_leaves_lines_to_others(there: Site) -> None:
    arrived = threading.Semaphore(0)

    def slow(one: Asked) -> None:
        if one.path == "/slow":
            arrived.release()
            there.silent(one)
        else:
            one.says(EVENT)

    there.does = slow

    async def both(elsewhere: Elsewhere) -> list[Any]:
        held = [asyncio.create_task(elsewhere.invoke(ARN, EVENT, within=20)) for _ in range(EACH * 5)]
        for _ in range(EACH):
            assert await asyncio.to_thread(arrived.acquire, timeout=10)
        other = [elsewhere.invoke(OTHER, EVENT, within=10) for _ in range(EACH)]
        answers = await asyncio.gather(*other)
        assert not any(one.done() for one in held)
        for one in held:
            one.cancel()
        await asyncio.gather(*held, return_exceptions=True)
        return answers

    answers = within(both, sample=there.url + "/slow", other=there.url + "/quick")
    assert [one.payload for one in answers] == [EVENT] * EACH
    assert there.paths.count("/slow") == EACH
    assert there.paths.count("/quick") == EACH


def test_too_many_waiting_is_throttling(there: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LINES", 1)
    monkeypatch.setattr(module, "WAITING", 1)
    there.does = there.silent

    async def three(elsewhere: Elsewhere) -> list[Any]:
        return await asyncio.gather(
            *(elsewhere.invoke(ARN, EVENT, within=0.3) for _ in range(3)), return_exceptions=True
        )

    assert [type(one) for one in within(three, sample=there.url)] == [TimedOut, TimedOut, Throttled]


def test_closing_gives_up_what_is_under_way(there: Site) -> None:
    there.does = there.silent

    async def leave(elsewhere: Elsewhere) -> None:
        task = asyncio.create_task(elsewhere.invoke(ARN, EVENT, within=60))
        await asyncio.to_thread(there.asked, 1)
        await elsewhere.close()
        with pytest.raises((TimedOut, Unreached)):
            await task

    began = time.monotonic()
    within(leave, sample=there.url)
    assert time.monotonic() - began < 10


# Settings


def directory(**said: str) -> Directory:
    return Directory.of(
        load({f"KEYDESK_{name.upper()}": value for name, value in said.items()}, file=Path("none.toml"))
    )


def test_the_settings_name_who_is_reached() -> None:
    assert not directory().reaches(ARN)
    listed = directory(function_urls=f"{ARN}=https://a.example.com/x?a=b=c, {OTHER}=http://127.0.0.1:9/\n")
    assert listed.urls == {ARN: "https://a.example.com/x?a=b=c", OTHER: "http://127.0.0.1:9/"}
    assert listed.reaches(ARN)
    assert not listed.reaches(ARN + ":1")
    assert directory(lambda_endpoint="aws").reaches(ARN + ":1")
    assert not directory(lambda_endpoint="aws").reaches("arn:aws:sns:eu-west-1:123456789012:topic")


@pytest.mark.parametrize(
    "said",
    ["sample=https://a.example.com", ARN, f"{ARN}=ftp://a", f"{ARN}=https://a {ARN}=https://b", f"{ARN}=https://u:p@a"],
)
def test_a_table_that_cannot_be_read(said: str) -> None:
    with pytest.raises(SettingFault, match="function_urls"):
        directory(function_urls=said)


@pytest.mark.parametrize("name", ["lambda_endpoint", "allow_private_functions"])
def test_a_setting_that_cannot_be(name: str) -> None:
    with pytest.raises(SettingFault, match=name):
        directory(**{name: "perhaps"})


@pytest.mark.parametrize(
    ("said", "open", "goes"),
    [("", True, True), ("", False, False), ("true", False, True), ("false", True, False)],
)
def test_private_addresses_are_for_development_unless_said(there: Site, said: str, open: bool, goes: bool) -> None:
    environment = {"KEYDESK_ALLOW_PRIVATE_FUNCTIONS": said, "KEYDESK_FUNCTION_URLS": f"{ARN}={there.url}"}

    async def run() -> bytes:
        elsewhere = Elsewhere.of(load(environment, file=Path("none.toml")), open=open)
        try:
            return (await elsewhere.invoke(ARN, EVENT, within=30)).payload
        finally:
            await elsewhere.close()

    if goes:
        assert asyncio.run(run()) == EVENT
    else:
        with pytest.raises(Unreached, match="PrivateAddressRefused"):
            asyncio.run(run())
