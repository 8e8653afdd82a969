"""Reading what a function answered: an answer of the trigger's form, or a fault with Cognito's words (section 4.2)."""

from typing import Any, Final

import msgspec

from keydesk.domain.difference import differences
from keydesk.domain.trace import NO_JSON
from keydesk.triggers.catalog import Reading
from keydesk.triggers.payloads import ResponseT

_Text = str | int | float | None
_Object = dict[str, Any] | None


class Envelope(msgspec.Struct, rename="camel"):
    """What must come back (section 4.2). A number passes for a text, and null for anything."""

    version: _Text
    trigger_source: _Text
    region: _Text
    user_pool_id: _Text
    user_name: _Text
    caller_context: _Object
    request: _Object
    response: _Object


ENVELOPE: Final = frozenset(Envelope.__struct_encode_fields__)
NOT_JSON: Final = "Invalid lambda function output : Invalid JSON"
UNRECOGNIZABLE: Final = "Unrecognizable lambda output"


class WrongAnswer(Exception):
    """The function answered with something that is not the event; the text says what."""


class Denied(Exception):
    """The function said no. The text is its own; empty where it gave none."""


def thrown(payload: bytes) -> str:
    """The function's own words in an error payload; empty where there are none."""
    try:
        document = msgspec.json.decode(payload)
    except NO_JSON:
        return ""
    said = document.get("errorMessage") if isinstance(document, dict) else None
    return said if isinstance(said, str) else ""


def unread(response: dict[str, Any], form: type[ResponseT]) -> tuple[str, ...]:
    """The members of a response that the form does not know. Raises msgspec.ValidationError where it is none."""
    known = msgspec.to_builtins(msgspec.convert(response, form))
    return tuple(
        change.path
        for change in differences(response, known)
        if change.now is msgspec.UNSET and change.was not in (None, {}, [])
    )


def read(form: type[ResponseT], payload: bytes, reading: Reading, *, reads: bool) -> ResponseT:
    """The response part of an answer. Raises WrongAnswer, or Denied for a returned error object (C-06)."""
    document = _document(payload, reading)
    if reading is Reading.LENIENT and document.get("errorMessage") is not None:
        raise Denied(str(document["errorMessage"]))
    try:
        if reading is Reading.STRICT:
            msgspec.convert(document, Envelope)
        if not reads:
            return form()
        response = document.get("response")
        return msgspec.convert({} if response is None else response, form)
    except msgspec.ValidationError:
        raise WrongAnswer(UNRECOGNIZABLE) from None


def _document(payload: bytes, reading: Reading) -> dict[str, Any]:
    """The answer as an object. A lenient reading takes any other JSON for an empty one (C-07); a page is no answer."""
    try:
        document = msgspec.json.decode(payload) if payload.strip() else None
    except NO_JSON:
        raise WrongAnswer(NOT_JSON) from None
    if isinstance(document, dict):
        return document
    if reading is Reading.LENIENT:
        return {}
    raise WrongAnswer(NOT_JSON if document is None else UNRECOGNIZABLE)
