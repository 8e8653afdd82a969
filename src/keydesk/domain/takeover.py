"""That a pool takes users over from another one, the live pool, as they sign in. Said in a tag of the pool:

`keydesk:takeover` = `{}` where the live pool has this pool's id, and knows its clients by their ids; else
`{"pool": "us-east-1_Ab1Cd2Ef3", "client": "1example23456789"}`, or one of the two.
"""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

TAG: Final = "keydesk:takeover"
_POOL: Final = re.compile(r"[a-z]{2,}(-[a-z0-9]+){2,}_[0-9a-zA-Z]+", re.ASCII)  # its region becomes a host's name
_CLIENT: Final = re.compile(r"[\w+]{1,128}", re.ASCII)


class Takeover(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The live pool, and the client of it that is asked; where nothing is said it is the one by which a user comes."""

    pool: str = ""
    client: str = ""


class TakeoverFault(ValueError):
    """The tag's value says no live pool; the text says what is wrong."""


def is_pool(id: str) -> bool:
    """Whether a live pool can have this id."""
    return _POOL.fullmatch(id) is not None


def of(tags: Mapping[str, str] | None) -> Takeover | None:
    """What a pool's tags say; None where nobody is taken over."""
    said = (tags or {}).get(TAG)
    return None if said is None else parse(said)


def parse(said: str) -> Takeover:
    """Raises TakeoverFault."""
    try:
        takeover = msgspec.json.decode(said, type=Takeover)
    except msgspec.DecodeError as fault:
        raise TakeoverFault(f"names no live pool: {fault}") from None
    if takeover.pool and not is_pool(takeover.pool):
        raise TakeoverFault("must name the live pool by its id.")
    if takeover.client and not _CLIENT.fullmatch(takeover.client):
        raise TakeoverFault("must name a client of the live pool by its id.")
    return takeover
