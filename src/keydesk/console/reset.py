"""`POST /_keydesk/reset`, in development: a clean slate, and a pool and a client to test with, for any language.

No page in a browser can ask for it: it wants JSON, which no page may send to another origin unasked, and no `Origin`.
"""

from typing import Any, Final

import msgspec
from msgspec.structs import replace
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from keydesk.api.limits import check
from keydesk.console.page import known
from keydesk.domain import places
from keydesk.errors import InvalidParameter, Refusal
from keydesk.flows import clean_slate
from keydesk.flows.call import Call, Desk
from keydesk.flows.first_pool import FLOWS
from keydesk.shapes.types import CreateUserPoolClientRequest, CreateUserPoolRequest
from keydesk.wire.request import ClientGone, read

JSON: Final = "application/json"
LIKE_FIRST: Final[dict[str, Any]] = {"AutoVerifiedAttributes": ["email"]}  # what `keydesk dev` begins with


class Wish(msgspec.Struct, forbid_unknown_fields=True):
    """`keep`: leave everything that is there. `pool`, `client`: members of CreateUserPool and CreateUserPoolClient."""

    keep: bool = False
    pool: dict[str, Any] | None = None
    client: dict[str, Any] = {}


async def reset(request: Request, desk: Desk) -> Response:
    """Empty the server unless told to `keep`, make a pool and a client, and answer their ids."""
    if not desk.open:
        return _no(404, "There is no reset under `keydesk serve`.")
    if "origin" in request.headers or "sec-fetch-site" in request.headers:
        return _no(403, "Browsers are not served: any page that a developer opens could empty the server.")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != JSON:
        return _no(415, f"The content type must be {JSON}.")
    try:
        known(request)  # `keep` may have been said there
        whole = await read(request.scope, request.receive)
        wish = _wish(whole.body)
        pool_ask, client_ask = _asks(wish, desk)
        call = Call(desk, "reset", desk.settings["region"], whole.id, whole.ip, "")
        if not wish.keep:
            await clean_slate.empty(desk)
        pool, client = await clean_slate.begin(pool_ask, client_ask, call, first=not wish.keep)
    except ClientGone:
        return Response(status_code=400)
    except Refusal as refusal:
        return _no(refusal.status, refusal.sentence, __type=refusal.code)
    told = {"url": desk.address, "region": pool.region, "pool_id": pool.id, "client_id": client.id}
    if client.secrets:
        told["client_secret"] = desk.sealer.open(client.secrets[0].sealed, places.client(client.id)).decode()
    return JSONResponse(told, headers={"cache-control": "no-store"})


def _wish(body: bytes) -> Wish:
    try:
        return msgspec.json.decode(body, type=Wish) if body.strip() else Wish()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise InvalidParameter(f"The body must be a JSON object of keep, pool and client: {fault}.") from None


def _asks(wish: Wish, desk: Desk) -> tuple[CreateUserPoolRequest, CreateUserPoolClientRequest]:
    """What is to be made, judged before anything is emptied. Raises InvalidParameter, Serialization."""
    said = LIKE_FIRST if wish.pool is None else wish.pool
    pool = _ask("CreateUserPool", {"PoolName": "test", **said}, CreateUserPoolRequest)
    region = desk.settings["region"]
    rest = {"ClientName": "test", "ExplicitAuthFlows": FLOWS, **wish.client, "UserPoolId": f"{region}_new"}
    return pool, replace(_ask("CreateUserPoolClient", rest, CreateUserPoolClientRequest), user_pool_id="")


def _ask(operation: str, document: dict[str, Any], form: type[Any]) -> Any:
    """Members of the operation; one that it has not is a slip of the pen, and would be passed over in silence."""
    unknown = sorted(set(document) - set(form.__struct_encode_fields__))
    if unknown:
        raise InvalidParameter(f"{operation} has no member {', '.join(unknown)}.")
    check(operation, document)
    return msgspec.convert(document, form)


def _no(status: int, message: str, **more: str) -> JSONResponse:
    return JSONResponse({**more, "message": message}, status_code=status)
