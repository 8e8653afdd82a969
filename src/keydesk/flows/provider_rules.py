"""What an identity provider's settings become: defaults for what was left out, and the rules between members."""

from collections.abc import Mapping
from typing import Final

from keydesk.crypto import apple_key
from keydesk.domain.pool import Pool
from keydesk.domain.provider import APPLE, KINDS, LOCAL, NAMED_BY_TYPE, OIDC, facebook
from keydesk.errors import InvalidParameter

Texts = dict[str, str]

USERNAME: Final = "username"  # may be mapped to, though it is no attribute
_NOT_MAPPED: Final = frozenset({"sub", "identities"})
_METHODS: Final = ("POST", "GET")


def check_name(name: str, kind: str) -> None:
    """A social provider is called as its type, and COGNITO is the pool itself. Raises InvalidParameter."""
    named_by_type = name in NAMED_BY_TYPE or kind in NAMED_BY_TYPE
    if name.upper() == LOCAL or (named_by_type and name != kind):
        raise InvalidParameter(f"Provider {name} cannot be of type {kind}.")


def settled(kind: str, said: Mapping[str, str]) -> Texts:
    """ProviderDetails whole: what was said, and what its type adds. Raises InvalidParameter."""
    rule = KINDS[kind]
    if not all(said.get(name) for name in rule.needs):
        raise InvalidParameter(rule.lacking)
    added = facebook(said.get("api_version")) if kind == "Facebook" else {}
    if kind == OIDC:
        _check_method(said["attributes_request_method"])
    if kind == APPLE and not apple_key.is_one(said["private_key"]):
        raise InvalidParameter("Provided private key cannot be used for Sign in with Apple.")
    return {**rule.shown, **added, **said}


def mapped(kind: str, said: Mapping[str, str] | None, pool: Pool) -> Texts:
    """AttributeMapping whole: users are named by what the type calls its subject. Raises InvalidParameter."""
    subject = KINDS[kind].subject
    mapping = {**(said or {})}
    known = {attribute.name for attribute in pool.schema} - _NOT_MAPPED | {USERNAME}
    strange = [name for name in mapping if name not in known]
    if strange:
        raise InvalidParameter(f"AttributeMapping contains invalid mapping: [{', '.join(strange)}]")
    return mapping if USERNAME in mapping or not subject else mapping | {USERNAME: subject}


def check_acr(kind: str, said: Mapping[str, str] | None) -> None:
    """Raises InvalidParameter for levels of a provider that has none."""
    if said and kind != OIDC:
        raise InvalidParameter("AcrMapping is supported for OIDC identity providers only.")


def _check_method(said: str) -> None:
    if said not in _METHODS:
        raise InvalidParameter(
            f"1 validation error detected: Value '{said}' at 'attributes_request_method' failed to satisfy "
            f"constraint: Member must satisfy enum value set: [{', '.join(_METHODS)}]"
        )
