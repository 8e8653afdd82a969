"""What happened: traces and their replays, functions and their logs, messages, metrics, settings."""

from typing import Any, Final

import msgspec
from starlette.responses import Response

from keydesk.console.page import SAFE, Here, wants_html
from keydesk.domain.trace import UNNAMED, Trace, printed
from keydesk.errors import InvalidParameter
from keydesk.flows import rehearsal
from keydesk.flows.rehearsal import Replayed, UnknownTrace
from keydesk.settings import SETTINGS, TRUTHS
from keydesk.store import functions as stored
from keydesk.store import pools
from keydesk.store import traces as kept
from keydesk.store.traces import Wanted

PAGE: Final = 50
MOST: Final = 1000
LINES: Final = 200
FILTERS: Final = ("user", "pool", "outcome", "trigger")


async def traces(here: Here) -> Response:
    """The newest calls that fit; JSON for programs."""
    said = {name: _whole(here, name) for name in FILTERS}
    which = {name: value or None for name, value in said.items()}
    limit = _number(here, "limit", PAGE)
    if not 1 <= limit <= MOST:
        raise InvalidParameter(f"limit must be a number from 1 to {MOST}.")
    wanted = Wanted(**which, since=_number(here, "since", 0), failed=_truth(here, "failed"))
    await here.desk.journal.flush()
    found = await here.desk.store.read(kept.page, wanted, limit)
    if not wants_html(here.request):
        return _json(found)
    return here.show("traces.html", traces=found, said=said, failed=wanted.failed)


async def trace(here: Here) -> Response:
    """One call as a timeline; JSON for programs."""
    found = await _found(here)
    return _timeline(here, found, []) if wants_html(here.request) else _json(found)


async def replay(here: Here) -> Response:
    """The call's functions again, with the code of now."""
    found = await _found(here)
    return _timeline(here, found, await rehearsal.replay(here.desk, found.id))


async def _found(here: Here) -> Trace:
    """By the id of the call, or by that of a function's run and the time of a line in its log."""
    await here.desk.journal.flush()
    id, at = here.part("trace"), _number(here, "at", 0)
    found = await here.desk.store.read(kept.named, id)
    if found is None and at:
        found = await here.desk.store.read(kept.of_run, id, at)
    if found is None:
        raise UnknownTrace
    return found


def _timeline(here: Here, found: Trace, replayed: list[Replayed]) -> Response:
    shown = [
        {
            "of": fired,
            "request": _text(fired.event, "request"),
            "response": _text(fired.answer, "response"),
            "log": "\n".join(printed(fired.log)),
        }
        for fired in found.fired
    ]
    again = [
        {
            "of": one,
            "changes": [(change.path, _said(change.was), _said(change.now)) for change in one.changes],
            "log": "\n".join(printed(one.rehearsed.log)),
        }
        for one in replayed
    ]
    return here.show("trace.html", trace=found, unnamed=UNNAMED, fired=shown, replayed=again)


async def functions(here: Here) -> Response:
    """Every function of every region that has pools or is the server's own."""
    regions = {pool.region for pool in await here.desk.store.read(pools.every)} | {here.desk.settings["region"]}
    found = []
    for region in sorted(regions):
        answer = await here.asks.functions(region, "")
        found += [{**one, "Region": region} for one in answer["Functions"]]
    return here.show("functions.html", functions=found)


async def function(here: Here) -> Response:
    """One function: its configuration, versions, aliases, former codes, and what it printed."""
    region, name = here.part("region"), here.part("function")
    said = await here.asks.functions(region, name)
    versions = await here.asks.functions(region, name, "versions")
    aliases = await here.asks.functions(region, name, "aliases")
    former = await here.desk.store.read(stored.formers, region, name)
    variables = said["Configuration"].get("Environment", {}).get("Variables", {})
    variables.update(dict.fromkeys(variables, "(set, not shown)"))  # they may be secrets
    group = said["Configuration"].get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{name}"
    return here.show(
        "function.html",
        region=region,
        function=said["Configuration"],
        versions=[one for one in versions["Versions"] if one["Version"] != "$LATEST"],
        aliases=aliases["Aliases"],
        former=former,
        lines=await _lines(here, region, group),
    )


async def _lines(here: Here, region: str, group: str) -> list[dict[str, Any]]:
    """The newest lines of a function; none where it has not run yet."""
    await here.desk.journal.flush()
    groups = await here.asks.logs("DescribeLogGroups", region, logGroupNamePrefix=group)
    if group not in {one["logGroupName"] for one in groups["logGroups"]}:
        return []
    since = here.desk.clock() - 3_600_000
    said = {"logGroupName": group, "startTime": since, "limit": 10_000}
    events = (await here.asks.logs("FilterLogEvents", region, **said))["events"][-LINES:]
    within = (events[0]["timestamp"], events[-1]["timestamp"]) if events else (0, 0)
    traced = await here.desk.store.read(kept.runs, *within)
    ids = [_request(one["message"]) for one in events]
    return [{**one, "id": id if id in traced else ""} for one, id in zip(events, ids, strict=True)]


async def outbox(here: Here) -> Response:
    """What would have been sent; JSON for programs, oldest first."""
    box = here.desk.courier.outbox
    if box is None:
        return here.show("outbox.html", messages=None, status=404) if wants_html(here.request) else no_outbox()
    await here.desk.courier.drained()
    sent = box.list(_whole(here, "to") or None, here.said("pool") or None)
    if not wants_html(here.request):
        return _json(sent)
    return here.show("outbox.html", messages=list(reversed(sent)))


async def metrics(here: Here) -> Response:
    """What was counted since the start of this node, with the last half hour of each."""
    return here.show("metrics.html", calls=here.site.series.rows("call"), triggers=here.site.series.rows("trigger"))


async def settings(here: Here) -> Response:
    """Every setting with its origin, as `keydesk doctor` prints them; no secret."""
    said = here.desk.settings
    rows = [
        (one.name, "(set, not shown)" if one.secret and said[one.name] else said[one.name], said.origins[one.name], one)
        for one in SETTINGS
    ]
    return here.show("settings.html", rows=rows, isolation=here.desk.isolation)


def _whole(here: Here, name: str) -> str:
    """A name, address or number. None has a blank, and a query makes one of a plus that is typed as it is."""
    return here.said(name).replace(" ", "+")


def _number(here: Here, name: str, default: int) -> int:
    said = here.said(name)
    if said and not (said.isascii() and said.isdigit() and len(said) < 16):
        raise InvalidParameter(f"{name} must be a number.")
    return int(said) if said else default


def _truth(here: Here, name: str) -> bool:
    said = here.said(name) or "false"
    if said.lower() not in TRUTHS:
        raise InvalidParameter(f"{name} must be true or false.")
    return TRUTHS[said.lower()]


def _request(line: str) -> str:
    """The request id in a line that Lambda writes around a run."""
    return next(iter(line.partition("RequestId: ")[2].split()), "")


def _text(raw: msgspec.Raw, member: str) -> str:
    """The part of an event that differs from call to call, for a person's eye; the whole of what is no event."""
    try:
        document = msgspec.json.decode(raw)
    except msgspec.DecodeError:
        return bytes(raw).decode("utf-8", "replace")
    shown = document[member] if isinstance(document, dict) and member in document else document
    return _said(shown)


def _said(value: Any) -> str:
    if value is msgspec.UNSET:
        return ""
    return msgspec.json.format(msgspec.json.encode(value), indent=2).decode()


def _json(document: Any) -> Response:
    return Response(msgspec.json.encode(document), 200, SAFE, "application/json")


def no_outbox() -> Response:
    """What programs are told in production, signed in or not."""
    body = msgspec.json.encode({"message": "There is no outbox under `keydesk serve`."})
    return Response(body, 404, SAFE, "application/json")
