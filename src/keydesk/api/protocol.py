"""The JSON 1.1 protocol: `X-Amz-Target` in, JSON out.

A request is judged in this order: its form, its limits, its caller.
"""

import re
import time
from functools import partial
from typing import Final

import msgspec

from keydesk.api.families import SERVED
from keydesk.api.limits import check
from keydesk.api.unserved import UNSERVED
from keydesk.domain.rule import Request as Asked
from keydesk.domain.rule import typed_name
from keydesk.domain.trace import Trace
from keydesk.errors import (
    InvalidParameter,
    MissingAuthenticationToken,
    OperationNotEnabled,
    Refusal,
    Serialization,
    UnknownOperation,
)
from keydesk.flows import rules
from keydesk.flows.call import Call, Desk
from keydesk.shapes.operations import OPERATIONS
from keydesk.shapes.types import Shape
from keydesk.triggers.tracing import finished, size
from keydesk.wire.request import AMZ_JSON, BODY_LIMIT, Answer, Request, json
from keydesk.wire.signature import Caller

TARGET: Final = "AWSCognitoIdentityProviderService."
MEDIA: Final = frozenset({AMZ_JSON, "application/x-amz-json-1.0", "application/json"})
# The calls by which users sign up, in and out: these stand in the record (T-079).
RECORDED: Final = frozenset(
    {
        "AdminInitiateAuth",
        "AdminRespondToAuthChallenge",
        "AdminUserGlobalSignOut",
        "ConfirmForgotPassword",
        "ConfirmSignUp",
        "ForgotPassword",
        "GetDerivedToken",
        "GetTokensFromRefreshToken",
        "GlobalSignOut",
        "InitiateAuth",
        "ResendConfirmationCode",
        "RespondToAuthChallenge",
        "RevokeToken",
        "SignUp",
    }
)
# The model has them signed; but the client's secret is the proof (their documentation). Of the first no signature is
# looked at; with the second an administrator may vouch for the client instead.
PROVEN_OTHERWISE: Final = frozenset({"GetClientToken", "GetDerivedToken"})
VOUCHED_FOR: Final = frozenset({"GetDerivedToken"})
PARENT: Final = 55  # characters of a traceparent header
# Styles come with their images (their documentation: 2 MB).
WITH_IMAGES: Final = frozenset({TARGET + "CreateManagedLoginBranding", TARGET + "UpdateManagedLoginBranding"})
WITH_IMAGES_LIMIT: Final = 2 << 20  # bytes: 2 MiB
_EMPTY: Final = Answer(b"{}")
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # the one way to write it in JSON


def name_of(target: str) -> str:
    """The operation that an `X-Amz-Target` names. Raises UnknownOperation."""
    name = target.removeprefix(TARGET)
    if name not in OPERATIONS:
        raise UnknownOperation
    return name


def body_limit(target: str) -> int:
    """Bytes that the body of the operation which an `X-Amz-Target` names may have."""
    return WITH_IMAGES_LIMIT if target in WITH_IMAGES else BODY_LIMIT


def is_signed(name: str) -> bool:
    """Whether only administrators may call the operation, with a signature."""
    return OPERATIONS[name].signed and name not in PROVEN_OTHERWISE


def asks_who_signed(name: str, request: Request) -> bool:
    """Whether the signature of the request is to be looked at."""
    said = request.headers.get("authorization", "")
    return is_signed(name) or (name in VOUCHED_FOR and said.startswith("AWS4-"))


async def answer(name: str, request: Request, caller: Caller | None, desk: Desk) -> Answer:
    """Serve one operation. Raises Refusal."""
    document = _document(request)
    check(name, document)
    # PostgreSQL cannot keep it, and no operation has a use for it.
    if b"\\u0000" in request.body and _NUL.search(request.body):
        raise InvalidParameter("Text must not contain the character U+0000.")
    operation = OPERATIONS[name]
    if is_signed(name) and caller is None:
        raise MissingAuthenticationToken
    if (serve := SERVED.get(name)) is None:
        raise OperationNotEnabled(f"{name} is not served: {UNSERVED[name]}.")
    region = caller.region if caller else desk.settings["region"]
    await desk.throttle.admit(name, document if isinstance(document, dict) else {}, region)
    call = Call(
        desk=desk,
        operation=name,
        region=region,
        request_id=request.id,
        ip=request.ip,
        agent=request.headers.get("user-agent", ""),
        signed_by=caller.access_key if caller else "",
    )
    ask = msgspec.convert(document, operation.request)
    started = time.perf_counter()
    try:
        if call.desk.gate.book.rule and caller is None:
            await rules.judge(_asked(call, document, request), call)
        reply = await serve(call, ask)
    except Refusal as refusal:
        _leave_traces(call, request, document, refusal, started)
        raise
    _leave_traces(call, request, document, None, started)
    return _answer(reply)


def _asked(call: Call, document: object, request: Request) -> Asked:
    """What the rules look at."""
    members = document if isinstance(document, dict) else {}
    return Asked(
        operation=call.operation,
        ip=call.ip,
        client=str(members.get("ClientId", "")),
        user=typed_name(members),
        proof=request.headers.get(rules.PROOF, ""),
    )


def _answer(reply: Shape) -> Answer:
    return json(reply) if type(reply).__struct_fields__ else _EMPTY


def _leave_traces(call: Call, request: Request, document: object, refusal: Refusal | None, started: float) -> None:
    """The record of sign-in calls, and the trace of whatever ran steps or functions."""
    recorded, trail, journal = call.operation in RECORDED, call.trail, call.desk.journal
    if recorded:
        _record(call, document, refusal)
    kept = recorded or bool(trail.steps or trail.fired)
    if not (kept or journal.exports):
        return
    trace = Trace(
        id=call.request_id,
        region=call.region,
        at=call.now(),
        ms=round((time.perf_counter() - started) * 1000, 2),
        operation=call.operation,
        pool=trail.pool.id if trail.pool else "",
        client=trail.client,
        sub=trail.sub,
        username=trail.username,
        parent=request.headers.get("traceparent", "")[:PARENT],
        steps=trail.steps,
        fired=trail.fired,
    )
    if refusal:
        trace.outcome, trace.sentence, trace.detail = refusal.code, refusal.sentence, refusal.detail
    journal.trace(partial(finished, trace, trail.pool), size(trace), kept=kept)


def _record(call: Call, document: object, refusal: Refusal | None) -> None:
    """One sign-in call, for CloudTrail's LookupEvents. The journal hides what might be secret."""
    call.desk.journal.api_event(
        region=call.region,
        name=call.operation,
        username=call.trail.username,
        request_id=call.request_id,
        ip=call.ip,
        agent=call.agent,
        parameters=document if isinstance(document, dict) else {},
        error_code=refusal.code if refusal else "",
        error=refusal.sentence if refusal else "",
        sub=call.trail.sub,
        access_key=call.signed_by,
    )


def _document(request: Request) -> object:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in MEDIA:
        raise Serialization(f"The content type must be {AMZ_JSON}.")
    try:
        return msgspec.json.decode(request.body) if request.body.strip() else {}
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Serialization from None
