"""Fixtures of the tests of operations: what the log was told."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from keydesk import log


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
