"""What a verifier of tokens reads first: a pool's keys and configuration (OpenID Connect Discovery 1.0, RFC 7517)."""

from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from keydesk.errors import InvalidParameter, Refusal, ResourceNotFound
from keydesk.flows.call import Desk
from keydesk.flows.keyring import PUBLISHED
from keydesk.flows.tokens import issuer_of
from keydesk.store import pools

CACHE: Final = {"cache-control": f"public, max-age={PUBLISHED}", "access-control-allow-origin": "*"}


def routes(desk: Desk) -> list[Route]:
    """`/{poolId}/.well-known/…`."""

    async def jwks(request: Request) -> Response:
        try:
            keys = await desk.keyring.public(request.path_params["pool"])
        except Refusal as refusal:
            return _refused(refusal)
        return JSONResponse({"keys": [key.public() for key in keys.values()]}, headers=CACHE)

    async def configuration(request: Request) -> Response:
        name = request.path_params["pool"]
        try:
            pool = await desk.store.glance(pools.named, name)
        except Refusal as refusal:
            return _refused(refusal)
        if pool is None:
            return _refused(ResourceNotFound(f"User pool {name} does not exist."))
        document = {
            "issuer": issuer_of(pool, desk),
            "jwks_uri": f"{desk.address}/{pool.id}/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
            "response_types_supported": ["code", "token"],
            "scopes_supported": ["openid", "email", "phone", "profile"],
        }
        return JSONResponse(document, headers=CACHE)

    return [
        Route("/{pool}/.well-known/jwks.json", jwks),
        Route("/{pool}/.well-known/openid-configuration", configuration),
    ]


def _refused(refusal: Refusal) -> Response:
    """Not found, too, where the name cannot be a pool's."""
    status = 404 if isinstance(refusal, ResourceNotFound | InvalidParameter) else refusal.status
    return JSONResponse({"__type": refusal.code, "message": refusal.sentence}, status_code=status)
