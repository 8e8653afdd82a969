"""The filter of ListUsers: one attribute, `=` or `^=` (starts with), one quoted value. Nothing else is understood.

The name may be in quotes as well: https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_ListUsers.html
"""

import re

import msgspec

from keydesk.errors import InvalidParameter

# Custom attributes and the other standard ones cannot be searched. `status` is Enabled or Disabled.
SEARCHABLE = frozenset(
    {
        "username",
        "email",
        "phone_number",
        "name",
        "given_name",
        "family_name",
        "preferred_username",
        "cognito:user_status",
        "status",
        "sub",
    }
)
_CASELESS = frozenset({"cognito:user_status"})

# attribute, operator, value in quotes with \" and \\ inside; no two parts can match the same text, so it is linear.
_FORM = re.compile(r'\s*("?)([^\s=^"]+)\1\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class Filter(msgspec.Struct, frozen=True):
    """Users whose `attribute` is `value`, or starts with it. An enum value (`cognito:user_status`) is in capitals."""

    attribute: str
    prefix: bool
    value: str


def parse(text: str) -> Filter:
    """The filter as said by the caller; raises `InvalidParameter` with Cognito's sentence."""
    form = _FORM.fullmatch(text)
    if form is None:
        raise InvalidParameter("Error while parsing filter.")
    _, attribute, operator, value = form.groups()
    if attribute not in SEARCHABLE:
        raise InvalidParameter("One or more requested attributes do not exist in user pool.")
    value = _ESCAPE.sub(r"\1", value)
    return Filter(attribute, operator == "^=", value.upper() if attribute in _CASELESS else value)
