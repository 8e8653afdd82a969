"""Everything under `/_keydesk/`: for monitoring, for tests, and the console for people."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from keydesk import __version__
from keydesk.console import pools, seen
from keydesk.console import visit as visits
from keydesk.console.page import SAFE, Endpoint, Here, Site, View, away, page, refused, said_in, shown, wants_html
from keydesk.console.reset import reset
from keydesk.console.series import Series
from keydesk.console.visit import PATH
from keydesk.errors import Refusal
from keydesk.flows.call import Desk
from keydesk.metrics import MEDIA, Metrics
from keydesk.store import facts
from keydesk.wire.request import ClientGone

# Names of users and groups may hold slashes.
PAGES: Final[tuple[tuple[str, str, View], ...]] = (
    ("GET", "/pools", pools.pools),
    ("GET", "/pools/{pool}", pools.pool),
    ("GET", "/pools/{pool}/users", pools.users),
    ("POST", "/pools/{pool}/users", pools.new_user),
    ("GET", "/pools/{pool}/users/{user:path}", pools.user),
    ("POST", "/pools/{pool}/users/{user:path}/{act}", pools.act),
    ("POST", "/pools/{pool}/groups", pools.new_group),
    ("GET", "/pools/{pool}/groups/{group:path}", pools.group),
    ("POST", "/pools/{pool}/groups/{group:path}/delete", pools.delete_group),
    ("GET", "/pools/{pool}/clients/{client}", pools.client),
    ("POST", "/pools/{pool}/clients/{client}", pools.client),
    ("GET", "/functions", seen.functions),
    ("GET", "/functions/{region}/{function}", seen.function),
    ("GET", "/traces", seen.traces),
    ("GET", "/traces/{trace}", seen.trace),
    ("POST", "/traces/{trace}", seen.replay),
    ("GET", "/metrics/charts", seen.metrics),
    ("GET", "/settings", seen.settings),
)
# What their queries may have.
QUERIES: Final[Mapping[View, str]] = {
    pools.users: "filter after",
    seen.traces: "user pool outcome trigger failed since limit",
    seen.trace: "at",
    seen.outbox: "to pool",
}


def routes(desk: Desk, metrics: Metrics, keys: Mapping[str, str], series: Series) -> list[Route | Mount]:
    """All of them. `keys` are the administrators' access keys and their secrets."""
    site = Site(desk, keys, series)
    made = [Route(PATH + path, _page(site, view), methods=[method]) for method, path, view in PAGES]
    static = StaticFiles(directory=str(files("keydesk.console") / "static"))
    return [*_plain(desk, metrics), *_doors(site), _out(site), _outbox(site), *made, Mount(f"{PATH}/static", static)]


def _page(site: Site, view: View) -> Endpoint:
    return page(site, view, QUERIES.get(view, ""))


def _plain(desk: Desk, metrics: Metrics) -> list[Route]:
    """What programs ask."""

    async def health(request: Request) -> Response:
        try:
            await desk.store.read(facts.value, "pool")
        except Refusal:
            return JSONResponse({"status": "unavailable", "version": __version__}, status_code=503)
        return JSONResponse({"status": "ok", "version": __version__})

    async def ready(request: Request) -> Response:
        if getattr(request.state, "stopping", False):
            return JSONResponse({"status": "stopping", "version": __version__}, status_code=503)
        return await health(request)

    async def measured(request: Request) -> Response:
        return Response(metrics.render(), media_type=MEDIA)

    async def clean(request: Request) -> Response:
        return await reset(request, desk)

    return [
        Route(f"{PATH}/health", health),
        Route(f"{PATH}/ready", ready),
        Route(f"{PATH}/metrics", measured),
        Route(f"{PATH}/reset", clean, methods=["POST"]),
    ]


def _outbox(site: Site) -> Route:
    """Programs learn that there is none without a key, as tests look for it."""
    paged = _page(site, seen.outbox)

    async def outbox(request: Request) -> Response:
        if site.desk.courier.outbox is None and not wants_html(request):
            return seen.no_outbox()
        return await paged(request)

    return Route(f"{PATH}/outbox", outbox)


def _doors(site: Site) -> list[Route]:
    """The first page, and the way in."""
    desk = site.desk

    async def first(request: Request) -> Response:
        return away("pools")

    async def ask(request: Request) -> Response:
        if not visits.at_home(request, desk):
            return Response("The console is not served under this host name.", 421, headers=SAFE)
        return away("pools") if desk.open else shown(site, request, "sign_in.html", None, fault="")

    async def enter(request: Request) -> Response:
        try:
            form = await said_in(request)
            visits.check_form(request, "", None, desk)
            ip = request.client.host if request.client else ""
            visit = await visits.sign_in(form.get("key", ""), form.get("secret", ""), ip, desk, site.keys)
        except Refusal as refusal:
            return shown(site, request, "sign_in.html", None, status=refusal.status, fault=refusal.sentence)
        except ClientGone:
            return Response(status_code=400)
        response = away("pools")
        visits.keep(response, request, visit, desk)
        return response

    return [
        Route(PATH, first),
        Route(f"{PATH}/", first),
        Route(f"{PATH}/sign-in", ask),
        Route(f"{PATH}/sign-in", enter, methods=["POST"]),
    ]


def _out(site: Site) -> Route:
    """The end of a visit."""
    desk = site.desk

    async def leave(request: Request) -> Response:
        visit = await visits.of(request, desk, site.keys)
        response = RedirectResponse(f"{PATH}/sign-in", 303, headers=SAFE)
        if visit is None:
            return response
        try:
            visits.check_form(request, (await said_in(request)).get("token", ""), visit, desk)
            await visits.sign_out(visit, desk)
        except Refusal as refusal:
            return refused(Here(site, request, visit), refusal)
        except ClientGone:
            return Response(status_code=400)
        visits.drop(response, request)
        return response

    return Route(f"{PATH}/sign-out", leave, methods=["POST"])
