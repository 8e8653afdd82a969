"""What a sign-in begins with and ends with, sessions, and sign-ins that wait."""

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.group import Group
from keydesk.domain.user import Status
from keydesk.errors import NotAuthorized, ResourceNotFound, UserNotFound
from keydesk.store import clients, groups, pools, sessions, sign_ins, users, waiting
from keydesk.store.store import Store

POOL = "eu-west-1_Pool00001"


@pytest.fixture
def desk(store: Store) -> Store:
    """A store with a pool, a client and a user who is in a group."""
    written(store, samples.added, samples.pool(), samples.client(), samples.user())
    written(store, groups.add, Group(pool=POOL, name="staff"))
    written(store, groups.join, "staff", samples.key(), 1)
    return store


def member() -> samples.User:
    return replace(samples.user(), groups=("staff",))


def test_a_sign_in_begins_with_client_pool_and_user(desk: Store) -> None:
    assert read(desk, sign_ins.start, "client1", "user000001") == (samples.client(), samples.pool(), member())
    assert read(desk, sign_ins.start, "client1", "nobody") == (samples.client(), samples.pool(), None)
    assert read(desk, sign_ins.start, "client2", "user000001") is None


def test_a_name_is_folded_as_the_pool_wants(store: Store) -> None:
    pool = samples.pool(folds=True, alias_attributes=["email"])
    user = samples.user(username="User", attributes={"email": "Me@Example.com", "email_verified": "true"})
    written(store, samples.added, pool, samples.client(), user)
    for name in ("user", "USER", "me@example.com", "ME@EXAMPLE.COM"):
        assert read(store, sign_ins.named, pool, name) == user


def test_a_session_leads_to_everything_it_belongs_to(desk: Store) -> None:
    session = samples.session()
    written(desk, sessions.open, session)
    held = sign_ins.Held(session, samples.client(), samples.pool(), member())
    assert read(desk, sign_ins.bearer, POOL, "event1") == held
    assert read(desk, sign_ins.refresh, "client1", session.refresh) == held
    assert read(desk, sign_ins.bearer, POOL, "event2") is None
    assert read(desk, sign_ins.refresh, "client1", b"another") is None
    assert read(desk, sessions.by_id, POOL, "event1") == session
    assert read(desk, sessions.by_refresh, POOL, session.refresh) == session
    written(desk, clients.remove, POOL, "client1")
    assert read(desk, sign_ins.bearer, POOL, "event1") is None


def test_a_client_that_comes_back_in_another_pool_is_found_there(desk: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """As an import may bring it. Which pool a client is in is remembered, of the clients seen last."""
    monkeypatch.setattr(clients, "SEEN", 1)
    written(desk, sessions.open, samples.session())
    assert read(desk, sign_ins.refresh, "client1", samples.session().refresh)
    there = "eu-west-1_Pool00002"
    written(desk, clients.remove, POOL, "client1")
    written(desk, samples.added, samples.pool(there), samples.client(pool=there), samples.user(7, there))
    moved = samples.session("event7", "sub-000007", pool=there)
    written(desk, sessions.open, moved)
    assert read(desk, sign_ins.refresh, "client1", samples.session().refresh) is None
    for client in ("client1", "client2", "client1"):
        held = read(desk, sign_ins.refresh, client, moved.refresh)
        assert (held is not None) is (client == "client1")
        assert held is None or held.session == moved


def test_a_session_is_revoked_once(desk: Store) -> None:
    written(desk, sessions.open, samples.session())

    async def revoke() -> list[bool]:
        return await asyncio.gather(*(desk.write(sessions.revoke, POOL, "event1") for _ in range(8)))

    assert asyncio.run(revoke()).count(True) == 1
    assert read(desk, sessions.by_id, POOL, "event1") == samples.session(revoked=True)
    assert not written(desk, sessions.revoke, POOL, "event2")


def test_signing_out_everywhere_ends_every_session_of_the_user_only(desk: Store) -> None:
    written(desk, samples.added, samples.user(2))
    for session in (samples.session("1"), samples.session("2"), samples.session("3", sub="sub-000002")):
        written(desk, sessions.open, session)
    written(desk, sessions.revoke_all, samples.key(), 5000)
    written(desk, sessions.revoke_all, samples.key(9), 5000)
    found = [read(desk, sessions.by_id, POOL, id) for id in "123"]
    assert [session.revoked for session in found if session] == [True, True, False]
    assert read(desk, users.by_key, samples.key()) == replace(member(), signed_out=5000, rev=2)


def test_a_sign_in_ends_in_one_write(desk: Store) -> None:
    written(desk, users.count_failure, samples.key(), 5, 500)
    session = samples.session()
    written(desk, sign_ins.finish, session, replace(member(), failures=1), credential=b"new", now=9)
    assert read(desk, sessions.by_id, POOL, "event1") == session
    assert read(desk, users.by_key, samples.key()) == replace(member(), credential=b"new", modified=9, rev=2)


def test_a_password_that_was_changed_meanwhile_stays(desk: Store) -> None:
    written(desk, users.change, replace(samples.user(), credential=b"changed"))
    written(desk, sign_ins.finish, samples.session(), member(), credential=b"old, converted", now=9)
    user = read(desk, users.by_key, samples.key())
    assert user is not None
    assert user.credential == b"changed"


def test_a_sign_in_of_a_user_who_was_deleted_meanwhile_fails(desk: Store) -> None:
    written(desk, users.remove, samples.key())
    with pytest.raises(UserNotFound):
        written(desk, sign_ins.finish, samples.session(), member(), credential=b"", now=9)


@pytest.mark.parametrize(
    ("meanwhile", "welcome"),
    [
        ({"attributes": {"email": "other@example.com"}}, True),
        ({"enabled": False}, False),
        ({"signed_out": 5}, False),
        ({"status": Status.RESET_REQUIRED}, False),
    ],
)
def test_who_became_unwelcome_during_the_sign_in_gets_no_session(
    desk: Store, meanwhile: dict[str, Any], welcome: bool
) -> None:
    judged = member()
    written(desk, users.change, replace(samples.user(), **meanwhile))
    if welcome:
        written(desk, sign_ins.finish, samples.session(), judged, credential=b"", now=9)
    else:
        with pytest.raises(NotAuthorized):
            written(desk, sign_ins.finish, samples.session(), judged, credential=b"", now=9)
    assert (read(desk, sessions.by_id, POOL, "event1") is not None) is welcome


def test_signing_out_and_signing_in_at_once_never_leave_a_session_behind(desk: Store, store_url: str) -> None:
    """Whichever is first: a session that was opened before the sign-out is revoked, a later one is not opened."""
    other, judged = Store.open(store_url), member()

    async def both() -> list[Any]:
        ends = [
            desk.write(sign_ins.finish, samples.session(f"event{n}"), judged, credential=b"", now=9) for n in range(12)
        ]
        return await asyncio.gather(
            *ends[:6], other.write(sessions.revoke_all, judged.key, 500), *ends[6:], return_exceptions=True
        )

    told = asyncio.run(both())
    other.close()
    assert [fault for fault in told if not (fault is None or isinstance(fault, NotAuthorized))] == []
    kept = [session for n in range(12) if (session := read(desk, sessions.by_id, POOL, f"event{n}"))]
    assert all(session.revoked for session in kept)


def test_of_eight_who_take_a_waiting_sign_in_one_has_it(desk: Store, store_url: str) -> None:
    other = Store.open(store_url)
    row = waiting.Row(POOL, "client1", "sub-000001", b"\0sealed", 2000)
    written(desk, waiting.keep, b"digest", row)

    async def take() -> list[waiting.Row | None]:
        doors = (desk, other) * 4
        return await asyncio.gather(*(door.write(waiting.take, b"digest", 1000) for door in doors))

    outcomes = asyncio.run(take())
    other.close()
    assert outcomes.count(row) == 1
    assert outcomes.count(None) == 7


def test_a_waiting_sign_in_is_taken_in_time_or_never(desk: Store) -> None:
    row = waiting.Row(POOL, "client1", None, b"sealed", 2000)
    written(desk, waiting.keep, b"late", row)
    assert written(desk, waiting.take, b"late", 2000) is None
    assert written(desk, waiting.take, b"late", 1000) is None
    written(desk, waiting.keep, b"early", row)
    assert written(desk, waiting.take, b"early", 1999) == row
    assert written(desk, waiting.take, b"never", 1000) is None


def test_nothing_waits_in_a_pool_that_is_gone(desk: Store) -> None:
    written(desk, pools.remove, POOL)
    with pytest.raises(ResourceNotFound):
        written(desk, waiting.keep, b"digest", waiting.Row(POOL, "client1", None, b"sealed", 2000))
