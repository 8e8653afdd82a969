"""Run a house behind a socket until a signal says stop. Another signal opens a new house with the settings as they are.

SIGTERM and SIGINT stop: `/_keydesk/ready` answers 503 for as long as `drain` says, then no more requests are taken, and
those that run come to their end. SIGHUP reloads: a house with the settings of now takes over, and no request is lost.
"""

import asyncio
import ctypes
import gc
import resource
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Self

import structlog
import uvicorn
import uvloop
from starlette.types import ASGIApp
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from keydesk.app import House
from keydesk.cli.entrance import Entrance
from keydesk.cli.intake import Intake
from keydesk.crypto.key_file import KeyRefused
from keydesk.errors import Refusal
from keydesk.log import configure
from keydesk.settings import SettingFault, Settings
from keydesk.store.migrate import SchemaFault
from keydesk.wire.host import as_ip

log = structlog.get_logger("keydesk")

GRACE: Final = 10  # seconds for what runs when told to stop
# Seconds that a connection may be idle: longer than balancers keep theirs (AWS's 60), so that it is they who close it.
# Who sends a request just as the other side closes gets no answer, and cannot know whether it was carried out.
IDLE: Final = 75
BACKLOG: Final = 2048
CANNOT_OPEN: Final = (SettingFault, KeyRefused, SchemaFault, Refusal, OSError)  # each tells a person what to mend

STANDBY: Final = (
    "the database is a standby, which takes no writes: name the primary, or put target_session_attrs=primary"
)

LASTING: Final = ("host", "port", "workers")  # settings of the socket and of the keeper, which no reload changes

Opening = Callable[[], AbstractAsyncContextManager[House]]  # with the settings as they are when it is called
_PR_SET_DUMPABLE: Final = 4


class _Server(uvicorn.Server):
    """Uvicorn without signal handlers of its own."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def front(house: House) -> ASGIApp:
    """The house's door, behind the proxies whose word on the client's address counts (RQ-10)."""
    door: Any = house.door  # uvicorn has names of its own for the same types
    trusted = house.desk.settings["trusted_proxies"]
    if trusted:
        door = ProxyHeadersMiddleware(door, [one.strip() for one in trusted.split(",")])
    return door  # type: ignore[no-any-return]


def server(app: ASGIApp) -> uvicorn.Server:
    """The HTTP server of an application. Told to exit, it takes no more requests and lets those that run end, `GRACE`
    seconds at most."""
    config = uvicorn.Config(
        app,
        http=Intake,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # `front` has them
        timeout_keep_alive=IDLE,
        timeout_graceful_shutdown=GRACE,
        backlog=BACKLOG,
    )
    return _Server(config)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    ip = as_ip(host)
    return host == "localhost" if ip is None else ip.is_loopback


def is_everywhere(host: str) -> bool:
    """Whether it stands for every address of this machine, and so is none that anybody connects to."""
    ip = as_ip(host)
    return ip is not None and ip.is_unspecified


def bound(settings: Settings) -> tuple[socket.socket, str]:
    """A listening socket and its address as a URL. Port 0 takes a free one. Raises SettingFault."""
    host, port = settings["host"], settings.whole("port")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(BACKLOG)  # who reads the address may connect at once, and waits for the first answer
    except OSError as fault:
        listener.close()
        raise SettingFault(f"cannot listen on {host} port {port}: {fault.strerror or fault}") from None
    return listener, _address(listener, host)


def handed(number: int) -> tuple[socket.socket, str]:
    """A socket that somebody else bound, and its address as a URL. Raises SettingFault."""
    try:
        listener = socket.socket(fileno=number)
        return listener, _address(listener, str(listener.getsockname()[0]))
    except (OSError, IndexError) as fault:
        raise SettingFault(f"file descriptor {number} is no listening socket: {fault}") from None


def _address(listener: socket.socket, host: str) -> str:
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{listener.getsockname()[1]}"


def keep_to_itself() -> None:
    """No core dump of this process, and no look into its memory for others of its user (SE-09)."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def hold_reloads() -> None:
    """SIGHUP waits until it is listened for: before that it would end the process."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})


def take_reloads(reload: Callable[[], object]) -> None:
    """From now on, and the one that waits too."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, reload)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


def run(
    listener: socket.socket, opening: Opening, ready: Callable[[House], Awaitable[None]], *, leash: int | None = None
) -> None:
    """Open the house, say that it is ready, and answer until a signal says stop; then end what runs and close.

    `leash` is a file descriptor whose other end somebody holds: when they are gone, this process stops too.
    """
    keep_to_itself()

    async def answer() -> None:
        _stop_while_it_opens()
        running = await _Running.begun(opening)
        try:
            running.listen_for_signals(leash)
            await ready(running.house)
            gc.freeze()  # what is here now stays: no collection needs to look at it again (4 % of a sign-in's CPU)
            await running.server.serve(sockets=[listener])
        finally:
            await running.close()

    with suppress(asyncio.CancelledError), asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(answer())


def _stop_while_it_opens() -> None:
    """SIGTERM before the house is open closes what is open of it, and leaves nothing of the trials of its walls."""
    opening = asyncio.current_task()
    assert opening is not None
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, opening.cancel)


async def _entered(stack: AsyncExitStack, opening: Opening) -> House:
    """The house, open until the stack is closed. Raises what is in CANNOT_OPEN."""
    house = await stack.enter_async_context(opening())
    if house.desk.store.standby:
        raise SettingFault(STANDBY)
    return house


@dataclass(slots=True)
class _Running:
    """One process that answers, and the house that is open in it."""

    server: uvicorn.Server
    entrance: Entrance
    opening: Opening
    house: House
    opened: AsyncExitStack  # closes the house
    began: Settings  # the first house's
    reloading: asyncio.Task[None] | None = None
    again: bool = False  # somebody asked to reload while that was under way
    stopping: asyncio.TimerHandle | None = None

    @classmethod
    async def begun(cls, opening: Opening) -> Self:
        async with AsyncExitStack() as stack:
            house = await _entered(stack, opening)
            entrance = Entrance(front(house))
            return cls(server(entrance), entrance, opening, house, stack.pop_all(), house.desk.settings)

    async def close(self) -> None:
        if self.reloading is not None:
            await self.reloading
        await self.opened.aclose()

    def listen_for_signals(self, leash: int | None) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.stop)
        take_reloads(self.reload)
        if leash is not None:
            loop.add_reader(leash, self._let_go, leash)

    def stop(self) -> None:
        """Say goodbye for as long as the settings want, then stop. Told twice, stop at once."""
        if self.stopping is not None:
            self.server.should_exit = True
            return
        self.entrance.stopping = True
        seconds = self.house.desk.settings.whole("drain")
        self.stopping = asyncio.get_running_loop().call_later(seconds, setattr, self.server, "should_exit", True)

    def reload(self) -> None:
        """Change houses, unless the end is near; once more if that is under way: settings may have changed since."""
        self.again = True
        if self.reloading is None or self.reloading.done():
            self.reloading = asyncio.create_task(self._reload())

    async def _reload(self) -> None:
        while self.again and self.stopping is None:
            self.again = False
            await self._move()

    async def _move(self) -> None:
        """What cannot be opened is told, and the house that is open stays."""
        async with AsyncExitStack() as stack:
            try:
                house = await _entered(stack, self.opening)
            except CANNOT_OPEN as fault:
                log.error("not reloaded: the settings in force stay", why=str(fault))
                return
            before, self.opened, self.house = self.opened, stack.pop_all(), house
        await self.entrance.move(front(house), GRACE)
        await before.aclose()
        now = house.desk.settings
        configure(now["log_level"], pretty=False)
        log.info("reloaded")
        if waiting := [name for name in LASTING if now[name] != self.began[name]]:
            log.warning("changed settings wait for a restart", settings=waiting)

    def _let_go(self, leash: int) -> None:
        asyncio.get_running_loop().remove_reader(leash)
        self.stop()
