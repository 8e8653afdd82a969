"""CloudWatch Logs' filter patterns for plain text: terms that a line must have, may have, or must not have.

`ERROR Timeout` asks for both, `?ERROR ?WARN` for either, `-debug` for none, `"two words"` for a phrase. A term is found
anywhere in a line, in its own capitals. Patterns for JSON, columns and regular expressions are refused, not guessed at.
"""

import re
from collections.abc import Callable
from typing import Final

_TERM: Final = re.compile(r'\s*([-?]?)(?:"((?:[^"\\]|\\.)+)"|(\w+))(?=\s|$)')
_OTHER: Final = {
    "{": "JSON filter patterns",
    "[": "filter patterns of columns",
    "%": "regular expressions in filter patterns",
}


class PatternFault(Exception):
    """The pattern cannot be followed; the sentence says why."""


def matcher(pattern: str) -> Callable[[str], bool] | None:
    """What tells whether a line fits; None for a pattern that every line fits. Raises PatternFault."""
    text = pattern.strip()
    if not text:
        return None
    if unknown := _OTHER.get(text[0]):
        raise PatternFault(f'Keydesk does not serve {unknown}: use terms, as in ERROR or "two words" -debug.')
    all_of, any_of, none_of = _terms(text)
    # Beside a required term an optional one asks for nothing, as CloudWatch Logs reads it.
    optional = () if all_of else tuple(any_of)

    def matches(line: str) -> bool:
        return (
            all(term in line for term in all_of)
            and not any(term in line for term in none_of)
            and (not optional or any(term in line for term in optional))
        )

    return matches


def _terms(text: str) -> tuple[list[str], list[str], list[str]]:
    kinds: dict[str, list[str]] = {"": [], "?": [], "-": []}
    at = 0
    while at < len(text):
        found = _TERM.match(text, at)
        if found is None:
            word = text[at:].split()[0]
            raise PatternFault(f"Invalid filter pattern: Invalid character(s) in term '{word}'")
        kind, phrase, word = found.groups()
        kinds[kind].append(re.sub(r"\\(.)", r"\1", phrase, flags=re.DOTALL) if phrase else word)
        at = found.end()
    return kinds[""], kinds["?"], kinds["-"]
