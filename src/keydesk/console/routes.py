"""`/_keydesk/health`, `/metrics` and, in development, `/outbox` and `/reset`."""

from typing import Final

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from keydesk import __version__
from keydesk.console.reset import reset
from keydesk.errors import Refusal
from keydesk.flows.call import Desk
from keydesk.messages.outbox_page import page
from keydesk.metrics import MEDIA, Metrics
from keydesk.store import facts

# The outbox page needs its own inline style and nothing else.
SAFE: Final = {
    "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


def routes(desk: Desk, metrics: Metrics) -> list[Route]:
    """Health, metrics, and the outbox where there is one."""

    async def health(request: Request) -> Response:
        try:
            await desk.store.read(facts.value, "pool")
        except Refusal:
            return JSONResponse({"status": "unavailable", "version": __version__}, status_code=503)
        return JSONResponse({"status": "ok", "version": __version__})

    async def measured(request: Request) -> Response:
        return Response(metrics.render(), media_type=MEDIA)

    async def outbox(request: Request) -> Response:
        """JSON for programs, oldest first; a page for a browser."""
        box = desk.courier.outbox
        if box is None:
            return JSONResponse({"message": "There is no outbox under `keydesk serve`."}, status_code=404)
        await desk.courier.drained()
        sent = box.list(request.query_params.get("to"), request.query_params.get("pool"))
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(page(sent), headers=SAFE)
        return Response(msgspec.json.encode(sent), media_type="application/json", headers={"cache-control": "no-store"})

    async def clean(request: Request) -> Response:
        return await reset(request, desk)

    found = [Route("/_keydesk/health", health), Route("/_keydesk/metrics", measured)]
    return [*found, Route("/_keydesk/outbox", outbox), Route("/_keydesk/reset", clean, methods=["POST"])]
