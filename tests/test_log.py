"""The log is one JSON line an event, without secrets and without anything that moves a terminal's cursor."""

import io
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from keydesk import log
from keydesk.settings import SettingFault

CANARY = "canary-7f3a"


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.reset_defaults()
    root.handlers = handlers
    root.setLevel(level)


def lines(out: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_call_is_one_line_under_its_request_id() -> None:
    out = io.StringIO()
    log.configure("info", out=out)
    log.api_call(request_id="r-1", operation="InitiateAuth", outcome="ok", ms=1.2345, ip="192.0.2.1", pool="p")
    [line] = lines(out)
    assert datetime.fromisoformat(line.pop("at")).utcoffset() == timedelta(0)
    assert line == {
        "event": "call", "level": "info", "logger": "keydesk.calls", "request_id": "r-1", "operation": "InitiateAuth",
        "outcome": "ok", "ms": 1.23, "ip": "192.0.2.1", "pool": "p",
    }  # fmt: skip


def test_the_level_is_obeyed_and_an_unknown_one_refused() -> None:
    out = io.StringIO()
    log.configure("warning", out=out)
    logger = structlog.get_logger("x")
    logger.info("not this")
    logger.warning("this")
    logging.getLogger("library").info("nor this")
    assert [line["event"] for line in lines(out)] == ["this"]
    with pytest.raises(SettingFault, match="log_level must be one of debug, info, warning, error"):
        log.configure("loud")


@pytest.mark.parametrize("pretty", [False, True])
@pytest.mark.parametrize(
    "text", ['\n{"event": "forged"}', "\r\x1b[2Jgone", "\x9b31m", "a\x00b\x7f", "\u2028x\u202ey", "\x85"]
)
def test_what_controls_a_terminal_or_a_line_is_encoded(text: str, pretty: bool) -> None:
    out = io.StringIO()
    log.configure("info", pretty=pretty, out=out)
    structlog.get_logger("x").info("call", username=text, deep={"attribute": [text]})
    logging.getLogger("library").warning("said %s", text)
    written = out.getvalue()
    assert written.endswith("\n")
    assert len(written.splitlines()) == 2
    assert all(character.isprintable() for character in written.replace("\n", ""))
    if not pretty:
        assert lines(out)[0]["username"] == text


@given(st.dictionaries(st.text(), st.text() | st.integers() | st.lists(st.text()) | st.binary()))
def test_any_event_is_one_line_of_ascii(values: dict[str, Any]) -> None:
    out = io.StringIO()
    log.configure("info", out=out)
    logger = structlog.get_logger("x")
    logger.info("event of a test", inner=values)
    assert out.getvalue().isascii()
    assert len(lines(out)) == 1


@pytest.mark.parametrize(
    "key",
    [
        "password", "PASSWORD", "ProposedPassword", "previous_password", "ClientSecret", "SECRET_HASH", "AccessToken",
        "refresh_token", "Session", "code", "ConfirmationCode", "USER-CODE", "SRP_A", "x-amz-security-token",
        "Authorization", "cookie", "AuthParameters", "ChallengeResponses", "verifier", "private_key", "ValidationData",
    ],
)  # fmt: skip
def test_what_a_key_calls_secret_is_hidden_at_any_depth(key: str) -> None:
    out = io.StringIO()
    log.configure("debug", out=out)
    logger = structlog.get_logger("x")
    logger.info("a", **{key: CANARY})
    logger.info("b", request={"inner": [{key: {"deeper": CANARY}}]})
    logging.getLogger("library").warning("c", extra={key: CANARY})
    assert CANARY not in out.getvalue()
    assert lines(out)[0][key] == log.HIDDEN
    assert lines(out)[1]["request"] == {"inner": [{key: log.HIDDEN}]}


@pytest.mark.parametrize(
    "key", ["operation", "outcome", "status_code", "error_code", "zip", "sub", "trigger", "encoded"]
)
def test_what_operators_need_is_shown(key: str) -> None:
    out = io.StringIO()
    log.configure("info", out=out)
    structlog.get_logger("x").info("a", **{key: "shown"})
    assert lines(out)[0][key] == "shown"


def test_tokens_are_hidden_wherever_they_stand() -> None:
    out = io.StringIO()
    log.configure("info", out=out)
    token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJ4In0.c2lnbmF0dXJl"
    structlog.get_logger("x").warning(f"could not read {token}!", why=[f"Bearer {token}"])
    assert "eyJ" not in out.getvalue()
    assert lines(out)[0]["event"] == "could not read [hidden]!"


def test_an_exception_shows_its_lines_and_neither_values_nor_sql_parameters() -> None:
    out = io.StringIO()
    log.configure("info", out=out)

    def fails(password: str) -> None:
        raise ValueError(f"(broken)\n[SQL: INSERT …]\n[parameters: ({password!r},)]")

    try:
        fails(CANARY)
    except ValueError:
        structlog.get_logger("x").exception("it failed")
    [line] = lines(out)
    assert line["level"] == "error"
    assert "in fails" in line["exception"]
    assert CANARY not in out.getvalue()


def test_objects_are_named_and_never_spelled_out() -> None:
    out = io.StringIO()
    log.configure("info", out=out)

    class Holder:
        def __repr__(self) -> str:
            return CANARY

    structlog.get_logger("x").info("a", one=Holder(), many=[Holder(), b"bytes"])
    assert (lines(out)[0]["one"], lines(out)[0]["many"]) == ("<Holder>", ["<Holder>", "<bytes>"])


def test_a_library_that_logs_comes_out_alike() -> None:
    out = io.StringIO()
    log.configure("info", out=out)
    logging.getLogger("uvicorn.error").info("Started %s", "it")
    [line] = lines(out)
    assert (line["logger"], line["level"], line["event"]) == ("uvicorn.error", "info", "Started it")


def test_a_line_that_cannot_be_written_stops_nobody() -> None:
    """The disk of the log is full. What is written once there is room again is whole."""
    with open("/dev/full", "w") as full:
        log.configure("info", out=full)
        structlog.get_logger("x").error("lost")
        log.api_call(request_id="r-1", operation="InitiateAuth", outcome="ok", ms=1, ip="192.0.2.1")
        logging.getLogger("library").warning("lost too")
        with suppress(OSError):
            full.close()


def test_standard_error_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure("info")
    structlog.get_logger("x").info("hello")
    assert json.loads(capsys.readouterr().err)["event"] == "hello"


def test_a_guest_leaves_the_loggers_of_the_process_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    """As in a run of tests, whose own logging is nobody's business; what is said has no secret all the same."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    structlog.reset_defaults()
    log.configure_as_guest("error")
    assert (root.handlers, root.level) == (handlers, level)
    structlog.get_logger("x").warning("not told")
    structlog.get_logger("x").error("told", password=CANARY)
    said = capsys.readouterr().err
    assert json.loads(said) == {"logger": "x", "level": "error", "event": "told", "password": log.HIDDEN}


def test_a_guest_leaves_structlog_alone_where_somebody_has_set_it_up() -> None:
    out = io.StringIO()
    structlog.configure(
        logger_factory=structlog.PrintLoggerFactory(out), processors=[structlog.processors.JSONRenderer()]
    )
    log.configure_as_guest("error")
    structlog.get_logger("x").info("theirs")
    assert lines(out) == [{"event": "theirs"}]
