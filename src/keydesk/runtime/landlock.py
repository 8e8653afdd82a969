"""Landlock: a process gives up files, and signals to others, and needs no right to do so (Linux 5.13 and newer).

A script on its own, as confine.py is. The calls are the kernel's: https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import struct
import sys

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # on every architecture that Python runs on
_ONLY_THE_VERSION = 1
_PATH_BENEATH = 1
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE, _IOCTL_DEV = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14, 1 << 15
_READ = _EXECUTE | _READ_FILE | _READ_DIR
_OF_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL_DEV
_RIGHTS = (0, 13, 14, 15, 15, 16)  # how many rights each version knows, version 5 and newer the last number
_SIGNALS_AND_ABSTRACT_SOCKETS = 3  # version 6 and newer
SIGNALS = 6  # the first version that keeps signals in


def _call(number: int, *said: object) -> int:
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    return int(call(ctypes.c_long(number), *said))


def version() -> int:
    """What this kernel knows of it; 0 for nothing, also where it is switched off."""
    if sys.platform != "linux":
        return 0
    return max(0, _call(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_ONLY_THE_VERSION)))


def restrict(read: list[str], write: list[str]) -> None:
    """From here on this process and its children read below these paths only, and write below those only. Paths that
    are not there, or out of reach, are left out. Needs no_new_privs. Raises OSError."""
    now = version()
    handled = (1 << _RIGHTS[min(now, 5)]) - 1
    scoped = _SIGNALS_AND_ABSTRACT_SOCKETS if now >= SIGNALS else 0
    asked = struct.pack("=QQQ", handled, 0, scoped)[: 24 if now >= SIGNALS else 16 if now >= 4 else 8]
    rules = _checked(_call(_CREATE_RULESET, asked, ctypes.c_size_t(len(asked)), ctypes.c_uint32(0)))
    for paths, rights in ((read, _READ), (write, handled)):
        for path in paths:
            _allow(rules, path, rights & handled)
    _checked(_call(_RESTRICT_SELF, ctypes.c_int(rules), ctypes.c_uint32(0)))
    os.close(rules)


def _allow(rules: int, path: str, rights: int) -> None:
    try:
        there = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(path):
        rights &= _OF_FILES
    rule = struct.pack("=Qi", rights, there)
    _checked(_call(_ADD_RULE, ctypes.c_int(rules), ctypes.c_int(_PATH_BENEATH), rule, ctypes.c_uint32(0)))
    os.close(there)


def _checked(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), "Landlock: " + os.strerror(ctypes.get_errno()))
    return result
