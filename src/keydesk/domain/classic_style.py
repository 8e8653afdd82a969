"""The style of the classic hosted pages: a logo and some CSS, for one client or for all that have none of their own.

The CSS is kept as it was said, so it is held to what may stand in a page before.
"""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from keydesk.domain.image import kind
from keydesk.errors import InvalidParameter

ALL: Final = "ALL"  # stands for every client without a style of its own
LARGEST: Final = 100 * 1024  # bytes of a logo
CLASSES: Final = frozenset(
    {
        "background-customizable",
        "banner-customizable",
        "errorMessage-customizable",
        "idpButton-customizable",
        "idpButton-customizable:hover",
        "idpDescription-customizable",
        "inputField-customizable",
        "inputField-customizable:focus",
        "label-customizable",
        "legalText-customizable",
        "logo-customizable",
        "passwordCheck-notValid-customizable",
        "passwordCheck-valid-customizable",
        "redirect-customizable",
        "socialButton-customizable",
        "submitButton-customizable",
        "submitButton-customizable:hover",
        "textDescription-customizable",
    }
)


class ClassicStyle(msgspec.Struct, kw_only=True, omit_defaults=True):
    pool: str
    client: str  # or ALL
    version: str
    css: str | None = None
    image: bytes | None = None
    created: int = 0
    modified: int = 0


def check_image(image: bytes) -> None:
    """Raises InvalidParameter for what cannot be the logo."""
    if len(image) > LARGEST or kind(image) not in ("PNG", "JPEG"):
        raise InvalidParameter("The uploaded image must be a PNG or JPEG file of at most 100 KB.")


def check_css(css: str) -> None:
    """Raises InvalidParameter for rules of other classes, statements with an @, script, and what is no CSS."""
    try:
        _check_rules(css)
    except RecursionError:
        raise InvalidParameter("The CSS is nested too deep.") from None


def _check_rules(css: str) -> None:
    import tinycss2  # here, because few servers are ever told a style

    for rule in tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True):
        if rule.type != "qualified-rule":
            _refuse(rule)
        for selector in tinycss2.serialize(rule.prelude).split(","):
            name = selector.strip().removeprefix(".")
            if name not in CLASSES or not selector.strip().startswith("."):
                raise InvalidParameter(f"The CSS class {name} is not in the list of allowed classes.")
        for declared in tinycss2.parse_blocks_contents(rule.content, skip_comments=True, skip_whitespace=True):
            if declared.type != "declaration":
                _refuse(declared)
            if _runs(declared.value):
                raise InvalidParameter(f"The CSS property {declared.name} must not contain JavaScript.")


def _refuse(node: Any) -> None:
    if node.type == "at-rule":
        raise InvalidParameter(f"The CSS must not contain the statement @{node.at_keyword}.")
    raise InvalidParameter(f"The CSS cannot be read in line {node.source_line}.")


def _runs(tokens: Iterable[Any]) -> bool:
    """Whether a browser, however old, might take some of these tokens for a program."""
    for token in tokens:
        inside = getattr(token, "arguments", None) or getattr(token, "content", None) or ()
        said = getattr(token, "value", "") if token.type in ("url", "string") else getattr(token, "name", "")
        if "javascript:" in str(said).lower() or str(said).lower() == "expression" or _runs(inside):
            return True
    return False
