"""The JSON 1.1 protocol: `X-Amz-Target` in, JSON out. A request is judged in this order: its form, its limits, its caller."""

from typing import Final

import msgspec

from keydesk.api.limits import check
from keydesk.api.operation import SERVED
from keydesk.api.unserved import UNSERVED
from keydesk.errors import MissingAuthenticationToken, Serialization, UnknownOperation, UnsupportedOperation
from keydesk.flows.call import Call, Desk
from keydesk.shapes.operations import OPERATIONS
from keydesk.shapes.types import Shape
from keydesk.wire.request import AMZ_JSON, Answer, Request, json
from keydesk.wire.signature import Caller

TARGET: Final = "AWSCognitoIdentityProviderService."
MEDIA: Final = frozenset({AMZ_JSON, "application/x-amz-json-1.0", "application/json"})
_EMPTY: Final = Answer(b"{}")


def name_of(target: str) -> str:
    """The operation that an `X-Amz-Target` names. Raises UnknownOperation."""
    name = target.removeprefix(TARGET)
    if name not in OPERATIONS:
        raise UnknownOperation
    return name


def is_signed(name: str) -> bool:
    """Whether the model marks the operation as one that is signed."""
    return OPERATIONS[name].signed


async def answer(name: str, request: Request, caller: Caller | None, desk: Desk) -> Answer:
    """Serve one operation. Raises Refusal."""
    document = _document(request)
    check(name, document)
    operation = OPERATIONS[name]
    if operation.signed and caller is None:
        raise MissingAuthenticationToken
    if (serve := SERVED.get(name)) is None:
        raise UnsupportedOperation(f"{name} is not served: {UNSERVED[name]}")
    call = Call(
        desk=desk,
        operation=name,
        region=caller.region if caller else desk.settings["region"],
        request_id=request.id,
        ip=request.ip,
        agent=request.headers.get("user-agent", ""),
        signed_by=caller.access_key if caller and operation.signed else "",
    )
    reply: Shape = await serve(call, msgspec.convert(document, operation.request))
    return json(reply) if type(reply).__struct_fields__ else _EMPTY


def _document(request: Request) -> object:
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media not in MEDIA:
        raise Serialization(f"The content type must be {AMZ_JSON}.")
    try:
        return msgspec.json.decode(request.body) if request.body.strip() else {}
    except (msgspec.DecodeError, RecursionError):
        raise Serialization from None
