"""Whether a password is one of those that are tried first: the 30,000 commonest of public leaks, as zxcvbn ships them.

The list is in lower case and seldom has punctuation, which policies ask for: so case does not count, nor do up to three
marks at the end.
"""

from functools import cache
from string import punctuation
from typing import Final

MARKS: Final = 3


def is_guessable(password: str) -> bool:
    """Whether it is on the list (AU-12)."""
    folded = password.lower()
    core = folded.rstrip(punctuation)
    return folded in _listed() or (len(folded) - len(core) <= MARKS and core in _listed())


@cache
def _listed() -> frozenset[str]:
    """Read at the first look: a server without threat protection does without."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
