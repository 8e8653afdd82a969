"""First thing that runs in a worker's process: takes its limits, gives up its rights, becomes the worker.

A script on its own (nothing of Keydesk is imported):
confine.py <channel> NAME=value... -- exec|run <program> <arguments...>

Names are those of limits, and: SERVER, the parent to die with; USER, the id to become; READ and WRITE, paths to which
Landlock is to hold it. The function's own variables are the first thing on the channel. They count from here on and not
before, because LD_PRELOAD may be among them.
"""

import os
import resource
import struct
import sys
import time

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 36, 38
_CAPABILITIES = 0x20080522  # the version of the call that knows 64 of them
_SIGKILL = 9
_CHANNEL = 3  # where the worker finds it; Node closes for its children only what is numbered this low
_FIRST_TO_GO = "1000"  # when memory runs out: the kernel ends a worker, not the server


def _limit(name: str, value: int) -> None:
    kind = getattr(resource, "RLIMIT_" + name, None)
    if kind is None:
        return  # this system does not have it
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _become(user: int) -> None:
    """Another user in no group of anybody's."""
    os.setgroups([])
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)


def _tie(server: int) -> None:
    """Die with the server; adopt grandchildren, so that what a handler left running can be seen; have no capabilities,
    as root neither, and gain no rights."""
    import ctypes

    library = ctypes.CDLL(None)
    prctl = library.prctl
    if server:  # a change of user would undo this
        prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    library.capset(struct.pack("=Ii", _CAPABILITIES, 0), bytes(24))
    if server and os.getppid() != server:
        os._exit(0)  # it ended before we were tied


def _be_first_to_go() -> None:
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(_FIRST_TO_GO)
    except OSError:
        return  # a machine that does not let us


def _variables() -> dict[str, str]:
    """What the server says first: four bytes length, then NAME=value, each with a zero byte behind it."""
    said = _read(int.from_bytes(_read(4), "big"))
    return dict(os.fsdecode(entry).split("=", 1) for entry in said.split(b"\0")[:-1])


def _read(size: int) -> bytes:
    data = b""
    while len(data) < size:
        more = os.read(_CHANNEL, size - len(data))
        if not more:
            os._exit(0)  # the server is gone
        data += more
    return data


def _run(path: str, name: str) -> dict[str, object]:
    with open(path, encoding="utf-8") as source:
        code = compile(source.read(), path, "exec")
    space = {"__name__": name, "__file__": path, "__builtins__": __builtins__}
    exec(code, space)
    return space


def main(said: list[str]) -> None:
    split = said.index("--")
    if int(said[0]) != _CHANNEL:
        os.dup2(int(said[0]), _CHANNEL)
        os.close(int(said[0]))
    asked: dict[str, list[str]] = {"SERVER": ["0"], "USER": [], "READ": [], "WRITE": []}
    for entry in said[1:split]:
        name, _, value = entry.partition("=")
        asked[name] = [*asked.get(name, ()), value]
    server, users, read, write = (asked.pop(name) for name in ("SERVER", "USER", "READ", "WRITE"))
    for name, values in asked.items():
        _limit(name, int(values[-1]))
    if sys.platform == "linux":
        _be_first_to_go()
        for user in users:
            _become(int(user))
        _tie(int(server[-1]))
    os.umask(0o077)
    if write:
        _run(os.path.join(os.path.dirname(__file__), "landlock.py"), "landlock")["restrict"](read, write)  # type: ignore[operator]
    _go(*said[split + 1 :], str(_CHANNEL))


def _go(how: str, program: str, *arguments: str) -> None:
    variables = _variables()
    os.environ.update(variables)
    if how == "exec":
        os.execv(program, [program, *arguments])
    if any(name.startswith("LD_") for name in variables):  # read by the loader alone, when a program begins
        os.execv(sys.executable, [sys.executable, "-I", "-B", "-X", "utf8", program, *arguments])
    time.tzset()
    sys.argv = [program, *arguments]
    _run(program, "__main__")


if __name__ == "__main__":
    main(sys.argv[1:])
