"""What a worker's process may touch: its command, environment, limits, folder, and how it is ended with all it started.

Every worker goes through `confine.py` first. Other user ids, bubblewrap or control groups belong in `launch`.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from keydesk.runtime.function import Function

_HERE = Path(__file__).parent
_MB = 1024 * 1024
_PAGE = os.sysconf("SC_PAGE_SIZE")
_FILE_SIZE = 512 * _MB  # Lambda's /tmp
_FOLDERS = "keydesk-workers-"
_ROUNDS = 20  # of looking for processes that multiply while they are killed
_DYING = 1.0  # seconds for a killed process to be gone
_OPEN_FILES = 1024  # Lambda's
_PROCESSES = 256  # also beyond those the user has already: the kernel counts per user, and not at all for root
# RLIMIT_DATA bounds one process, beyond what its runtime takes before any handler: Node 24 maps 570 MB it does not use.
# What a call really uses, children included, is measured by `Meter.beyond` and held against the function's own limit.
_RUNTIME_DATA = {"python": 64 * _MB, "nodejs": 768 * _MB}


def folder_of_folders() -> str:
    """A new folder for the temporary folders of one server's workers; removes those of servers that were killed."""
    for old in Path(tempfile.gettempdir()).glob(_FOLDERS + "*-*"):
        pid = old.name.removeprefix(_FOLDERS).split("-")[0]
        with contextlib.suppress(OSError):
            ours = old.lstat().st_uid == os.getuid() and old.is_dir() and not old.is_symlink()
            if ours and pid.isdigit() and not _runs(int(pid)):
                shutil.rmtree(old, ignore_errors=True)
    return tempfile.mkdtemp(prefix=f"{_FOLDERS}{os.getpid()}-")


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
    code: str
    folder: str  # its own temporary folder, removed with it


def family(runtime: str) -> str:
    """`python` or `nodejs`, or something that cannot be run here."""
    return runtime.rstrip("x.0123456789")


def launch(
    function: Function, *, token: str, stream: str, given: Mapping[str, str], base: str, node: str, channel: int
) -> Launch:
    """How to start one worker. `token` names it, `given` are the server's variables, `base` holds the folders."""
    folder = tempfile.mkdtemp(prefix=token + "-", dir=base)
    limits = [f"{name}={value}" for name, value in _limits(function).items()]
    confine = [sys.executable, "-I", "-B", "-X", "utf8", str(_HERE / "confine.py")]
    confine += [str(os.getpid()), str(channel), *limits, "--"]
    if family(function.runtime) == "nodejs":
        heap = max(64, function.memory * 9 // 10)
        confine.insert(1, "-S")
        program = ["exec", node, f"--max-old-space-size={heap}", str(_HERE / "node_worker.mjs")]
    else:
        program = ["run", str(_HERE / "python_worker.py")]
    environment = _variables(function, stream, folder)
    environment.update(given)
    environment.update(function.environment)
    return Launch([*confine, *program, function.handler], environment, function.code, folder)


def start(launch: Launch, channel: int, output: int) -> "subprocess.Popen[bytes]":
    """Starts the process: own session, nothing on its input, no descriptor but its channel and its output."""
    try:
        return subprocess.Popen(
            launch.command,
            cwd=launch.code,
            env=launch.environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            pass_fds=(channel,),
            start_new_session=True,
        )
    except OSError:
        os.rmdir(launch.folder)
        raise


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
        "LAMBDA_RUNTIME_DIR": str(_HERE),
        "LAMBDA_TASK_ROOT": function.code,
        "LANG": "en_US.UTF-8",
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "TMPDIR": folder,
        "TZ": ":UTC",
    }


def _limits(function: Function) -> dict[str, int]:
    limits = {
        "CORE": 0,
        "DATA": function.memory * _MB + _RUNTIME_DATA.get(family(function.runtime), 0),
        "FSIZE": _FILE_SIZE,
        "NOFILE": _OPEN_FILES,
    }
    running = _tasks_of_this_user()
    if running:
        limits["NPROC"] = running + _PROCESSES
    return limits


def _tasks_of_this_user() -> int:
    """Threads that this user id has now; 0 for root (whom the kernel does not limit) and where /proc is missing."""
    user, tasks = os.getuid(), 0
    if user == 0 or not os.path.isdir("/proc/self/task"):
        return 0
    for entry in _processes():
        with contextlib.suppress(OSError):
            if os.stat(entry).st_uid == user:
                tasks += os.stat(f"{entry}/task").st_nlink - 2
    return tasks


def end(pid: int) -> None:
    """Kills the process group of a worker that has not been reaped yet."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def clear(folder: str, token: str) -> None:
    """After a worker's end: kills what left its process group, known by the worker's name in its environment, and
    removes its folder. May take milliseconds: not for the event loop."""
    for _ in range(_ROUNDS):
        if not _kill_marked(token.encode()):
            break
    shutil.rmtree(folder, ignore_errors=True)


def _kill_marked(mark: bytes) -> bool:
    """Kills every process with these bytes in its environment and waits for its end; whether there was any."""
    dying = []
    for entry in _processes():
        pid = int(os.path.basename(entry))
        with contextlib.suppress(OSError):
            if mark in Path(entry, "environ").read_bytes() and pid != os.getpid():
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


class Meter:
    """Watches one process through descriptors of /proc kept open: a reading costs a microsecond."""

    __slots__ = ("_children", "_statm", "peak", "pid")

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.peak = 0  # bytes resident, at most, as far as was looked
        self._statm = _opened(f"/proc/{pid}/statm")
        self._children = _opened(f"/proc/{pid}/task/{pid}/children")

    def read(self) -> int:
        """Bytes resident in the worker itself, now; 0 where that cannot be known."""
        now = _resident(_pread(self._statm))
        self.peak = max(self.peak, now)
        return now

    def has_children(self) -> bool:
        """Whether processes that the handler started are still there."""
        return bool(_pread(self._children))

    def beyond(self, memory: int) -> bool:
        """Whether worker and children together use more bytes than that, or are too many."""
        children = self._family()
        if len(children) > _PROCESSES:
            return True
        resident = self.read() + sum(_resident(_text(f"/proc/{pid}/statm")) for pid in children)
        # pages that are shared were counted each time; to share them out is dearer
        return resident > memory and sum(_pss(pid) for pid in (self.pid, *children)) > memory

    def _family(self) -> list[int]:
        found = [int(pid) for pid in _pread(self._children).split()]
        for pid in found:
            if len(found) < 1024:
                found += [int(child) for child in _text(f"/proc/{pid}/task/{pid}/children").split()]
        return found

    def close(self) -> None:
        for descriptor in (self._statm, self._children):
            if descriptor >= 0:
                os.close(descriptor)
        self._statm = self._children = -1


def _opened(path: str) -> int:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return -1


def _pread(descriptor: int) -> bytes:
    try:
        return os.pread(descriptor, 16384, 0)
    except OSError:
        return b""


def _text(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError:
        return b""


def _resident(statm: bytes) -> int:
    fields = statm.split(None, 2)
    return int(fields[1]) * _PAGE if len(fields) > 1 else 0


def _pss(pid: int) -> int:
    for line in _text(f"/proc/{pid}/smaps_rollup").splitlines():
        if line.startswith(b"Pss:"):
            return int(line.split()[1]) * 1024
    return 0
