"""A trace made fit to keep: nothing secret is in it, it has a bounded size, and it tells which triggers did not run."""

import json
from typing import Any, Final

import msgspec
from msgspec import Raw

from keydesk.domain.pool import Pool
from keydesk.domain.trace import Fired, Trace
from keydesk.shapes.types import LambdaConfigType
from keydesk.triggers.catalog import CATALOG
from keydesk.triggers.fire import sets

HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"
LOG_KEPT: Final = 8_192  # characters of what one run printed
LARGEST: Final = 65_536  # bytes of one event or answer
TOO_LARGE: Final = Raw(b'"too large to keep"')
PASSED_ON: Final = ("validationData", "clientMetadata")
TELLING: Final = 6  # characters of what is looked for in what was printed, if it is no secret: less stands anywhere
UNASKED: Final = "nothing in this call asks for it"
NO_TRIGGERS: Final = LambdaConfigType()
_SECRETS: Final = {trigger.name: trigger.secret for trigger in CATALOG if trigger.secret}


def without_secrets(trigger: str, document: Raw) -> Raw:
    """An event or an answer of a trigger as a trace would keep it."""
    return _without(document, (*_SECRETS.get(trigger, ()), *(f"request.{name}" for name in PASSED_ON)), set())


def size(trace: Trace) -> int:
    """About so many bytes, before anything is cut."""
    return 1000 + sum(len(bytes(fired.event)) + len(bytes(fired.answer)) + len(fired.log) for fired in trace.fired)


def finished(trace: Trace, pool: Pool | None) -> Trace:
    """The trace as it is kept."""
    for fired in trace.fired:
        if secret := _SECRETS.get(fired.trigger):
            _hide(fired, secret, least=1)
        if passed_on := _passed_on(fired):
            _hide(fired, passed_on, least=TELLING)
        _bound(fired)
    if pool is not None:
        trace.idle = _idle(trace, pool)
    return trace


def _passed_on(fired: Fired) -> tuple[str, ...]:
    """What the client passed on for the functions alone: it is not kept after the call (T-115, section 5)."""
    event = bytes(fired.event)
    return tuple(f"request.{name}" for name in PASSED_ON if f'"{name}":{{'.encode() in event)


def _bound(fired: Fired) -> None:
    fired.log = fired.log[-LOG_KEPT:]
    if len(bytes(fired.event)) > LARGEST:
        fired.event = TOO_LARGE
    if len(bytes(fired.answer)) > LARGEST:
        fired.answer = TOO_LARGE


def _hide(fired: Fired, secret: tuple[str, ...], *, least: int) -> None:
    """Take the members out of the event and the answer, and their values, from so long on, out of what was printed."""
    found: set[str] = set()
    fired.event = _without(fired.event, secret, found)
    fired.answer = _without(fired.answer, secret, found)
    printed = {spelling for text in found if len(text) >= least for spelling in _printed(text)} if fired.log else set()
    for text in sorted(printed, key=len, reverse=True):
        fired.log = fired.log.replace(text, HIDDEN)


def _without(document: Raw, secret: tuple[str, ...], found: set[str]) -> Raw:
    try:
        whole = msgspec.json.decode(document)
    except msgspec.DecodeError:
        return Raw(b'"no JSON"')
    for path in secret:
        part, _, member = path.partition(".")
        inside = whole.get(part) if isinstance(whole, dict) else None
        if isinstance(inside, dict) and inside.get(member) is not None:
            found |= _texts(inside[member])
            inside[member] = HIDDEN
    return Raw(msgspec.json.encode(whole))


def _texts(value: Any) -> set[str]:
    """The texts in a secret value."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, dict):
        return set().union(*(_texts(one) for one in value.values()))
    return set()


def _printed(text: str) -> set[str]:
    """How a text stands in what is printed: by itself, in JSON of either kind, and in an object as Python and Node.js
    show it."""
    quoted = (json.dumps(text), json.dumps(text, ensure_ascii=False), repr(text))
    return {text, text.replace("\\", "\\\\"), *(one[1:-1] for one in quoted)}


def _idle(trace: Trace, pool: Pool) -> dict[str, str]:
    """Triggers that the pool sets and this call did not run, each with why."""
    if pool.settings.lambda_config in (None, NO_TRIGGERS):
        return {}
    ran = {fired.trigger for fired in trace.fired}
    last = trace.steps[-1].outcome if trace.steps else ""
    ended = "the call was refused before it" if trace.outcome != "ok" else ""
    if last.startswith("asked"):
        ended = ended or "the call ended with a question before it"
    return {
        trigger.name: ended if ended and trace.operation in (trigger.calls or {trace.operation}) else UNASKED
        for trigger in CATALOG
        if trigger.name not in ran and sets(pool, trigger)
    }
