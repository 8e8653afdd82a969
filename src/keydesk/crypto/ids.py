"""UUIDs of version 4 for what happens in every call, made by the dozen: one look at the system's randomness each time.

Many at once also because each look lets go of the interpreter, and another thread may take it.
"""

import os
import uuid
from typing import Final

_AT_ONCE: Final = 64
_ready: list[str] = []  # taken and added to in single steps, so from any thread


def new_uuid() -> str:
    """A new one, of 122 bits from the system's randomness (RFC 9562 section 5.4)."""
    try:
        return _ready.pop()
    except IndexError:
        bits = os.urandom(16 * _AT_ONCE)
        first, *others = (str(uuid.UUID(bytes=bits[at : at + 16], version=4)) for at in range(0, len(bits), 16))
        _ready.extend(others)
        return first


os.register_at_fork(after_in_child=_ready.clear)  # two processes must not give out the same ones
