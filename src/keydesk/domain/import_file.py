"""The file of a user import, line by line: its columns, and what a line says of a user.

The rules are Cognito's: https://docs.aws.amazon.com/cognito/latest/developerguide/cognito-user-pools-using-import-tool.html
Surprises: a comma in a value has a backslash before it, quotation marks work too; a line is one user, whatever is
quoted; a birthdate is written as in America, and kept as OpenID Connect wants it; a byte order mark is passed over.
"""

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final, NamedTuple

from keydesk.domain import names
from keydesk.domain.attribute import SERVERS_OWN, VERIFIED
from keydesk.domain.pool import Pool

USERNAME: Final = "cognito:username"
MFA: Final = "cognito:mfa_enabled"
HASH: Final = "password_hash"
LONGEST_LINE: Final = 16_000  # characters
MOST_USERS: Final = 500_000
LARGEST: Final = 100_000_000  # bytes
NONE_VERIFIED: Final = (
    "The User Record does not set any of the auto verified attributes to true. (Example: email_verified to true)."
)
TRUTHS: Final = {"true": True, "false": False}
_BIRTHDATE: Final = re.compile(r"([0-9]{2})/([0-9]{2})/([0-9]{4})")


class Faulty(Exception):
    """A line that cannot be taken. The sentence says why, and repeats nothing of the line: it goes into a log."""


class Record(NamedTuple):
    """A user as a line tells them. `mfa` None: as the pool wants it. `hashed` is empty where there is no password."""

    username: str
    attributes: dict[str, str]
    mfa: bool | None
    hashed: str


def columns(pool: Pool) -> tuple[str, ...]:
    """GetCSVHeader: the columns that a file for this pool may have."""
    named = [attribute.name for attribute in pool.schema if attribute.name and attribute.name not in SERVERS_OWN]
    return (*named, MFA, USERNAME, HASH)


def header(line: bytes, pool: Pool, *, hashes: bool) -> tuple[str, ...]:
    """The columns of a file by its first line. `hashes`: the job has them. Raises Faulty.

    A column may be missing: then no user has it.
    """
    known = columns(pool)
    found = [name.strip() for name in fields(line.removeprefix(b"\xef\xbb\xbf"))]
    for place, name in enumerate(found, 1):
        if name not in known:
            raise Faulty(f"The header is wrong: the user pool has nothing that column {place} is named after.")
        if name in found[: place - 1]:
            raise Faulty(f"The header is wrong: column {place} is there twice.")
    for name in (USERNAME, HASH)[: 1 + hashes]:
        if name not in found:
            raise Faulty(f"The header is wrong: the column {name} is missing.")
    return tuple(found)


def fields(line: bytes) -> list[str]:
    """The values of a line. Raises Faulty."""
    too_long = Faulty(f"The line is longer than {LONGEST_LINE} characters.")
    if len(line) > 4 * LONGEST_LINE:
        raise too_long
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise Faulty("The line is not UTF-8.") from None
    if len(text) > LONGEST_LINE:
        raise too_long
    if "\0" in text:
        raise Faulty("The line holds the character U+0000.")
    try:
        return next(csv.reader([text], escapechar="\\", strict=True), [])
    except csv.Error:
        raise Faulty("The line is no CSV: a quotation mark or a backslash is left open.") from None


def record(line: bytes, header: Sequence[str], pool: Pool) -> Record:
    """What a line says, in the forms that users are kept in. Raises Faulty."""
    values = [value.strip() for value in fields(line)]
    if len(values) != len(header):
        raise Faulty(f"The line has {len(values)} columns, the header {len(header)}.")
    told = {name: value for name, value in zip(header, values, strict=True) if value}
    username, hashed, mfa = told.pop(USERNAME, ""), told.pop(HASH, ""), told.pop(MFA, "")
    if not names.is_username(username):
        raise Faulty(f"{USERNAME} is missing, too long, or holds a blank or a character that no user name has.")
    _in_form(told)
    _check_verified(told, pool)
    return Record(username, told, _mfa(mfa, pool), hashed)


def _in_form(told: dict[str, str]) -> None:
    for name in VERIFIED & told.keys():
        told[name] = told[name].lower()
        if told[name] not in TRUTHS:
            raise Faulty(f"{name} must be TRUE or FALSE.")
    if "birthdate" in told:
        told["birthdate"] = _birthdate(told["birthdate"])


def _birthdate(said: str) -> str:
    found = _BIRTHDATE.fullmatch(said)
    try:
        month, day, year = (int(part) for part in found.groups()) if found else (0, 0, 0)
        return date(year, month, day).isoformat()
    except ValueError:
        raise Faulty("birthdate must be a day as mm/dd/yyyy.") from None


def _check_verified(told: Mapping[str, str], pool: Pool) -> None:
    """A user must be reachable: for the code with which they set a password."""
    for flag in VERIFIED & told.keys():
        if told[flag] == "true" and not told.get(flag.removesuffix("_verified")):
            raise Faulty(f"{flag} is true, but {flag.removesuffix('_verified')} has no value.")
    if not any(told.get(f"{attribute}_verified") == "true" for attribute in pool.auto_verified):
        raise Faulty(NONE_VERIFIED)


def _mfa(said: str, pool: Pool) -> bool | None:
    """Raises Faulty where the pool wants it otherwise."""
    wanted = {"ON": True, "OFF": False}.get(pool.settings.mfa_configuration or "OFF")
    if not said:
        return wanted
    told = TRUTHS.get(said.lower())
    if told is None:
        raise Faulty(f"{MFA} must be TRUE, FALSE or empty.")
    if wanted not in (None, told):
        raise Faulty(f"{MFA} must be {str(wanted).upper()} or empty in this user pool.")
    return told
