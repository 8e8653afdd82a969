"""A pool's tags: those that mean something here, and the limits of all."""

import re
from collections.abc import Mapping
from typing import Final

import msgspec

from keydesk.domain import guard, takeover
from keydesk.domain.pool import SEMANTICS_TAG, Semantics
from keydesk.errors import InvalidParameter
from keydesk.triggers.answer import unread
from keydesk.triggers.catalog import CATALOG

ID_TAG: Final = "keydesk:id"
MOST: Final = 50
_POOL_ID: Final = re.compile(r"(?P<region>[\w-]+)_[0-9a-zA-Z]{1,45}", re.ASCII)


def check(tags: Mapping[str, str]) -> None:
    """Raises InvalidParameter."""
    if len(tags) > MOST:
        raise InvalidParameter(f"A user pool has at most {MOST} tags.")
    if any(key.lower().startswith("aws:") for key in tags):
        raise InvalidParameter("Tag keys that begin with aws: are reserved.")
    said = tags.get(SEMANTICS_TAG)
    if said is not None and said not in set(Semantics):
        raise InvalidParameter(f"The tag {SEMANTICS_TAG} must be one of {', '.join(Semantics)}.")

    for key, value in tags.items():
        if key.startswith(guard.TAG):
            _check_guard(key, value)
        elif key == takeover.TAG:
            _check_takeover(value)


def _check_guard(key: str, value: str) -> None:
    """The guard of a trigger that there is, with an answer that the trigger's function could have given."""
    trigger = next((one for one in CATALOG if guard.TAG + one.name == key), None)
    if trigger is None:
        raise InvalidParameter(f"The tag {key} names no trigger.")
    try:
        said = guard.parse(value)
    except guard.GuardFault as fault:
        raise InvalidParameter(f"The tag {key} {fault}") from None
    try:
        unknown = [set(unread(said.answer, trigger.form(one).response)) for one in trigger.versions.values()]
    except msgspec.ValidationError as fault:
        raise InvalidParameter(f"The answer in the tag {key} is none of the trigger's: {fault}") from None
    if nobodys := set.intersection(*unknown):  # a member that only another version reads is in its place
        raise InvalidParameter(f"The answer in the tag {key} is none of the trigger's: nobody reads {min(nobodys)}")


def _check_takeover(value: str) -> None:
    try:
        takeover.parse(value)
    except takeover.TakeoverFault as fault:
        raise InvalidParameter(f"The tag {takeover.TAG} {fault}") from None


def pinned(tags: Mapping[str, str], region: str, *, allowed: bool) -> str | None:
    """The id that a new pool asks for by its tag. Only in development (`allowed`); raises InvalidParameter."""
    said = tags.get(ID_TAG)
    if said is None:
        return None
    if not allowed:
        raise InvalidParameter(f"The tag {ID_TAG} chooses a pool's id in development only.")
    form = _POOL_ID.fullmatch(said)
    if form is None or form["region"] != region or len(said) > 55:
        raise InvalidParameter(f"The tag {ID_TAG} must be {region}_ and letters or digits, 55 characters at most.")
    return said


def check_id(tags: Mapping[str, str], pool_id: str) -> None:
    """An id is chosen once: later the tag may say only what is. Raises InvalidParameter."""
    if tags.get(ID_TAG, pool_id) != pool_id:
        raise InvalidParameter(f"The tag {ID_TAG} cannot change the id of a pool.")
