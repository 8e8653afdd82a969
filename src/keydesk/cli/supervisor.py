"""Several server processes behind one socket: started, replaced where one dies, reloaded and stopped together.

The processes share nothing but the socket, the database and the files of counts that `/_keydesk/metrics` adds up. Their
standard input is a pipe whose other end is held here: when this process is gone, however it went, they stop.
"""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from asyncio.subprocess import Process
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import structlog
import uvloop

from keydesk.cli.listen import Opening, keep_to_itself, take_reloads
from keydesk.metrics import SHARED, forget

log = structlog.get_logger("keydesk")

CANNOT: Final = 2  # the exit code of a process that could not open the house
QUICK: Final = 5.0  # seconds: who ends sooner after its start did not get to its work either
TRIES: Final = 3  # such starts in a row, of one process


def run(count: int, listener: socket.socket, opening: Opening) -> int:
    """Keep so many processes until a signal says stop. The exit code: 1 where they would not stay.

    The house is opened once before any starts: what cannot be opened is told once, and the schema comes forward once.
    """

    keep_to_itself()

    async def kept() -> int:
        async with opening():
            pass
        with tempfile.TemporaryDirectory(prefix="keydesk-counts-") as counts:
            return await Supervisor(count, listener, Path(counts)).run()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(kept())


@dataclass(slots=True)
class Supervisor:
    """The processes of one server."""

    count: int
    listener: socket.socket
    counts: Path
    _running: set[Process] = field(default_factory=set)
    _stopping: bool = False
    _failed: bool = False

    async def run(self) -> int:
        """Until all have ended."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        take_reloads(lambda: self._tell(signal.SIGHUP))
        leash, held = os.pipe()
        try:
            await asyncio.gather(*(self._keep(leash) for _ in range(self.count)))
        finally:
            os.close(held)
            os.close(leash)
        return 1 if self._failed else 0

    async def _keep(self, leash: int) -> None:
        """One process, and the next one when it has died."""
        failures = 0
        while not self._stopping:
            begun = asyncio.get_running_loop().time()
            process = await self._start(leash)
            code = await process.wait()
            self._running.discard(process)
            forget(self.counts, process.pid)
            if self._stopping:
                return
            if code == -signal.SIGHUP:  # it did not listen for reloads yet; the next one reads the settings of now
                continue
            log.error("a server process ended", process=process.pid, exit=code)
            quick = asyncio.get_running_loop().time() - begun < QUICK
            failures = failures + 1 if quick or code == CANNOT else 0
            if failures >= TRIES:
                self._failed = True
                self._stop()

    async def _start(self, leash: int) -> Process:
        handed = self.listener.fileno()
        said = [*sys.argv[1:], "--crew", str(handed)]
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "keydesk", *said),
            stdin=leash,
            pass_fds=(handed,),
            env={**os.environ, SHARED: str(self.counts)},
            start_new_session=True,  # Ctrl-C at a terminal is for this process, which tells them
        )
        self._running.add(process)
        if self._stopping:  # the others were told while this one was not there yet
            process.send_signal(signal.SIGTERM)
        return process

    def _stop(self) -> None:
        self._stopping = True
        self._tell(signal.SIGTERM)

    def _tell(self, number: int) -> None:
        for process in self._running:
            if process.returncode is None:
                process.send_signal(number)
