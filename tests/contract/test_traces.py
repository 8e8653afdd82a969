"""Traces in the store: found by what they are about, bounded by age and by size, on both databases."""

from pathlib import Path

from msgspec import Raw
from sqlalchemy import Connection, event
from tests.contract.samples import read, written

from keydesk.domain.trace import Fired, StepTaken, Trace
from keydesk.store import traces
from keydesk.store.store import Store
from keydesk.store.traces import Wanted


def trace(number: int, **more: object) -> Trace:
    said: dict[str, object] = {"username": "ada", "sub": "sub-1", "pool": "eu_1", "at": number * 1000} | more
    return Trace(id=f"request-{number:04}", region="eu", ms=1.5, operation="InitiateAuth", **said)  # type: ignore[arg-type]


def ids(store: Store, wanted: Wanted, limit: int = 10, after: tuple[int, str] | None = None) -> list[str]:
    return [found.id for found in read(store, traces.page, wanted, limit, after)]


def test_a_trace_comes_back_as_it_was(store: Store) -> None:
    fired = Fired(trigger="PreSignUp", source="PreSignUp_SignUp", arn="arn", event=Raw(b'{"a":1}'), answer=Raw(b"null"))
    whole = trace(1, steps=[StepTaken("password", "passed")], fired=[fired], idle={"PostAuthentication": "why"})
    written(store, traces.append, [whole])
    assert read(store, traces.named, whole.id) == whole
    assert read(store, traces.named, "request-9999") is None


def test_they_are_found_by_what_they_are_about(store: Store) -> None:
    fired = [Fired(trigger="PreAuthentication", source="PreAuthentication_Authentication", arn="arn")]
    made = [
        trace(1),
        trace(2, username="eve", sub="sub-2", outcome="NotAuthorizedException"),
        trace(3, pool="eu_2", fired=fired),
        trace(4),
    ]
    written(store, traces.append, made)
    assert ids(store, Wanted()) == [f"request-{number:04}" for number in (4, 3, 2, 1)]
    assert ids(store, Wanted(user="eve")) == ids(store, Wanted(user="sub-2")) == ["request-0002"]
    assert ids(store, Wanted(pool="eu_2")) == ids(store, Wanted(trigger="PreAuthentication")) == ["request-0003"]
    assert ids(store, Wanted(trigger="Authentication")) == []
    assert ids(store, Wanted(failed=True)) == ids(store, Wanted(outcome="NotAuthorizedException")) == ["request-0002"]
    assert ids(store, Wanted(since=3000)) == ["request-0004", "request-0003"]
    first = ids(store, Wanted(user="ada"), 2)
    assert first == ["request-0004", "request-0003"]
    assert ids(store, Wanted(user="ada"), 2, (3000, "request-0003")) == ["request-0001"]


def test_the_call_of_a_run_is_found_by_the_time_in_its_log(store: Store) -> None:
    def ran(run: str) -> list[Fired]:
        return [Fired(trigger="PreSignUp", source="PreSignUp_SignUp", arn="arn", run=run)]

    written(store, traces.append, [trace(1, fired=ran("run-1")), trace(2), trace(3, fired=ran("run-3"))])
    assert read(store, traces.of_run, "run-3", 2_500) == trace(3, fired=ran("run-3"))
    assert read(store, traces.of_run, "run-3", 3_001) is None, "its call had ended"
    assert read(store, traces.of_run, "run-3", 2_999 - traces.LONGEST) is None
    assert read(store, traces.of_run, "run-2", 1_000) is None
    assert read(store, traces.runs, 1_000, 3_000) == {"run-1", "run-3"}
    assert read(store, traces.runs, 1_001, 3_000) == {"run-3"}, "the other call had ended"
    assert read(store, traces.runs, 0, 2_999 - traces.LONGEST) == {"run-1"}


def test_the_index_tells_which_they_are(tmp_path: Path) -> None:
    """SQLite's plans: no trace is read that is not shown, whichever way they are looked for."""
    store = Store.open(tmp_path / "keydesk.db")

    def plans(db: Connection, wanted: Wanted) -> list[str]:
        asked: list[tuple[str, object]] = []
        event.listen(db, "before_cursor_execute", lambda _db, _cursor, text, said, *_: asked.append((text, said)))
        traces.page(db, wanted, 20)
        ((text, said),) = asked
        return [row.detail for row in db.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}", said)]

    said: dict[str, str | bool] = {
        "user": "ada",
        "pool": "eu_1",
        "outcome": "ok",
        "trigger": "PreSignUp",
        "failed": True,
    }
    for wanted in (Wanted(), *(Wanted(**{name: value}) for name, value in said.items())):  # type: ignore[arg-type]
        walks = [step for step in read(store, plans, wanted) if "traces" in step]
        by_id = "SEARCH traces USING INDEX sqlite_autoindex_traces_1 (id=?)"
        assert walks == [by_id, "SEARCH traces USING COVERING INDEX ix_traces_wanted (at>?)"], wanted
    store.close()


def test_the_old_and_the_many_go(store: Store) -> None:
    written(store, traces.append, [trace(number) for number in range(1, 301)])
    assert written(store, traces.expire, 11_000, 10**9, 500) == 10
    assert written(store, traces.expire, 11_000, 10**9, 500) == 0
    assert written(store, traces.expire, 0, 1, 500) == traces.OLDEST
    assert ids(store, Wanted(), 1) == ["request-0300"]
    assert len(ids(store, Wanted(), 500)) == 190
