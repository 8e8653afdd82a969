"""A JSON 1.1 body as the Struct that an operation asks for, and the opaque tokens that lead to a next page."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, TypeVar

import msgspec

from keydesk.crypto.seal import SealBroken, Sealer
from keydesk.errors import InvalidParameter, Serialization
from keydesk.wire.request import Request

T = TypeVar("T")


def body(request: Request, kind: type[T]) -> T:
    """The body, read as `kind`. Raises Serialization for another form, InvalidParameter for a value out of limits."""
    try:
        return msgspec.json.decode(request.body.strip() or b"{}", type=kind)
    except msgspec.ValidationError as fault:
        said, _, place = str(fault).partition(" - at `$.")
        if ", got `" in said:
            raise Serialization(f"{said} at '{place.rstrip('`')}'") from None
        where = f" at '{place.rstrip('`')}'" if place else ""
        raise InvalidParameter(
            f"1 validation error detected: Value{where} failed to satisfy constraint: {said}"
        ) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise Serialization from None


def token(sealer: Sealer, place: Any, where: str) -> str:
    """An opaque, authenticated token (RQ-13) that says where a next page begins; it holds for `where` only."""
    return urlsafe_b64encode(sealer.hand_out(msgspec.json.encode(place), where)).decode()


def place(sealer: Sealer, text: str, where: str, kind: type[T]) -> T | None:
    """What a token says; None where the server has not made it for this."""
    try:
        return msgspec.json.decode(sealer.take_back(urlsafe_b64decode(text.encode()), where), type=kind)
    except (SealBroken, ValueError):  # msgspec's and Base64's errors are ValueErrors too
        return None
