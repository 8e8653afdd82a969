"""UUIDs for what happens in every call, made by the dozen: one look at the system's randomness each time.

Many at once also because each look lets go of the interpreter, and another thread may take it.
"""

import os
from typing import Final

_AT_ONCE: Final = 64
_ready: list[str] = []  # taken and added to in single steps, so from any thread


def new_uuid() -> str:
    """A new one, of 122 bits from the system's randomness (RFC 9562 section 5.4)."""
    try:
        return _ready.pop()
    except IndexError:
        first, *others = _some()
        _ready.extend(others)
        return first


def uuid_of(at: int) -> str:
    """A new one that begins with the time `at`, in epoch milliseconds (version 7, RFC 9562 section 5.7).

    Rows under such ids go to the end of an index, where those under random ids touch a page of their own each.
    """
    time = f"{at & 0xFFFF_FFFF_FFFF:012x}"
    return f"{time[:8]}-{time[8:]}-7{new_uuid()[15:]}"  # the rest is as in version 4: three digits, variant, random


def _some() -> list[str]:
    bits = bytearray(os.urandom(16 * _AT_ONCE))
    for at in range(0, len(bits), 16):
        bits[at + 6] = bits[at + 6] & 0x0F | 0x40  # version 4
        bits[at + 8] = bits[at + 8] & 0x3F | 0x80  # of the variant that RFC 9562 writes
    digits = bits.hex()
    return [
        f"{digits[at : at + 8]}-{digits[at + 8 : at + 12]}-{digits[at + 12 : at + 16]}"
        f"-{digits[at + 16 : at + 20]}-{digits[at + 20 : at + 32]}"
        for at in range(0, len(digits), 32)
    ]


os.register_at_fork(after_in_child=_ready.clear)  # two processes must not give out the same ones
