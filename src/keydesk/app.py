"""Puts the house together; the only file that knows every room."""

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog
from starlette.applications import Starlette

from keydesk.aws import import_upload, lambda_archive
from keydesk.console import routes as console
from keydesk.console.series import Series
from keydesk.domain.pool import Semantics
from keydesk.door import Door
from keydesk.flows import data_rotation, rewrapping
from keydesk.flows.call import Desk
from keydesk.flows.folder import Folder
from keydesk.flows.gate import Gate
from keydesk.flows.import_run import Importer
from keydesk.flows.keyring import Keyring
from keydesk.flows.rack import Rack, keeper
from keydesk.flows.thinkers import Thinkers, cores
from keydesk.flows.throttle import Throttle
from keydesk.flows.turns import Turns
from keydesk.messages.courier import Courier
from keydesk.messages.outbox import Outbox
from keydesk.metrics import Metrics
from keydesk.oidc import discovery
from keydesk.pages import feedback, logo
from keydesk.runtime import isolation
from keydesk.runtime.documents import Documents
from keydesk.runtime.elsewhere import Elsewhere
from keydesk.runtime.function import Runtime
from keydesk.runtime.isolation import Isolation
from keydesk.runtime.live_pool import LivePools
from keydesk.runtime.walls import Walls
from keydesk.runtime.workers import Workers
from keydesk.settings import SettingFault, Settings
from keydesk.spans import Spans
from keydesk.store.store import Store
from keydesk.store.sweep import Ages, sweep
from keydesk.triggers.breaker import Breakers
from keydesk.triggers.fire import Triggers
from keydesk.triggers.functions import Functions, surroundings
from keydesk.triggers.journal import Journal

log = structlog.get_logger("keydesk")

Clock = Callable[[], int]  # epoch milliseconds
Front = Callable[[Runtime], Runtime]  # from what is behind it, what passes on to that what it does not run itself
SWEEP_SECONDS: Final = 600
DAY: Final = 86_400_000  # milliseconds


@dataclass(frozen=True, slots=True)
class House:
    """A server that is ready to answer: the desk behind, the door in front."""

    desk: Desk
    door: Door


def now() -> int:
    """Epoch milliseconds."""
    return time.time_ns() // 1_000_000


@asynccontextmanager
async def house(
    settings: Settings,
    address: str,
    *,
    open: bool,
    keys: dict[str, str] | None = None,
    folder: Path | None = None,
    clock: Clock = now,
    front: Front = lambda workers: workers,
) -> AsyncIterator[House]:
    """Everything, opened in order and closed in the other. `open` is development: any credentials, and an outbox.

    `front` may put another runtime in front of the workers. Raises SettingFault, KeyRefused or a store fault, each with
    one clear line.
    """
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        desk = await _desk(settings, address, metrics, stack, open=open, clock=clock, front=front)
        sweeping = asyncio.create_task(_sweep(desk))
        stack.callback(sweeping.cancel)
        looking = asyncio.create_task(desk.throttle.run())
        stack.callback(looking.cancel)
        importer = Importer(desk)
        importer.start()
        stack.push_async_callback(importer.close)
        series = Series(metrics)
        counting = asyncio.create_task(series.run())
        stack.callback(counting.cancel)
        shown = console.routes(desk, metrics, keys or {}, series)
        files = [*logo.routes(desk), *feedback.routes(desk), *lambda_archive.routes(desk), *import_upload.routes(desk)]
        routes = [*shown, *discovery.routes(desk), *files]
        before = Folder(folder, desk).refresh if folder else None
        yield House(desk, Door(desk, metrics, Starlette(routes=routes), keys or {}, before))


async def _desk(
    settings: Settings, address: str, metrics: Metrics, stack: AsyncExitStack, *, open: bool, clock: Clock, front: Front
) -> Desk:
    """What flows reach. Whatever is opened here is closed by `stack`, in the other order."""
    data = await asyncio.to_thread(_folder, settings["data"])
    store = await asyncio.to_thread(Store.open, settings.database)
    stack.callback(store.close)
    rack = await Rack.open(store, keeper(settings), clock)
    journal = _journal(settings, store, clock, stack)
    found = await _isolation(settings, data, metrics)
    workers = _workers(settings, surroundings(address, open=open), journal, metrics, found.walls)
    stack.push_async_callback(workers.close)
    functions = Functions(front(workers), store, rack.sealer, data / "functions")
    stack.push_async_callback(functions.close)
    elsewhere, documents, live_pools = _others(settings, metrics, stack, open=open)
    thinkers = Thinkers(max(1, cores() // settings.whole("workers")))
    stack.callback(thinkers.close)
    courier = Courier(settings, Outbox(clock) if open else None)
    stack.push_async_callback(courier.close)  # before all that a message needs which is not written yet
    return Desk(
        settings=settings,
        store=store,
        rack=rack,
        keyring=Keyring(store, rack.sealer, clock),
        triggers=Triggers(functions, journal, metrics.trigger, Breakers(clock, metrics.breaker), elsewhere),
        functions=functions,
        journal=journal,
        courier=courier,
        documents=documents,
        live_pools=live_pools,
        clock=clock,
        turns=Turns(),
        gate=Gate.of(settings["rules"], metrics.rule),
        isolation=found,
        thinkers=thinkers,
        semantics=_semantics(settings),
        address=address if open else _public(settings["issuer"], address),
        throttle=Throttle(store, clock),
        open=open,
    )


def _public(issuer: str, bound: str) -> str:
    """The address that clients see, for what leads them here: the issuer's, without the pool. Where none is set, or one
    whose host depends on the pool (Amazon's), where this server listens."""
    said = issuer.removesuffix("/{pool}")
    return bound if said == issuer or "{" in said else said


def _others(
    settings: Settings, metrics: Metrics, stack: AsyncExitStack, *, open: bool
) -> tuple[Elsewhere, Documents, LivePools]:
    """Whom the server speaks to."""
    elsewhere, documents = Elsewhere.of(settings, open=open), Documents.of(settings, open=open)
    live_pools = LivePools.of(settings, metrics.live_pool, open=open)
    for one in (elsewhere, documents, live_pools):
        stack.push_async_callback(one.close)
    return elsewhere, documents, live_pools


def _journal(settings: Settings, store: Store, clock: Clock, stack: AsyncExitStack) -> Journal:
    spans = Spans.wanted(os.environ)
    stack.push_async_callback(asyncio.to_thread, spans.close)
    journal = Journal(store, clock, traces=settings.whole("trace_days") > 0, export=spans.export)
    journal.start()
    stack.push_async_callback(journal.close)
    return journal


async def _isolation(settings: Settings, data: Path, metrics: Metrics) -> Isolation:
    """What keeps handlers from the server and from one another (WK-06). Less than all is said aloud, or refused."""
    found = await isolation.find(settings["isolation"], data, secret_files(settings, data))
    if found.level != "full" and settings["isolation"] == "require":
        raise SettingFault(f"isolation is required, but here it is {found}. Tried: {'; '.join(found.failed)}")
    if found.level != "full":
        log.warning("functions are not fully isolated", isolation=str(found), tried=found.failed)
    told = "What functions can do that they should not, as tried at the start; 0 is full isolation."
    metrics.watch("keydesk_isolation_gaps", told, lambda: float(len(found.open)))
    return found


def secret_files(settings: Settings, data: Path) -> list[Path]:
    """What no function may read, and may lie outside of the data folder."""
    database = settings["database_url"].removeprefix("sqlite:///")
    beside = [Path(database + end) for end in ("", "-wal", "-shm")] if "://" not in database and database else []
    return [Path(settings["key_file"] or data / "sealing.key"), Path("keydesk.toml"), *beside]


def _workers(settings: Settings, around: dict[str, str], journal: Journal, metrics: Metrics, walls: Walls) -> Workers:
    workers = Workers(
        sink=journal.sink,
        environment=lambda function: around,
        limit=settings.whole("worker_limit"),
        idle=float(settings.whole("worker_idle")),
        walls=walls,
    )
    metrics.watch("keydesk_workers", "Worker processes alive.", lambda: float(sum(workers.count().values())))
    return workers


def _folder(said: str) -> Path:
    """The data folder, its owner's alone where it is made here."""
    data = Path(said).absolute()
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    return data


def _semantics(settings: Settings) -> Semantics:
    try:
        return Semantics(settings["semantics"])
    except ValueError:
        raise SettingFault(f"semantics must be keydesk or aws, not {settings['semantics']!r}") from None


async def _sweep(desk: Desk) -> None:
    """Delete what has expired, again and again. A failure is logged and the next round tries again."""
    said = desk.settings.whole
    kept = Ages(
        logs=said("log_days") * DAY,
        auth_events=said("auth_event_days") * DAY,
        traces=said("trace_days") * DAY,
        trace_bytes=said("trace_megabytes") * 1_000_000,
    )
    while not desk.store.standby:
        try:
            await desk.rack.refresh()
            await sweep(desk.store, desk.clock(), kept)
            await data_rotation.retire(desk)
            await rewrapping.settle(desk.rack, desk.clock())
        except Exception:
            log.exception("sweep failed")
        await asyncio.sleep(SWEEP_SECONDS)
