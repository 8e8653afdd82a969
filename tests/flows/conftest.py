"""What the tests of flows share: what a call asks of the database."""

from collections.abc import Callable, Iterator
from threading import local
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event
from tests.serving import BY_ITSELF

from keydesk.store import store
from keydesk.store.hot import Hot

AROUND = ("BEGIN", "COMMIT", "ROLLBACK")  # also around what the server does by itself


@pytest.fixture
def statements(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What the database is asked for calls."""
    asked: list[str] = []
    thread = local()
    work, run = store._work, Hot._run

    def work_noted(function: Any, *said: Any) -> Callable[[Connection], Any]:
        does = work(function, *said)

        def aside(db: Connection) -> Any:
            thread.aside = True
            try:
                return does(db)
            finally:
                thread.aside = False

        return aside if function in BY_ITSELF else does

    def add(statement: str) -> None:
        if not getattr(thread, "aside", False):
            asked.append(statement)

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement not in AROUND:
            add(statement)

    def run_noted(self: Hot, db: Connection, values: Any, compiled: Any) -> Any:
        add(compiled.text)  # the driver runs it, no event tells
        return run(self, db, values, compiled)

    monkeypatch.setattr(store, "_work", work_noted)
    monkeypatch.setattr(Hot, "_run", run_noted)
    event.listen(Engine, "before_cursor_execute", note)
    yield asked
    event.remove(Engine, "before_cursor_execute", note)
