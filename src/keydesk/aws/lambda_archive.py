"""A function's zip at the address that GetFunction gives: it carries our own signature, and lives for ten minutes."""

from typing import Final

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from keydesk.crypto.seal import same
from keydesk.flows.call import Desk
from keydesk.store import functions as stored

PATH: Final = "/_keydesk/archives/"
LIVES_MS: Final = 600_000


def address(desk: Desk, digest: str) -> str:
    """Where the archive can be fetched from now on."""
    until = str(desk.clock() + LIVES_MS)
    return f"{desk.address}{PATH}{digest}?Expires={until}&Signature={_proof(desk, digest, until).decode()}"


def routes(desk: Desk) -> list[Route]:
    """The one route of this file."""

    async def fetch(request: Request) -> Response:
        digest, until = request.path_params["digest"], request.query_params.get("Expires", "")
        proven = same(_proof(desk, digest, until), request.query_params.get("Signature", "").encode())
        if not proven or int(until) < desk.clock():
            return PlainTextResponse("This address is not valid, or not any more. Ask GetFunction for another.", 403)
        zipped = await desk.store.read(stored.archive, digest)
        if zipped is None:
            return PlainTextResponse("The code has been deleted.", 404)
        return Response(zipped, media_type="application/zip")

    return [Route(PATH + "{digest}", fetch)]


def _proof(desk: Desk, digest: str, until: str) -> bytes:
    return desk.sealer.code_digest(f"{digest} {until}", "functions.archive").hex().encode()
