"""A handler that tries to get out: each attempt is a piece of code, and its outcome a value or the name of an error."""

import ctypes
import errno
import os
import socket
import stat

libc = ctypes.CDLL(None, use_errno=True)


def called(result):
    """What a C function gave, or its error."""
    if result < 0:
        raise OSError(ctypes.get_errno(), "")
    return result


KNOWN = {"os": os, "socket": socket, "stat": stat, "libc": libc, "called": called}


def tries(event, context):
    return {name: outcome(code) for name, code in event.items()}


def outcome(code):
    try:
        return eval(code, dict(KNOWN))
    except OSError as fault:
        return errno.errorcode[fault.errno]
