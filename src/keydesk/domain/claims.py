"""What a handler may change in tokens (section 8 of the specification): claims and groups of both, scopes of one.

A protected claim is neither set nor removed by any input; the attempt is dropped and told, for the caller to log.
"""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

Claims = dict[str, Any]
Plain = str | bool | int | float
Value = Plain | list[Plain] | dict[str, Any]

GROUPS: Final = "cognito:groups"
ROLES: Final = "cognito:roles"
PREFERRED_ROLE: Final = "cognito:preferred_role"


class Token(StrEnum):
    """The two tokens that say something."""

    ID = "id"
    ACCESS = "access"


_IN_BOTH: Final = frozenset(
    {
        "acr",
        "amr",
        "at_hash",
        "aud",
        "auth_time",
        "azp",
        "exp",
        "iat",
        "identities",
        "iss",
        "jti",
        "nbf",
        "nonce",
        "origin_jti",
        "sub",
        "token_use",
    }
)

# Section 8.1: these belong to the server, and so does every name that begins with `cognito:`. Scopes and groups have
# members of their own; a handler may say `aud` of an access token, if it says the client.
PROTECTED: Final[Mapping[Token, frozenset[str]]] = {
    Token.ID: _IN_BOTH,
    Token.ACCESS: _IN_BOTH | {"client_id", "device_key", "event_id", "scope", "username", "version"},
}
# What an override of groups sets, by token: the claim and the member that says it.
GROUP_CLAIMS: Final[Mapping[Token, Mapping[str, str]]] = {
    Token.ID: {GROUPS: "groups_to_override", ROLES: "iam_roles_to_override", PREFERRED_ROLE: "preferred_role"},
    Token.ACCESS: {GROUPS: "groups_to_override"},
}
# Claims of the ID token that have a form of their own, and take no list and no object (section 8.3).
PLAIN_IN_ID: Final = frozenset({"address", "email_verified", "phone_number_verified", "updated_at"})
DEEPEST: Final = 64  # objects and lists within one claim: no reader of tokens should run out of stack
_SCOPE: Final = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
INTEGERS: Final = range(-(2**63), 2**64)  # what every reader of JSON here takes


class GroupOverride(msgspec.Struct, frozen=True, rename="camel"):
    """Replaces the whole group configuration; what is left out is taken away."""

    groups_to_override: list[str] | None = None
    iam_roles_to_override: list[str] | None = None
    preferred_role: str | None = None


class Edits(msgspec.Struct, frozen=True, rename="camel"):
    """What is to be done to the claims of one token."""

    claims_to_add_or_override: dict[str, Value] | None = None
    claims_to_suppress: list[str] | None = None

    def __post_init__(self) -> None:
        for name, value in (self.claims_to_add_or_override or {}).items():
            if not _is_readable(value):
                raise ValueError(f"{name} is nested too deeply, or has a number that is too large")


class IdEdits(Edits, frozen=True, rename="camel"):
    """`idTokenGeneration`."""

    def __post_init__(self) -> None:
        Edits.__post_init__(self)
        for name, value in (self.claims_to_add_or_override or {}).items():
            if name in PLAIN_IN_ID and isinstance(value, list | dict):
                raise ValueError(f"{name} takes no list and no object")


class AccessEdits(Edits, frozen=True, rename="camel"):
    """`accessTokenGeneration`. What is no scope is refused (RFC 6749, section 3.3): a blank in it would make it two."""

    scopes_to_add: list[str] | None = None
    scopes_to_suppress: list[str] | None = None

    def __post_init__(self) -> None:
        Edits.__post_init__(self)
        if not all(_SCOPE.fullmatch(scope) for scope in self.scopes_to_add or ()):
            raise ValueError("a scope is printable ASCII without blanks, quotes and backslashes")


Groups = GroupOverride | UnsetType | None  # absent changes nothing; null or empty takes groups and roles away


class Override(msgspec.Struct, frozen=True, rename="camel"):
    """`claimsOverrideDetails`, of the first version and of post authentication: the ID token, and groups."""

    claims_to_add_or_override: dict[str, str] | None = None
    claims_to_suppress: list[str] | None = None
    group_override_details: Groups = UNSET

    @property
    def edits(self) -> Mapping[Token, Edits | None]:
        texts: dict[str, Value] = {**(self.claims_to_add_or_override or {})}
        return {Token.ID: Edits(texts, self.claims_to_suppress), Token.ACCESS: None}


class ClaimsAndScopeOverride(msgspec.Struct, frozen=True, rename="camel"):
    """`claimsAndScopeOverrideDetails`, from the second version on: both tokens."""

    id_token_generation: IdEdits | None = None
    access_token_generation: AccessEdits | None = None
    group_override_details: Groups = UNSET

    @property
    def edits(self) -> Mapping[Token, Edits | None]:
        return {Token.ID: self.id_token_generation, Token.ACCESS: self.access_token_generation}


AnyOverride = Override | ClaimsAndScopeOverride


def apply(token: Token, claims: Mapping[str, Any], override: AnyOverride | None) -> tuple[Claims, tuple[str, ...]]:
    """One token's claims after an override, and the protected names that it tried to touch. Changes no argument."""
    changed = dict(claims)
    if override is None:
        return changed, ()
    _override_groups(token, changed, override.group_override_details)
    edits = override.edits[token]
    if edits is None:
        return changed, ()
    dropped = _edit(token, changed, edits)
    if isinstance(edits, AccessEdits):
        _edit_scopes(changed, edits)
    return changed, tuple(sorted(dropped))


def _is_readable(value: object, depth: int = 0) -> bool:
    if isinstance(value, int):
        return value in INTEGERS
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return depth <= DEEPEST and all(_is_readable(one, depth + 1) for one in inner)


def _edit(token: Token, claims: Claims, edits: Edits) -> set[str]:
    """Sets, then removes, so that suppression wins; returns the names that were not the handler's to touch."""
    said, suppressed = edits.claims_to_add_or_override or {}, edits.claims_to_suppress or ()
    added = {name: value for name, value in said.items() if _may_add(token, name, value, claims)}
    gone = {name for name in suppressed if name == GROUPS or not _is_the_servers(token, name)}
    claims.update(added)
    for name in gone | (GROUP_CLAIMS[token].keys() if GROUPS in gone else set()):  # roles go with the groups
        claims.pop(name, None)
    return (said.keys() - added.keys()) | (set(suppressed) - gone)


def _may_add(token: Token, name: str, value: Value, claims: Claims) -> bool:
    """Groups, roles and scopes have members of their own; what developers wrote (`dev:`) can only be taken away."""
    if token is Token.ACCESS and name == "aud":
        return value == claims.get("client_id")
    return not _is_the_servers(token, name) and not name.startswith("dev:")


def _is_the_servers(token: Token, name: str) -> bool:
    return name in PROTECTED[token] or name.startswith("cognito:")


def _edit_scopes(claims: Claims, edits: AccessEdits) -> None:
    """Suppression wins here, too. A token without a scope has no such claim."""
    held = [*str(claims.pop("scope", "")).split(), *(edits.scopes_to_add or ())]
    kept = [scope for scope in dict.fromkeys(held) if scope not in (edits.scopes_to_suppress or ())]
    if kept:
        claims["scope"] = " ".join(kept)


def _override_groups(token: Token, claims: Claims, said: Groups) -> None:
    if isinstance(said, UnsetType):
        return
    for name, member in GROUP_CLAIMS[token].items():
        claims.pop(name, None)
        if value := getattr(said or GroupOverride(), member):
            claims[name] = value
