"""Where a notice's one-click links lead: "was it you?", with a button. A mail filter that follows links says nothing.

Whoever has the token may answer, so the page needs no visit of its own; it shows nothing of the user.
"""

from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from keydesk.crypto.ids import uuid_of
from keydesk.errors import InvalidParameter, Refusal
from keydesk.flows import auth_events
from keydesk.flows.call import Call, Desk
from keydesk.flows.notices import FEEDBACK

HEADERS: Final = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
ASKED: Final = {
    "Valid": ("Were you the one who signed in?", "Yes, it was me"),
    "Invalid": ("Was it somebody else who signed in?", "Yes, it was not me"),
}
DONE: Final = {
    "Valid": "Thank you. The next sign-in like this one will not be taken for somebody else's.",
    "Invalid": "Thank you. Change your password now: whoever it was may know it.",
}
LONGEST: Final = 2048  # characters of anything that is said


def routes(desk: Desk) -> list[Route]:
    """`/{poolId}/feedback?user=…&event=…&token=…&value=…`: GET asks, POST takes the answer."""

    async def feedback(request: Request) -> Response:
        value = request.query_params.get("value", "")
        if value not in ASKED:
            return _page("This link is not whole.", status=400)
        if request.method != "POST":
            question, button = ASKED[value]
            form = f'<form method="post" action="?{escape(request.url.query)}"><button>{button}</button></form>'
            return _page(question, form)
        try:
            await _take(request, value, desk)
        except Refusal as refusal:
            return _page(refusal.sentence, status=refusal.status)
        return _page(DONE[value])

    return [Route(FEEDBACK, feedback, methods=["GET", "POST"])]


async def _take(request: Request, value: str, desk: Desk) -> None:
    user, event, token = (request.query_params.get(name, "") for name in ("user", "event", "token"))
    pool_id = request.path_params["pool"]
    if max(map(len, (user, event, token))) > LONGEST or not user.isprintable():
        raise InvalidParameter("This link is not whole.")
    ip = request.client.host if request.client else ""
    region = pool_id.partition("_")[0]
    call = Call(
        desk, "UpdateAuthEventFeedback", region, uuid_of(desk.clock()), ip, request.headers.get("user-agent", "")
    )
    await auth_events.judge_own(pool_id, user, event, value, call, token=token)


def _page(text: str, form: str = "", *, status: int = 200) -> Response:
    head = '<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
    return HTMLResponse(f"{head}<title>Sign-in</title><h1>{escape(text)}</h1>{form}</html>", status, HEADERS)
