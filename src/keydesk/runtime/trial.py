"""A handler that tries what no handler may do, and tells what it could. `isolation.py` runs it when a server starts."""

import contextlib
import os
from typing import Any


def handler(event: dict[str, Any], context: object) -> list[str]:
    server, reached = event["server"], []
    for door, paths in event["files"].items():
        if any(map(_opens, paths)):
            reached.append(door)
    if _opens(f"/proc/{server}/environ") or _opens(f"/proc/{server}/mem"):
        reached.append("memory")
    with contextlib.suppress(OSError):
        os.kill(server, 0)
        reached.append("signals")
    if os.getuid() == 0:
        reached.append("root")
    room = os.statvfs(os.environ["TMPDIR"])
    if room.f_blocks * room.f_frsize > event["storage"]:
        reached.append("disk")
    return reached


def _opens(path: str) -> bool:
    try:
        with open(path, "rb"):
            return True
    except OSError:
        return False
