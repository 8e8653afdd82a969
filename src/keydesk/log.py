"""The server's own log: structlog, one JSON line an event on standard error; the standard library's loggers go with it.

Nothing known to be secret is ever passed to it; `hidden` is the last line of defence for the day somebody forgets.
"""

import functools
import json
import logging
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final, Protocol, TextIO

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from keydesk.settings import SettingFault

HIDDEN: Final = "[hidden]"
DEPTH: Final = 6  # levels of what is logged that are looked into; deeper ones are not shown
LEVELS: Final = {name: getattr(logging, name.upper()) for name in ("debug", "info", "warning", "error")}

# A key is secret that is, in small letters and without separators, one of these …
_SECRET: Final = frozenset(
    {
        "code", "confirmationcode", "usercode", "otp", "pin", "session", "answer", "authorization", "cookie",
        "setcookie", "signature", "headers", "body", "payload", "parameters", "authparameters",
        "challengeresponses", "challengeparameters", "clientmetadata", "validationdata", "secretblock", "seed",
        "jwt",
    }
)  # fmt: skip
# … or that has one of these in it.
_SECRET_PART: Final = ("password", "passwd", "secret", "token", "srp", "verifier", "privatekey", "credential")
_JWT: Final = re.compile(r"eyJ[\w-]{8,}(?:\.[\w-]*)+", re.ASCII)
_SQL: Final = re.compile(r"\[parameters: .*", re.DOTALL)  # how SQLAlchemy ends the text of its errors
_LINES: Final = re.compile(r"[^\S\n ]|[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


class _Line(Protocol):
    name: str


class _Writer:
    """Where a logger's lines go. One write for each line, so that lines never mix.

    A line that cannot be written, to a full disk or to nobody, is lost: what it is about goes on.
    """

    __slots__ = ("_out", "name")

    def __init__(self, name: str, out: TextIO | None) -> None:
        self.name = name
        self._out = out

    def msg(self, line: str) -> None:
        out = self._out or sys.stderr
        with suppress(OSError):
            out.write(line + "\n")
            out.flush()

    debug = info = warning = error = critical = exception = msg


def configure(level: str, *, pretty: bool = False, out: TextIO | None = None) -> None:
    """Set up every logger of the process: JSON lines, or for a person's eye (`pretty`), on `out` or standard error.

    `level` is one of `LEVELS`; raises SettingFault for another.
    """
    if level not in LEVELS:
        raise SettingFault(f"log_level must be one of {', '.join(LEVELS)}, not {level!r}")
    shared: list[Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        structlog.processors.format_exc_info,
        hidden,
    ]
    render: list[Processor] = [_printable, structlog.dev.ConsoleRenderer(colors=_coloured(out))] if pretty else [_json]
    structlog.configure(
        processors=[_named, *shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=lambda *names: _Writer(names[0] if names else "keydesk", out),
        cache_logger_on_first_use=False,  # a second configuration must reach the loggers that modules hold
    )
    handler = _Handler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.add_logger_name, *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    logging.getLogger("alembic").setLevel(logging.WARNING)  # each start would tell of its migrations
    global _level
    _level = LEVELS[level]
    root.setLevel(max(LEVELS[level], logging.INFO))  # other people's debug lines say what was sent


def configure_as_guest(level: str) -> None:
    """In a process that is somebody else's, as a run of tests: our own lines from this level on, on standard error.

    The standard library's loggers stay as they are; so does structlog where somebody has set it up.
    """
    global _level
    _level = LEVELS[level]
    if not structlog.is_configured():
        structlog.configure(
            processors=[
                _named,
                structlog.processors.add_log_level,
                structlog.processors.format_exc_info,
                hidden,
                _json,
            ],
            wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
            logger_factory=lambda *names: _Writer(names[0] if names else "keydesk", None),
            cache_logger_on_first_use=False,
        )


def api_call(*, request_id: str, operation: str, outcome: str, ms: float, ip: str, **more: object) -> None:
    """One API call has been answered, under the id that its answer bears (LG-02, LG-05).

    `outcome` is `ok` or the error's code. `more` is what else helps an operator: pool, client, sub, signed_by, detail.
    """
    if _level <= logging.INFO:  # asked here, because to ask structlog costs more than all else that is logged costs
        _calls.info("call", request_id=request_id, operation=operation, outcome=outcome, ms=round(ms, 2), ip=ip, **more)


_level = logging.NOTSET  # the least that is logged
_calls: Final = structlog.get_logger("keydesk.calls")


def hidden(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """The event without what its keys, or the shape of its texts, call secret (LG-03)."""
    for key, value in event.items():
        event[key] = HIDDEN if _secret(key) and value else _without(value, DEPTH)
    return event


def _without(value: Any, depth: int) -> Any:
    if isinstance(value, str):
        if "eyJ" in value:
            value = _JWT.sub(HIDDEN, value)
        return _SQL.sub(f"[parameters: {HIDDEN}]", value) if "[parameters: " in value else value
    if value is None or isinstance(value, bool | int | float):
        return value
    if depth and isinstance(value, Mapping):
        return {
            str(key): HIDDEN if _secret(str(key)) and inner else _without(inner, depth - 1)
            for key, inner in value.items()
        }
    if depth and isinstance(value, list | tuple | set | frozenset):
        return [_without(inner, depth - 1) for inner in value]
    return f"<{type(value).__name__}>"  # never the repr of something that may hold anything


@functools.lru_cache(maxsize=1000)
def _secret(key: str) -> bool:
    plain = re.sub("[^a-z0-9]", "", key.lower())
    return plain in _SECRET or any(part in plain for part in _SECRET_PART)


def _named(logger: _Line, _method: str, event: EventDict) -> EventDict:
    event["logger"] = logger.name
    return event


def _json(_logger: WrappedLogger, _method: str, event: EventDict) -> str:
    """One line of pure printable ASCII, whatever the texts hold (LG-01)."""
    return json.dumps(event, ensure_ascii=True).replace("\x7f", "\\u007f")


def _printable(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Texts for a terminal: what would move its cursor or start a line is spelled out. Tracebacks keep their lines."""
    for key, value in event.items():
        text = value if isinstance(value, str) else None if isinstance(value, int | float) else json.dumps(value)
        if text is not None:
            event[key] = _LINES.sub(_spelled, text if key == "exception" else text.replace("\n", "\\n"))
    return event


def _spelled(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()


class _Handler(logging.StreamHandler[TextIO]):
    """Writes to what standard error is now, not to what it was when logging was set up."""

    def __init__(self, out: TextIO | None) -> None:
        super().__init__(out or sys.stderr)
        self._fixed = out

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = self._fixed or sys.stderr
        super().emit(record)


def _coloured(out: TextIO | None) -> bool:
    return (out or sys.stderr).isatty()
