"""Fixtures of the tests of operations: what the log was told, and patience with a slow machine."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from keydesk import log
from keydesk.runtime import documents


@pytest.fixture
def warned() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the log has been told as a warning."""
    out, before = io.StringIO(), structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    log.configure("warning", out=out)
    yield lambda: [
        said for line in out.getvalue().splitlines() if (said := json.loads(line))["logger"] == "keydesk.pools"
    ]
    structlog.configure(**before)
    root.handlers = handlers
    root.setLevel(level)


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Documents of others may take their time."""
    monkeypatch.setattr(documents, "WITHIN", 30.0)
