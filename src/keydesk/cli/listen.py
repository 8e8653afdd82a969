"""Run a house behind a socket until a signal says stop."""

import asyncio
import gc
import ipaddress
import signal
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Final

import uvicorn
import uvloop

from keydesk.app import House
from keydesk.cli.intake import Intake
from keydesk.door import Door
from keydesk.settings import SettingFault, Settings

GRACE: Final = 10  # seconds for what runs when told to stop
BACKLOG: Final = 2048


class _Server(uvicorn.Server):
    """Uvicorn, stopped by our own signal handlers so that the process ends with 0."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        if threading.current_thread() is threading.main_thread():
            loop = asyncio.get_running_loop()
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, self.handle_exit, number, None)
        yield


def server(door: Door) -> uvicorn.Server:
    """The HTTP server for a door. It stops taking requests and lets those that run end, `GRACE` seconds at most."""
    config = uvicorn.Config(
        door,
        http=Intake,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the address in logs is the socket's own (RQ-10)
        timeout_graceful_shutdown=GRACE,
        backlog=BACKLOG,
    )
    return _Server(config)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach what listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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
    shown = f"[{host}]" if ":" in host else host
    return listener, f"http://{shown}:{listener.getsockname()[1]}"


def run(
    listener: socket.socket,
    opening: AbstractAsyncContextManager[House],
    ready: Callable[[House], Awaitable[None]],
) -> None:
    """Open the house, say that it is ready, answer until SIGTERM or SIGINT, then end what runs and close."""

    async def answer() -> None:
        async with opening as house:
            await ready(house)
            gc.freeze()  # what is here now stays: no collection needs to look at it again (4 % of a sign-in's CPU)
            await server(house.door).serve(sockets=[listener])

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(answer())
