"""What stands between a worker and all else: which files there are for it, and which user it is.

The strongest is bubblewrap: namespaces of its own, in which only what is named here exists. Landlock, where namespaces
are not to be had, holds a process to the same list. `isolation.py` finds out which of them this machine allows.
"""

import os
import secrets
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import Final

import msgspec

from keydesk.runtime.function import Function

HERE: Final = Path(__file__).parent
TMP: Final = "/tmp"
MB: Final = 1024 * 1024
_SYSTEM: Final = ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/nix/store", "/gnu/store")
# Of /etc what programs look up: names, certificates, the time zone. The rest may hold a service's secrets.
_ETC: Final = (
    "alternatives", "ca-certificates", "crypto-policies", "gai.conf", "group", "host.conf", "hosts", "ld.so.cache",
    "localtime", "mime.types", "nsswitch.conf", "passwd", "pki", "protocols", "resolv.conf", "services", "ssl",
)  # fmt: skip
_DEVICES: Final = tuple(f"/dev/{name}" for name in ("null", "zero", "full", "random", "urandom"))
# Landlock has no other /proc to show.
_MACHINE: Final = (
    "/proc/self",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/stat",
    "/sys/devices/system",
    "/sys/fs/cgroup",
)
_ALONE: Final = ("--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup-try", "--die-with-parent")
# Root needs no user namespace.
_AS_ROOT: Final = ("--cap-drop", "ALL")
_TO_CHANGE: Final = ("--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID")  # for confine.py, which gives it up
_AS_USER: Final = ("--unshare-user", "--disable-userns")


class Walls(msgspec.Struct, frozen=True):
    """Which walls there are; by default none."""

    bwrap: str = ""  # the program
    proc: bool = True  # of its own: a kernel forbids that to bubblewrap where parts of the old one are hidden
    user: bool = False  # another user id; for root alone
    landlock: bool = False
    hidden: tuple[str, ...] = ()  # files and folders that no function is shown, wherever they are


NO_WALLS: Final = Walls()


def owner_of(function: Function) -> int | None:
    """The user who keeps code that lies in its place; None if that is the server's own, or one who cannot reach the
    programs. Raises OSError where the code is not there."""
    owner = os.stat(function.code).st_uid
    others = owner != os.getuid() and all(may_enter(owner, path) for path in (function.code, *programs("")))
    return owner if others else None


def may_enter(user: int, path: str) -> bool:
    """Whether the modes of all folders on the way let somebody through who is in no group."""
    for folder in PurePath(path).parents:
        found = os.stat(folder)
        if not found.st_mode & (0o100 if found.st_uid == user else 0o001):
            return False
    return True


class Users:
    """User ids for workers, each for one worker at a time.

    They are of a range that systemd's list (https://systemd.io/UIDS-GIDS/) leaves to nobody, and that a container with
    65,536 ids has as well.
    """

    RANGE = range(60_600, 61_184)

    def __init__(self) -> None:
        self._taken: set[int] = set()

    def take(self, running: Iterable[int] = ()) -> int:
        """One that no other worker of this server has, nor anybody of those who are running. Raises OSError."""
        free = list(set(self.RANGE) - self._taken - set(running))
        if not free:
            raise OSError("all user ids for workers are taken")
        user = secrets.choice(free)
        self._taken.add(user)
        return user

    def free(self, user: int | None) -> None:
        """Its worker is gone, with all that it started. None is nobody's."""
        self._taken -= {user}


def programs(node: str) -> list[str]:
    """Where the programs are that run handlers: Python with its packages, Node.js, our own scripts."""
    found = [sys.prefix, sys.base_prefix, os.path.realpath(sys.base_prefix), str(HERE), *([node] if node else ())]
    return list(dict.fromkeys(found))


def namespaces(walls: Walls, function: Function, node: str, *, change: bool) -> list[str]:
    """The words that put before a command have bubblewrap run it, with this function's view of the machine.

    `change`: it is going to become another user.
    """
    roots = ["/"] if function.in_place else [path for path in _SYSTEM if os.path.isdir(path)]
    more = [path for path in programs(node) if function.in_place or not _below(path, roots)]
    said = [walls.bwrap, *_ALONE, *(_AS_ROOT if os.getuid() == 0 else _AS_USER), *(_TO_CHANGE if change else ())]
    if function.in_place:
        said += ["--ro-bind", "/", "/", "--tmpfs", "/dev", *_devices(), "--remount-ro", "/dev"]
    else:
        named = [f"/etc/{name}" for name in _ETC if os.path.exists(f"/etc/{name}")]
        said += [*_folders([*named, *_DEVICES]), *(word for path in roots for word in _shown(path))]
        said += [*(word for path in named for word in ("--ro-bind-try", path, path)), *_devices()]
    said += ["--proc", "/proc"] if walls.proc else ["--ro-bind", "/proc", "/proc"]
    said += ["--perms", "1777", "--size", str(function.storage * MB), "--tmpfs", TMP]
    for paths in (more, [function.code]):
        said += _folders(paths)
        said += [word for path in paths for word in ("--ro-bind", path, path)]
        said += [word for path in _masks(walls.hidden, [*roots, *paths]) for word in _masked(path)]
        roots = []
    return [*said, "--remount-ro", "/", "--chdir", function.code, "--"]


def _masks(hidden: Iterable[str], shown: Iterable[str]) -> Iterator[str]:
    """Where hidden files and folders would be seen."""
    for path in shown:
        real = os.path.realpath(path)
        for secret in hidden:
            if _below(secret, [real]) and not os.path.islink(path):
                yield os.path.normpath(os.path.join(path, os.path.relpath(secret, real)))


def _devices() -> list[str]:
    return [
        *(word for path in _DEVICES for word in ("--dev-bind", path, path)),
        "--symlink",
        "/proc/self/fd",
        "/dev/fd",
    ]


def _shown(path: str) -> list[str]:
    if os.path.islink(path):  # /bin is a link to /usr/bin nearly everywhere
        return ["--symlink", os.readlink(path), path]
    return ["--ro-bind", path, path]


def _masked(path: str) -> list[str]:
    return ["--perms", "0755", "--tmpfs", path] if os.path.isdir(path) else ["--ro-bind", "/dev/null", path]


def _folders(paths: Iterable[str]) -> Iterator[str]:
    """What leads to the paths, open to all: bubblewrap itself would make some of it its own user's alone."""
    ways = {str(folder) for path in paths for folder in PurePath(path).parents} - {"/"}
    for way in sorted(ways):
        yield from ("--perms", "0755", "--dir", way)


def readable(walls: Walls, function: Function, node: str) -> list[str]:
    """The paths that Landlock is to leave open for reading."""
    roots = [*_SYSTEM, *(f"/etc/{name}" for name in _ETC), *_DEVICES, *_MACHINE, *programs(node)]
    return everything_but(walls.hidden, [*(["/"] if function.in_place else roots), function.code])


def writable(folder: str) -> list[str]:
    """The paths that Landlock is to leave open for reading and writing."""
    return [folder, "/dev/null", "/dev/zero"]


def everything_but(hidden: Iterable[str], roots: Iterable[str]) -> list[str]:
    """Paths that, with all below them, make up the roots without what is hidden. What somebody puts beside a hidden
    path later is not among them."""
    found: list[str] = []
    for root in roots:
        real = os.path.realpath(root)
        inside = [path for path in hidden if _below(path, [real])]
        if not inside:
            found.append(root)
        elif real not in inside and os.access(real, os.R_OK):
            found += everything_but(inside, sorted(each.path for each in os.scandir(real) if not each.is_symlink()))
    return found


def _below(path: str, roots: Iterable[str]) -> bool:
    return any(PurePath(path).is_relative_to(root) for root in roots)
