"""The door: every request comes in here, is read within its limit, goes to its face, and is counted and logged.

The JSON API is plain ASGI because it is the hot path; all else is a Starlette application.
"""

import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

import structlog
from starlette.types import ASGIApp

from keydesk.api import protocol
from keydesk.aws import cloudtrail, kms, lambda_api, logs
from keydesk.crypto.ids import new_uuid
from keydesk.errors import (
    InternalError,
    MissingAuthenticationToken,
    Refusal,
    RequestTooLarge,
    UnknownOperation,
    UnrecognizedClient,
)
from keydesk.flows.call import Desk
from keydesk.log import api_call
from keydesk.metrics import Metrics
from keydesk.wire.host import is_strangers
from keydesk.wire.request import (
    BODY_LIMIT,
    Answer,
    ClientGone,
    Line,
    Receive,
    Request,
    Scope,
    Send,
    encoded,
    read,
    refused,
    send_answer,
)
from keydesk.wire.signature import Caller, claimed, verify

log = structlog.get_logger("keydesk.call")

SERVICES: Final = frozenset({"cognito-idp", "lambda", "logs", "cloudtrail", "kms"})

# Browsers call the API from any origin, as they call Cognito; it takes no cookies.
CORS: Final = {
    "access-control-allow-origin": "*",
    "access-control-expose-headers": "x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,x-keydesk-challenge,Date",
}
CORS_LINES: Final[list[Line]] = encoded(CORS)
PREFLIGHT: Final = Answer(
    b"",
    headers={
        **CORS,
        "access-control-allow-methods": "POST, OPTIONS",
        "access-control-allow-headers": "*, authorization, content-type, x-amz-date, x-amz-target, x-amz-user-agent, "
        "x-amz-security-token, x-amz-content-sha256, amz-sdk-invocation-id, amz-sdk-request, cache-control, "
        "x-keydesk-proof",
        "access-control-max-age": "172800",
    },
)

Face = Callable[[Request, Caller, Desk], Awaitable[Answer]]
FACES: Final[Mapping[str, Face]] = {
    "Logs_20140328.": logs.answer,
    "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.": cloudtrail.answer,
    kms.TARGET: kms.answer,
}


@dataclass(frozen=True, slots=True)
class Door:
    """The ASGI application. `before` runs ahead of each request (the watched folder, in development)."""

    desk: Desk
    metrics: Metrics
    others: ASGIApp
    keys: Mapping[str, str]  # access key id to secret; nobody asks for them in development
    before: Callable[[], Awaitable[None]] | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        if self.before:
            await self.before()
        path, method = scope["path"], scope["method"]
        if path == "/" and method == "OPTIONS":
            await send_answer(PREFLIGHT, new_uuid(), send)
        elif path == "/" and method == "POST":
            await self._json(scope, receive, send)
        elif lambda_api.ours(path):
            await self._lambda(scope, receive, send)
        else:
            await self.others(scope, receive, send)

    async def _json(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        name, outcome, request_id = "", "ok", ""
        try:
            request = await read(scope, receive, self._most(scope, protocol.body_limit(_target(scope))))
            request_id = request.id
            name, answered = await self._answered(request)
        except ClientGone:
            return
        except Refusal as refusal:
            name, outcome, answered = _named(scope), refusal.code, refused(refusal)
            request_id = request_id or new_uuid()
        self._counted(name, outcome, started, request_id, scope)
        unread = receive if outcome == RequestTooLarge.code else None
        await send_answer(answered, request_id, send, unread, CORS_LINES)

    async def _answered(self, request: Request) -> tuple[str, Answer]:
        target = request.headers.get("x-amz-target", "")
        for prefix, face in FACES.items():
            if target.startswith(prefix):
                caller = self._caller(request)
                if caller is None:
                    raise MissingAuthenticationToken
                name = target.rpartition(".")[2]
                return name, await self._guarded(face(request, caller, self.desk), name)
        name = protocol.name_of(target)
        caller = self._caller(request) if protocol.asks_who_signed(name, request) else None
        return name, await self._guarded(protocol.answer(name, request, caller, self.desk), name)

    async def _guarded(self, answering: Awaitable[Answer], name: str) -> Answer:
        """The last line of defence: what nobody foresaw is logged here, and the client learns nothing of it."""
        try:
            return await answering
        except Refusal:
            raise
        except Exception:
            log.exception("unforeseen", operation=name)
            raise InternalError from None

    def _caller(self, request: Request) -> Caller | None:
        """Who signed: believed in development, verified elsewhere (RQ-01, RQ-02)."""
        if self.desk.open:
            return claimed(request)
        return verify(request, self.keys, self.desk.clock(), SERVICES)

    async def _lambda(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = time.perf_counter()
        outcome, request_id = "ok", ""
        try:
            request = await read(scope, receive, self._most(scope, lambda_api.BODY_LIMIT))
            request_id = request.id
            if self._from_a_page(request):
                raise UnrecognizedClient("Browsers are not served: any page that a developer opens could deploy code.")
            caller = self._caller(request)
            if caller is None:
                raise MissingAuthenticationToken
            answered = await self._guarded(lambda_api.answer(request, caller, self.desk), scope["path"])
        except ClientGone:
            return
        except Refusal as refusal:
            outcome, answered = refusal.code, lambda_api.refused(refusal)
            request_id = request_id or new_uuid()
        self._counted("Lambda", outcome, started, request_id, scope)
        await send_answer(answered, request_id, send, receive if outcome == RequestTooLarge.code else None)

    def _from_a_page(self, request: Request) -> bool:
        """Whether a browser may have sent it for a page. What a page asks of its own origin need not say `Origin`."""
        stranger = self.desk.open and is_strangers(request.headers.get("host", ""), self.desk.address)
        return stranger or "origin" in request.headers

    def _most(self, scope: Scope, ours: int) -> int:
        """Bytes that a body may have. Who names no key that is known here has no archive or image to bring (RQ-15)."""
        if ours == BODY_LIMIT:
            return ours
        said = next((value for name, value in scope["headers"] if name.lower() == b"authorization"), b"")
        known = self.desk.open or any(f"Credential={key}/".encode() in said for key in self.keys)
        return ours if known else BODY_LIMIT

    def _counted(self, name: str, outcome: str, started: float, request_id: str, scope: Scope) -> None:
        seconds = time.perf_counter() - started
        self.metrics.call(name, outcome, seconds)
        client = scope.get("client")
        ip = client[0] if client else ""
        api_call(request_id=request_id, operation=name, outcome=outcome, ms=seconds * 1000, ip=ip)


def _target(scope: Scope) -> str:
    said = next((value for name, value in scope["headers"] if name.lower() == b"x-amz-target"), b"")
    return str(said.decode("latin-1"))


def _named(scope: Scope) -> str:
    """The operation's name for counting where it was refused; a made-up one counts as unknown."""
    try:
        return protocol.name_of(_target(scope))
    except UnknownOperation:
        return "unknown"
