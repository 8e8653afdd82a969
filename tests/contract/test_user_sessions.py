"""The sessions of one user, and refresh tokens that turn, on both databases."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.session import Session
from keydesk.store import rotation, sessions, sign_ins, user_sessions
from keydesk.store.rotation import Turn, Turned
from keydesk.store.store import Store

ME = samples.key()
OLD = b"digest of event1"


@pytest.fixture
def desk(store: Store) -> Store:
    written(store, samples.added, samples.pool(), samples.client(), samples.user(), samples.user(2))
    return store


def opened(desk: Store, *new: Session) -> None:
    for session in new:
        written(desk, sessions.open, session)


def alive(desk: Store, now: int = 1500) -> list[str]:
    return [session.id for session in read(desk, user_sessions.page, ME, "", 100, now)]


def test_a_page_holds_what_goes_on(desk: Store) -> None:
    opened(
        desk,
        samples.session("b"),
        samples.session("a"),
        samples.session("over", expires=1500),
        samples.session("revoked", revoked=True),
        samples.session("other", sub="sub-000002"),
    )
    assert alive(desk) == ["a", "b"]
    assert [one.id for one in read(desk, user_sessions.page, ME, "a", 100, 1500)] == ["b"]
    assert [one.id for one in read(desk, user_sessions.page, ME, "", 1, 1500)] == ["a"]
    assert read(desk, user_sessions.page, samples.key(9), "", 100, 1500) == []
    written(desk, sessions.revoke_all, ME, 1200)
    opened(desk, samples.session("late", created=1200), samples.session("new", created=1201))
    assert alive(desk) == ["new"]


def test_room_is_made_by_what_was_used_least_recently(desk: Store) -> None:
    opened(
        desk,
        samples.session("untracked", created=1000),
        samples.session("active", created=900, active=1400),
        samples.session("idle", created=1100, active=1100),
        samples.session("other", created=1, sub="sub-000002"),
    )
    written(desk, user_sessions.make_room, ME, 3, 1500)
    assert alive(desk) == ["active", "idle"]
    written(desk, user_sessions.make_room, ME, 1, 1500)
    assert alive(desk) == []
    other = read(desk, sessions.by_id, samples.pool().id, "other")
    assert other is not None
    assert not other.revoked
    written(desk, user_sessions.make_room, samples.key(9), 1, 1500)


def test_sign_ins_at_once_find_each_others_sessions(desk: Store) -> None:
    async def sign_in() -> list[None]:
        new = [samples.session(f"event{number}") for number in range(12)]
        judged = samples.user()
        ends = (desk.write(sign_ins.finish, one, judged, credential=b"", now=1500, most=3) for one in new)
        return await asyncio.gather(*ends)

    asyncio.run(sign_in())
    assert len(alive(desk)) == 3


def test_one_session_is_ended_once_and_by_its_user(desk: Store) -> None:
    opened(desk, samples.session("a"), samples.session("b"))
    assert not written(desk, user_sessions.end, samples.key(2), "a", 1500)
    assert not written(desk, user_sessions.end, samples.key(9), "a", 1500)
    assert not written(desk, user_sessions.end, ME, "a", 2000)
    assert written(desk, user_sessions.end, ME, "a", 1500)
    assert not written(desk, user_sessions.end, ME, "a", 1500)
    assert alive(desk) == ["b"]


def turn(desk: Store, now: int, **more: Any) -> Turned:
    changed = replace(samples.session(), refresh=b"new", active=now, ip="::1", agent="a", **more)
    return written(desk, rotation.turn, OLD, changed, grace=10, now=now)


def test_a_token_turns_and_is_good_for_a_retry_then_for_nothing(desk: Store) -> None:
    """TK-10."""
    opened(desk, samples.session())
    assert read(desk, rotation.spent, "client1", OLD) is None
    assert turn(desk, 1100) == (Turn.TURNED, b"new")
    kept = samples.session(refresh=b"new", active=1100, ip="::1", agent="a")
    held = read(desk, sign_ins.refresh, "client1", b"new")
    assert held is not None
    assert held.session == kept
    assert read(desk, rotation.spent, "client1", OLD) == (held, 1110)
    assert turn(desk, 1109) == (Turn.RETRIED, b"new")
    assert turn(desk, 1110) == (Turn.REUSED, b"")
    assert read(desk, sessions.by_id, samples.pool().id, "event1") == replace(kept, revoked=True)
    assert turn(desk, 1111) == (Turn.OVER, b"")


def test_without_grace_there_is_no_retry_whatever_the_time(desk: Store) -> None:
    opened(desk, samples.session())
    changed = samples.session(refresh=b"new")
    assert written(desk, rotation.turn, OLD, changed, grace=0, now=1100).turn is Turn.TURNED
    assert written(desk, rotation.turn, OLD, changed, grace=0, now=1000).turn is Turn.REUSED


def test_a_session_that_is_over_turns_no_more(desk: Store) -> None:
    opened(desk, samples.session())
    written(desk, sessions.revoke, samples.pool().id, "event1")
    assert turn(desk, 1100).turn is Turn.OVER
    assert turn(desk, 1100, id="event2").turn is Turn.OVER


def test_of_uses_at_once_one_turns_the_token(desk: Store) -> None:
    opened(desk, samples.session())
    changed = samples.session(refresh=b"new")

    async def race() -> list[Turned]:
        return await asyncio.gather(*(desk.write(rotation.turn, OLD, changed, grace=10, now=1100) for _ in range(8)))

    outcomes = [outcome.turn for outcome in asyncio.run(race())]
    assert sorted(one.name for one in outcomes) == ["RETRIED"] * 7 + ["TURNED"]
