"""NextToken and PaginationToken: where the next page begins, sealed, so that nobody reads or makes one up (RQ-13).

A token continues one list only: the operation's, of the same pool, group or filter (`of`).
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from typing import Final, TypeVar

from keydesk.crypto.seal import SealBroken
from keydesk.errors import InvalidParameter
from keydesk.flows.call import Call

T = TypeVar("T")

LARGEST: Final = 60  # the most that any list of the API gives at once


def token(last: str, call: Call, *of: str) -> str:
    """The token of the page that begins behind `last`; `of` names what is listed, beside the operation."""
    return urlsafe_b64encode(call.desk.sealer.hand_out(last.encode(), _place(call, of))).decode().rstrip("=")


def after(said: str | None, call: Call, *of: str) -> str:
    """Behind what the page begins; empty for the first. Raises InvalidParameter for a token not of this list."""
    if said is None:
        return ""
    try:
        sealed = urlsafe_b64decode(said + "=" * (-len(said) % 4))
        return call.desk.sealer.take_back(sealed, _place(call, of)).decode()
    except (ValueError, SealBroken):
        raise InvalidParameter("Invalid pagination token given.") from None


def size(said: int | None) -> int:
    """How many a page holds: 60 where nothing, or nought, was said."""
    return said or LARGEST


def cut(rows: list[T], limit: int, key: Callable[[T], str], call: Call, *of: str) -> tuple[list[T], str | None]:
    """A page, and the token of the next, from rows of which one more was asked for than the page holds."""
    if len(rows) <= limit:
        return rows, None
    shown = rows[:limit]
    return shown, token(key(shown[-1]), call, *of)


def _place(call: Call, of: tuple[str, ...]) -> str:
    return "\0".join(("page", call.operation, *of))
