"""The Lambda API: Invoke. Waits for the answer, or only takes the event, or only says whether it would."""

import base64
from typing import Final

import msgspec
import structlog
from msgspec.structs import replace

from keydesk.aws.lambda_ask import Ask, empty
from keydesk.aws.lambda_limits import check
from keydesk.domain.function import Deployed
from keydesk.domain.function_refusals import InvalidContent, PayloadTooLarge, Throttling
from keydesk.flows import functions
from keydesk.runtime.function import Answer as Ran
from keydesk.runtime.function import Throttled, TimedOut
from keydesk.wire.request import Answer

log = structlog.get_logger("keydesk.lambda")

PAYLOAD_LIMIT: Final = 6_291_456  # bytes, where the caller waits
EVENT_LIMIT: Final = 1_048_576  # bytes, where it does not
CONTEXT_LIMIT: Final = 3583  # bytes of the client context, in base64
TAIL: Final = 4096  # bytes of the log that a caller may have
START: Final = 30.0  # seconds that a worker may take to start, on top of the function's own time-out


async def invoke(ask: Ask) -> Answer:
    ref = ask.reference()
    headers = ask.request.headers
    kind = headers.get("x-amz-invocation-type", "RequestResponse")
    tail = headers.get("x-amz-log-type", "None")
    check({"InvocationType": kind, "LogType": tail})
    found = await functions.find(ask.desk, ref)
    payload = _payload(ask.request.body, EVENT_LIMIT if kind == "Event" else PAYLOAD_LIMIT)
    if kind == "DryRun":
        return _with_version(empty(204), found)
    context = _context(headers.get("x-amz-client-context", ""))
    if kind == "Event":
        try:
            ask.desk.functions.later(_unwaited(ask, found, payload, context))
        except Throttled:
            raise Throttling from None
        return _with_version(empty(202), found)
    ran = await _run(ask, found, payload, context)
    extra = {}
    if ran.error:
        extra["X-Amz-Function-Error"] = ran.error
    if tail == "Tail":
        extra["X-Amz-Log-Result"] = base64.b64encode(ran.log.encode()[-TAIL:]).decode()
    return _with_version(Answer(ran.payload, media="application/json", headers=extra), found)


async def _run(ask: Ask, found: Deployed, payload: bytes, context: str) -> Ran:
    """Run it once, within its own time-out. Raises Throttling where no worker was to be had."""
    try:
        return await ask.desk.functions.invoke(
            found,
            payload,
            within=found.timeout + START,
            arn=found.arn,
            request_id=ask.request.id,
            client_context=context,
        )
    except (Throttled, TimedOut):
        raise Throttling from None


async def _unwaited(ask: Ask, found: Deployed, payload: bytes, context: str) -> None:
    """One attempt: what fails stands in the function's log, and is not tried again."""
    try:
        await _run(ask, found, payload, context)
    except Throttling:
        log.warning("event dropped", function=found.name, request=ask.request.id)
    except Exception:
        log.exception("event lost", function=found.name, request=ask.request.id)


def _context(said: str) -> str:
    """The client context as a handler's runtime reads it: the JSON inside the header's base64."""
    if not said:
        return ""
    try:
        if len(said) > CONTEXT_LIMIT or not isinstance(plain := msgspec.json.decode(base64.b64decode(said)), dict):
            raise ValueError("no JSON object, or too long")
        return msgspec.json.encode(plain).decode()
    except (ValueError, RecursionError) as fault:
        raise InvalidContent("Client context must be a valid Base64-encoded JSON object.") from fault


def _payload(body: bytes, limit: int) -> bytes:
    """The event: JSON, or nothing, which is an empty object."""
    if len(body) > limit:
        raise PayloadTooLarge(f"{len(body)} byte payload is too large for the invocation (limit {limit} bytes)")
    if not body:
        return b"{}"
    try:
        msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InvalidContent(f"Could not parse request body into json: {fault}") from fault
    return body


def _with_version(sent: Answer, found: Deployed) -> Answer:
    return replace(sent, headers={**sent.headers, "X-Amz-Executed-Version": found.version})
