"""What every page of the console is made with: who is here, what was said, the templates, and safe headers."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlencode

import msgspec
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from keydesk import __version__
from keydesk.console import visit as visits
from keydesk.console.asks import Asks
from keydesk.console.series import Series
from keydesk.console.visit import PATH, Visit
from keydesk.errors import InternalError, InvalidParameter, Refusal
from keydesk.flows.call import Desk
from keydesk.wire.request import ClientGone, read

FORM: Final = 64 << 10  # bytes of a form
SAFE: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
NAV: Final = (  # where one can go from anywhere
    ("pools", "Pools"),
    ("functions", "Functions"),
    ("traces", "Traces"),
    ("outbox", "Outbox"),
    ("metrics", "Metrics"),
    ("settings", "Settings"),
)

Keys = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Site:
    """The console of one server."""

    desk: Desk
    keys: Keys
    series: Series


@dataclass(frozen=True, slots=True)
class Here:
    """One request of a visitor: what a view works with."""

    site: Site
    request: Request
    visit: Visit
    form: Mapping[str, str] = field(default_factory=dict)

    @property
    def desk(self) -> Desk:
        return self.site.desk

    @property
    def asks(self) -> Asks:
        return Asks(self.desk, self.visit.key, _ip(self.request))

    def part(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def said(self, name: str) -> str:
        """A parameter of the query; empty where there is none."""
        return self.request.query_params.get(name, "")

    def show(self, template: str, *, status: int = 200, **more: Any) -> Response:
        """A page."""
        return shown(self.site, self.request, template, self.visit, status=status, **more)


View = Callable[[Here], Awaitable[Response]]
Endpoint = Callable[[Request], Awaitable[Response]]


def away(*path: str, **query: str) -> Response:
    """To another page of the console, after a form."""
    where = "/".join((PATH, *(quote(part, safe="") for part in path)))
    return RedirectResponse(where + (f"?{urlencode(query)}" if query else ""), 303, headers=SAFE)


def shown(
    site: Site, request: Request, template: str, visit: Visit | None, *, status: int = 200, **more: Any
) -> Response:
    """A page, for somebody who is signed in or not."""
    said = {
        "nav": NAV,
        "path": request.url.path,
        "open": site.desk.open,
        "version": __version__,
        "done": request.query_params.get("done", ""),
        "token": visits.form_token(visit, site.desk) if visit else "",
        "signed_in": visit is not None,
    }
    return HTMLResponse(_TEMPLATES.get_template(template).render(said | more), status, headers=SAFE)


def page(site: Site, view: View, takes: str = "") -> Endpoint:
    """The view as an endpoint: judged first, its refusals told on a page, the visit kept alive.

    `takes` are the members that its query may have, between blanks.
    """

    async def endpoint(request: Request) -> Response:
        if not visits.at_home(request, site.desk):
            return Response("The console is not served under this host name.", 421, headers=SAFE)
        visit = await visits.of(request, site.desk, site.keys)
        if visit is None:
            if wants_html(request):
                return away("sign-in")
            return Response(b'{"message":"Sign in at /_keydesk/sign-in."}', 401, SAFE, "application/json")
        here = Here(site, request, visit)
        try:
            _no_nul(request)
            if request.method == "POST":
                form = await said_in(request)
                visits.check_form(request, form.get("token", ""), visit, site.desk)
                here = Here(site, request, visit, form)
            else:
                known(request, [*takes.split(), "done"])
            response = await view(here)
        except Refusal as refusal:
            response = refused(here, refusal)
        except ClientGone:
            return Response(status_code=400)
        visits.keep(response, request, visit, site.desk)
        return response

    return endpoint


def _no_nul(request: Request) -> None:
    """Raises InvalidParameter for what no database keeps, and PostgreSQL takes for no text."""
    if any("\0" in text for text in (*request.path_params.values(), *request.query_params.values())):
        raise InvalidParameter("Text must not contain the character U+0000.")


def known(request: Request, takes: Sequence[str] = ()) -> None:
    """Raises InvalidParameter for a slip of the pen: passed over, it would be answered as another question."""
    said = [name for name, _ in request.query_params.multi_items()]
    for name in said:
        if name not in takes:
            may = f"; it may have {', '.join(takes)}" if takes else ""
            raise InvalidParameter(f"The query has no member {name!r} here{may}.")
        if said.count(name) > 1:
            raise InvalidParameter(f"The query has the member {name!r} more than once.")


def refused(here: Here, refusal: Refusal) -> Response:
    """What was not done, and why."""
    sentence = InternalError().sentence if isinstance(refusal, InternalError) else refusal.sentence
    if not wants_html(here.request):
        body = {"__type": refusal.code, "message": sentence}
        return Response(msgspec.json.encode(body), refusal.status, SAFE, "application/json")
    return here.show("refused.html", status=refusal.status, code=refusal.code, sentence=sentence)


def wants_html(request: Request) -> bool:
    """Browsers say so; programs get JSON where there is some."""
    return "text/html" in request.headers.get("accept", "")


async def said_in(request: Request) -> dict[str, str]:
    """The members of a form. Raises RequestTooLarge, InvalidParameter, ClientGone."""
    whole = await read(request.scope, request.receive, FORM)
    try:
        return dict(parse_qsl(whole.body.decode(), keep_blank_values=True, strict_parsing=bool(whole.body)))
    except ValueError:
        raise InvalidParameter("This is no form.") from None


def _ip(request: Request) -> str:
    return request.client.host if request.client else ""


def _moment(at: float | None) -> Markup:
    """Epoch seconds, or milliseconds, as people read them; the whole moment when one points at it."""
    if not at:
        return Markup("")
    moment = datetime.fromtimestamp(at / 1000 if at > 1e11 else at, UTC)
    local = moment.astimezone()
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        moment.isoformat(), moment.isoformat(), f"{local:%Y-%m-%d %H:%M:%S}"
    )


def _colour(outcome: str) -> str:
    if outcome in ("ok", "passed"):
        return "good"
    return "asked" if outcome.startswith("asked") else "bad"


_TEMPLATES: Final = Environment(
    loader=PackageLoader("keydesk.console"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters |= {"moment": _moment, "colour": _colour}
_TEMPLATES.globals["base"] = PATH
