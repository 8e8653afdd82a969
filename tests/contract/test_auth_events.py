"""Events of users in the store: kept once each, in any order of reports, and gone with their user."""

from typing import Any

from sqlalchemy import Connection
from tests.contract import samples
from tests.contract.samples import read, written

from keydesk.domain.auth_event import AuthEvent, EventKind, Feedback, Response
from keydesk.store import auth_events, users
from keydesk.store.store import Store


def event(id: str = "e1", at: int = 1, response: Response = Response.PASS, number: int = 1, **more: Any) -> AuthEvent:
    return AuthEvent(id=id, at=at, kind=EventKind.SIGN_IN, response=response, **samples.key(number)._asdict(), **more)


def kept(db: Connection, *events: AuthEvent) -> None:
    for one in events:
        auth_events.keep(db, one)


def test_reports_of_one_event_are_one_row(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user())
    written(store, kept, event(at=5, level="Low"))
    late = [event(at=3, response=Response.IN_PROGRESS), event(at=4, response=Response.FAIL)]
    written(store, auth_events.append, late)
    assert read(store, auth_events.named, samples.key(), "e1") == event(at=3, level="Low")
    assert read(store, auth_events.named, samples.key(2), "e1") is None
    assert len(read(store, auth_events.page, samples.key(), None, 9)) == 1


def test_a_page_goes_on_behind_the_last_event(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user(), samples.user(2))
    mine = [event(f"e{number}", at) for number, at in ((1, 1), (2, 2), (3, 2), (4, 3))]
    written(store, kept, *mine, event("other", 9, number=2))
    page = read(store, auth_events.page, samples.key(), None, 2)
    assert [one.id for one in page] == ["e4", "e3"]
    page = read(store, auth_events.page, samples.key(), (page[-1].at, page[-1].id), 9)
    assert [one.id for one in page] == ["e2", "e1"]


def test_only_what_tells_something_is_held_against_a_sign_in(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user())
    failed = [event(f"f{number}", number, Response.FAIL) for number in range(60)]
    written(store, kept, *failed, event("passed", 100), event("later", 200))
    assert [one.id for one in read(store, auth_events.telling, samples.key())] == ["later", "passed"]
    said = Feedback("Invalid", "User", 300)
    written(
        store, auth_events.change, samples.pool().id, "f1", lambda known: event("f1", 1, Response.FAIL, feedback=said)
    )
    assert [one.id for one in read(store, auth_events.telling, samples.key())] == ["later", "passed", "f1"]
    written(store, auth_events.change, samples.pool().id, "none", lambda known: known)


def test_of_a_user_who_is_gone_nothing_is_kept(store: Store) -> None:
    written(store, samples.added, samples.pool(), samples.user(), samples.user(2))
    written(store, kept, event())
    written(store, users.remove, samples.key())
    written(store, auth_events.append, [event("e2"), event("e3", number=2)])
    assert read(store, auth_events.page, samples.key(), None, 9) == []
    assert [one.id for one in read(store, auth_events.page, samples.key(2), None, 9)] == ["e3"]
