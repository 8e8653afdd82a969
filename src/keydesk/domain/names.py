"""What a user signs in by: the user name, and the attributes that a pool lets stand in for it."""

from collections.abc import Mapping
from unicodedata import category

from keydesk.domain.attribute import is_email, is_phone
from keydesk.domain.pool import Pool
from keydesk.errors import InvalidParameter

LONGEST = 128  # characters of a user name, in the published model
_CASELESS_KINDS = frozenset({"username", "email", "preferred_username"})


def folded(kind: str, value: str, pool: Pool) -> str:
    """The form under which a name is unique and looked up. `kind` is username, email, phone_number or an alias."""
    return value.lower() if pool.ignores_case and kind in _CASELESS_KINDS else value


def flattened(attributes: Mapping[str, str], pool: Pool) -> dict[str, str]:
    """Attributes as the pool keeps them: where it ignores case, names and addresses are in small letters.

    So they are told in the live service, to functions too, and so are user names:
    https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-case-sensitivity.html
    """
    return {kind: folded(kind, value, pool) for kind, value in attributes.items()}


def typed(text: str, pool: Pool) -> tuple[tuple[str, str], ...]:
    """Kinds and folded values under which the typed text may name a user, likeliest first."""
    kinds = ("username", *(pool.username_attributes or pool.alias_attributes))
    return tuple((kind, folded(kind, text, pool)) for kind in kinds)


def taken(kind: str, pool: Pool) -> str:
    """What is said where an attribute leads to somebody else; of a user's very name in other words than of an alias:
    https://github.com/aws/aws-sdk-js/issues/4308
    """
    return f"An account with the {'given ' if kind in pool.username_attributes else ''}{kind} already exists."


def is_username(text: str) -> bool:
    """Whether this has the form of a user name in the published model: letters, marks, numbers, signs; no blanks."""
    return 0 < len(text) <= LONGEST and all(category(character)[0] in "LMNPS" for character in text)


def check_username(username: str, pool: Pool) -> str | None:
    """The attribute that the user name of a new user fills (email or phone_number), or None for a plain name.

    Raises `InvalidParameter` when the pool signs in by attributes and this is none, or when it looks like an alias.
    """
    if pool.username_attributes:
        return _as_attribute(username, pool.username_attributes)
    if "email" in pool.alias_attributes and is_email(username):
        raise InvalidParameter("Username cannot be of email format, since user pool is configured for email alias.")
    if "phone_number" in pool.alias_attributes and is_phone(username):
        raise InvalidParameter(
            "Username cannot be of phone number format, since user pool is configured for phone number alias."
        )
    return None


def of_user(username: str, attributes: Mapping[str, str], pool: Pool) -> dict[str, str]:
    """Every name that leads to a user, kind to folded value.

    Username attributes count at once; e-mail and phone aliases only when verified. preferred_username needs no proof,
    and so leads nowhere where it looks like another alias: else anybody could stand in the way of an address's owner.
    Nor does one that is longer than a user name can be.
    """
    names = {"username": folded("username", username, pool)}
    for kind in pool.username_attributes:
        if value := attributes.get(kind):
            names[kind] = folded(kind, value, pool)
    for kind in pool.alias_attributes:
        value = attributes.get(kind, "")
        free = kind == "preferred_username" and len(value) <= LONGEST and not _looks_like_alias(value, pool)
        if value and (free or attributes.get(f"{kind}_verified") == "true"):
            names[kind] = folded(kind, value, pool)
    return names


def _looks_like_alias(text: str, pool: Pool) -> bool:
    return ("email" in pool.alias_attributes and is_email(text)) or (
        "phone_number" in pool.alias_attributes and is_phone(text)
    )


def _as_attribute(username: str, allowed: tuple[str, ...]) -> str:
    if "email" in allowed and is_email(username):
        return "email"
    if "phone_number" in allowed and is_phone(username):
        return "phone_number"
    if "email" in allowed and "phone_number" in allowed:
        raise InvalidParameter("Username should be either an email or a phone number.")
    raise InvalidParameter(
        "Username should be an email." if "email" in allowed else "Username should be a phone number."
    )
