"""The model's patterns, written for Java, as Python's `re` understands them: same answers, whole value, linear time.

Surprises: \\p{L} and its like become character classes built from this Python's Unicode tables on first use.
"""

import re
from functools import cache
from unicodedata import category

# Every assigned character with a general category other than "private use" is below or inside these.
ASSIGNED = (range(0x40000), range(0xE0000, 0xE1000))
TOKEN = re.compile(r"\\.|\[(?:\\.|[^\]])*\]|\.")
ANY_BUT_LINE_ENDS = r"[^\n\r\x85\u2028\u2029]"


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """A pattern of the model, for `fullmatch`. Java's \\w, \\s and \\S are ASCII, its dot stops at every line end."""
    if not pattern.startswith("(?s)"):
        pattern = TOKEN.sub(lambda found: ANY_BUT_LINE_ENDS if found[0] == "." else found[0], pattern)
    return re.compile(re.sub(r"(?:\\p\{\w\})+", lambda found: _class(found[0]), pattern), re.ASCII)


@cache
def _class(properties: str) -> str:
    """The inside of a character class for general categories: \\p{L}\\p{M} gives the ranges of both together."""
    wanted = set(re.findall(r"\w(?=\})", properties))
    ranges: list[list[int]] = []
    for plane in ASSIGNED:
        for code in plane:
            if category(chr(code))[0] in wanted:
                if ranges and ranges[-1][1] == code - 1:
                    ranges[-1][1] = code
                else:
                    ranges.append([code, code])
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in ranges)
