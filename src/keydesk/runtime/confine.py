"""First thing that runs in a worker's process: takes its limits, ties its life to the server's, becomes the worker.

A script on its own (nothing of Keydesk is imported):
confine.py <server pid> <channel> NAME=value... -- exec|run <program> <arguments...>
"""

import os
import resource
import sys

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER, _PR_SET_NO_NEW_PRIVS = 1, 36, 38
_SIGKILL = 9
_CHANNEL = 3  # where the worker finds it; Node closes for its children only what is numbered this low


def _limit(name: str, value: int) -> None:
    kind = getattr(resource, "RLIMIT_" + name, None)
    if kind is None:
        return  # this system does not have it
    hard = resource.getrlimit(kind)[1]
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(kind, (value, value))


def _tie(server: int) -> None:
    """Die with the server; adopt grandchildren, so that what a handler left running can be seen; gain no rights."""
    if sys.platform != "linux":
        return
    import ctypes

    prctl = ctypes.CDLL(None).prctl
    prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if os.getppid() != server:
        os._exit(0)  # it ended before we were tied


def main(said: list[str]) -> None:
    split = said.index("--")
    _tie(int(said[0]))
    if int(said[1]) != _CHANNEL:
        os.dup2(int(said[1]), _CHANNEL)
        os.close(int(said[1]))
    for entry in said[2:split]:
        name, value = entry.split("=")
        _limit(name, int(value))
    how, program, *arguments = said[split + 1 :]
    arguments.append(str(_CHANNEL))
    if how == "exec":
        os.execv(program, [program, *arguments])
    sys.argv = [program, *arguments]
    with open(program, encoding="utf-8") as source:
        code = compile(source.read(), program, "exec")
    exec(code, {"__name__": "__main__", "__file__": program, "__builtins__": __builtins__})


if __name__ == "__main__":
    main(sys.argv[1:])
