"""What a handler may change in tokens (section 8 of the specification), first version: the ID token and the groups.

A protected claim is neither set nor removed by any input; the attempt is dropped and told, for the caller to log.
"""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from keydesk.errors import InvalidLambdaResponse

Claims = dict[str, Any]

GROUPS = "cognito:groups"
ROLES = "cognito:roles"
PREFERRED_ROLE = "cognito:preferred_role"

# Section 8.1: in the ID token these belong to the server, and so does every name that begins with `cognito:`.
PROTECTED = frozenset(
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


class GroupOverride(msgspec.Struct, frozen=True, rename="camel"):
    """Replaces the whole group configuration; what is left out is taken away."""

    groups_to_override: list[str] | None = None
    iam_roles_to_override: list[str] | None = None
    preferred_role: str | None = None


class Override(msgspec.Struct, frozen=True, rename="camel"):
    """`claimsOverrideDetails` as a handler returns it; other members are ignored.

    Group details that are absent change nothing; null or empty ones take groups and roles away.
    """

    claims_to_add_or_override: dict[str, str] | None = None
    claims_to_suppress: list[str] | None = None
    group_override_details: GroupOverride | UnsetType | None = UNSET


class Applied(msgspec.Struct, frozen=True):
    """Both tokens' claims after an override, and the protected names that it tried to touch, in order."""

    id: Claims
    access: Claims
    dropped: tuple[str, ...] = ()


def read(said: object) -> Override | None:
    """An override from a handler's answer; None where there is none. Raises `InvalidLambdaResponse` for other forms."""
    if said is None:
        return None
    try:
        return msgspec.convert(said, Override)
    except msgspec.ValidationError as wrong:
        raise InvalidLambdaResponse("Unrecognizable lambda output", detail=str(wrong)) from wrong


def apply(id_claims: Mapping[str, Any], access_claims: Mapping[str, Any], override: Override | None) -> Applied:
    """Pre token generation V1: claims in the ID token, groups in both, roles in the ID token. Changes no argument."""
    id_changed, dropped = apply_to_id(id_claims, override)
    access = dict(access_claims)
    if override is not None:
        _override_groups(access, override, roles=False)
    return Applied(id_changed, access, dropped)


def apply_to_id(id_claims: Mapping[str, Any], override: Override | None) -> tuple[Claims, tuple[str, ...]]:
    """Post authentication under the `keydesk` semantics (section 8.4): the ID token's claims and what was dropped."""
    claims = dict(id_claims)
    if override is None:
        return claims, ()
    _override_groups(claims, override, roles=True)
    added = override.claims_to_add_or_override or {}
    suppressed = override.claims_to_suppress or []
    dropped = _edit(claims, added, suppressed)
    return claims, tuple(sorted(dropped))


def may_add(name: str) -> bool:
    """Whether a handler may set this claim of the ID token; groups and roles have their own members."""
    return not _is_the_servers(name) and not name.startswith("dev:")


def may_suppress(name: str) -> bool:
    """Whether a handler may take this claim out of the ID token; roles go with the groups, never alone."""
    return name == GROUPS or not _is_the_servers(name)


def _is_the_servers(name: str) -> bool:
    return name in PROTECTED or name.startswith("cognito:")


def _edit(claims: Claims, added: Mapping[str, object], suppressed: Collection[str]) -> set[str]:
    """Sets, then removes, so that suppression wins; returns the names that were not the handler's to touch."""
    claims.update({name: value for name, value in added.items() if may_add(name)})
    gone = {name for name in suppressed if may_suppress(name)}
    if GROUPS in gone:
        gone |= {ROLES, PREFERRED_ROLE}
    for name in gone:
        claims.pop(name, None)
    return {name for name in added if not may_add(name)} | {name for name in suppressed if not may_suppress(name)}


def _override_groups(claims: Claims, override: Override, *, roles: bool) -> None:
    details = override.group_override_details
    if isinstance(details, UnsetType):
        return
    filled = details or GroupOverride()
    said: dict[str, object] = {GROUPS: filled.groups_to_override}
    if roles:
        said |= {ROLES: filled.iam_roles_to_override, PREFERRED_ROLE: filled.preferred_role}
    for name, value in said.items():
        claims.pop(name, None)
        if value:
            claims[name] = value
