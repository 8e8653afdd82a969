"""A worker's process: its command, environment, limits, folder, and how it is ended with all it started.

Every worker goes through `confine.py`, and before that through bubblewrap where there is one. What it may reach is in
`walls.py`.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import msgspec

from keydesk.runtime import walls as view
from keydesk.runtime.function import Function
from keydesk.runtime.meter import Meter
from keydesk.runtime.walls import HERE, MB, TMP, Users, Walls

_FOLDERS = "keydesk-workers-"
_ROUNDS = 20  # of looking for processes that multiply while they are killed
_DYING = 1.0  # seconds for a killed process to be gone
_OPEN_FILES = 1024  # Lambda's
_TASKS = 256  # processes and threads
_KILLED = 128  # and the signal: the status by which bubblewrap, as a shell, tells of one
# RLIMIT_DATA bounds one process, beyond what its runtime takes before any handler: Node 24 maps 570 MB it does not use.
# What a call really uses, children included, is measured by `Meter.beyond` and held against the function's own limit.
_RUNTIME_DATA = {"python": 64 * MB, "nodejs": 768 * MB}


def folder_of_folders(walls: Walls) -> str:
    """A new folder for the temporary folders of one server's workers; removes those of servers that were killed."""
    for old in Path(tempfile.gettempdir()).glob(_FOLDERS + "*-*"):
        pid = old.name.removeprefix(_FOLDERS).split("-")[0]
        with contextlib.suppress(OSError):
            ours = old.lstat().st_uid == os.getuid() and old.is_dir() and not old.is_symlink()
            if ours and pid.isdigit() and not _runs(int(pid)):
                shutil.rmtree(old, ignore_errors=True)
    made = tempfile.mkdtemp(prefix=f"{_FOLDERS}{os.getpid()}-")
    if walls.user:
        os.chmod(made, 0o711)  # each finds its own folder in it, and none a list of the others'
    return made


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


class Launch(msgspec.Struct, frozen=True):
    """Everything a process is started with."""

    command: list[str]
    environment: dict[str, str]
    first: bytes  # to be said on its channel before all else: the function's own variables
    code: str
    folder: str  # its own temporary folder, removed with it; empty where it has a /tmp of its own
    user: int | None  # that it becomes
    bwrap: bool


def family(runtime: str) -> str:
    """`python` or `nodejs`, or something that cannot be run here."""
    return runtime.rstrip("x.0123456789")


def user_for(function: Function, walls: Walls, users: Users) -> int | None:
    """The user that its next worker becomes; None: it stays what it is. Raises OSError."""
    if not walls.user:
        return None
    if function.in_place:
        return view.owner_of(function)
    return users.take(() if walls.bwrap else (owner for owner, _ in map(_owner, _processes())))  # see `clear`


def launch(
    function: Function,
    walls: Walls,
    user: int | None,
    *,
    token: str,
    stream: str,
    given: Mapping[str, str],
    base: str,
    node: str,
    channel: int,
) -> Launch:
    """How to start one worker, which becomes `user`. `token` names it, `given` are the server's variables, `base` holds
    the folders.

    Raises OSError where its code is not there.
    """
    os.stat(function.code)
    folder = "" if walls.bwrap else tempfile.mkdtemp(prefix=token + "-", dir=base)
    if folder and user is not None:
        os.chown(folder, user, user)
    said = [f"{name}={value}" for name, value in _limits(function, user).items()]
    said += [] if walls.bwrap else [f"SERVER={os.getpid()}"]
    said += [] if user is None else [f"USER={user}"]
    if walls.landlock:
        said += [f"READ={path}" for path in view.readable(walls, function, node)]
        said += [f"WRITE={path}" for path in view.writable(folder)]
    command = view.namespaces(walls, function, node, change=user is not None) if walls.bwrap else []
    command += _confine(function, node, channel, said)
    variables = _variables(function, stream, folder or TMP) | dict(given)
    own = b"".join(os.fsencode(f"{name}={value}") + b"\0" for name, value in function.environment.items())
    first = len(own).to_bytes(4, "big") + own
    return Launch(command, variables, first, function.code, folder, user, bool(walls.bwrap))


def _confine(function: Function, node: str, channel: int, said: list[str]) -> list[str]:
    confine = [sys.executable, "-I", "-B", "-X", "utf8", str(HERE / "confine.py"), str(channel), *said, "--"]
    if family(function.runtime) == "nodejs":
        heap = max(64, function.memory * 9 // 10)
        confine.insert(1, "-S")
        return [*confine, "exec", node, f"--max-old-space-size={heap}", str(HERE / "node_worker.mjs"), function.handler]
    return [*confine, "run", str(HERE / "python_worker.py"), function.handler]


def start(launch: Launch, channel: int, output: int) -> "subprocess.Popen[bytes]":
    """Starts the process: own session, nothing on its input, no descriptor but its channel and its output."""
    try:
        return subprocess.Popen(
            launch.command,
            cwd="/" if launch.bwrap else launch.code,
            env=launch.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(channel,),
            start_new_session=True,
        )
    except OSError:
        if launch.folder:
            os.rmdir(launch.folder)
        raise


def meter(launch: Launch, pid: int) -> Meter:
    """What watches the process that was started so."""
    return Meter(pid, inside=2 if launch.bwrap else 0)


def status(launch: Launch, code: int) -> int:
    """How the worker ended, as `subprocess` tells it: negative for a signal."""
    return _KILLED - code if launch.bwrap and code > _KILLED else code


def _variables(function: Function, stream: str, folder: str) -> dict[str, str]:
    return {
        "_HANDLER": function.handler,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_{function.runtime}",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": function.version,
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_REGION": function.region,
        "HOME": folder,
        "LAMBDA_RUNTIME_DIR": str(HERE),
        "LAMBDA_TASK_ROOT": function.code,
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": folder,
        "TZ": ":UTC",
    }


def _limits(function: Function, user: int | None) -> dict[str, int]:
    limits = {
        "CORE": 0,
        "DATA": function.memory * MB + _RUNTIME_DATA.get(family(function.runtime), 0),
        "FSIZE": function.storage * MB,
        "NOFILE": _OPEN_FILES,
    }
    running = _tasks_of(os.getuid() if user is None else user)
    if running is not None:
        limits["NPROC"] = running + _TASKS  # beside those the user has already: the kernel counts per user
    return limits


def _tasks_of(user: int) -> int | None:
    """Threads that this user id has now; None for root (whom the kernel does not limit) and where /proc is missing."""
    if user == 0 or not os.path.isdir("/proc/self/task"):
        return None
    entries = () if user in Users.RANGE else _processes()
    return sum(threads for owner, threads in map(_owner, entries) if owner == user)


def _owner(entry: str) -> tuple[int, int]:
    """A process's user, and the number of its threads. The entry itself may belong to root in place of that user."""
    try:
        said = dict(line.split(b":", 1) for line in Path(entry, "status").read_bytes().splitlines())
        return int(said[b"Uid"].split()[0]), int(said[b"Threads"])
    except (OSError, KeyError, ValueError):
        return -1, 0  # it has ended meanwhile


def end(pid: int, meter: Meter) -> None:
    """Kills a worker that has not been reaped yet: its namespace, or else its process group."""
    if not meter.end():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)


def clear(launch: Launch, token: str) -> None:
    """After a worker's end: kills what left its process group and removes its folder. A namespace leaves nothing.

    May take milliseconds: not for the event loop.
    """
    if launch.bwrap:
        return
    if launch.user in Users.RANGE:  # whatever runs as its user is its own
        _kill_all(lambda entry: _owner(entry)[0] == launch.user)
    else:
        mark = token.encode()
        _kill_all(lambda entry: mark in Path(entry, "environ").read_bytes())
    shutil.rmtree(launch.folder, ignore_errors=True)


def _kill_all(belongs: Callable[[str], bool]) -> None:
    for _ in range(_ROUNDS):
        if not _kill(belongs):
            break


def _kill(belongs: Callable[[str], bool]) -> bool:
    """Kills every process that belongs to a worker and waits for its end; whether there was any."""
    dying = []
    for entry in _processes():
        pid = int(os.path.basename(entry))
        with contextlib.suppress(OSError):
            if pid != os.getpid() and belongs(entry):
                dying.append(os.pidfd_open(pid))
                signal.pidfd_send_signal(dying[-1], signal.SIGKILL)
    for descriptor in dying:
        select.select([descriptor], [], [], _DYING)
        os.close(descriptor)
    return bool(dying)


def _processes() -> Iterable[str]:
    try:
        return [f"/proc/{name}" for name in os.listdir("/proc") if name.isdigit()]
    except OSError:
        return ()
