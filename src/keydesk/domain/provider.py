"""An identity provider of a pool: what is kept of it, and what each type needs and shows beside what was said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import msgspec

APPLE: Final = "SignInWithApple"
OIDC: Final = "OIDC"
SAML: Final = "SAML"
LOCAL: Final = "COGNITO"  # the pool itself, among the providers that a client may name
ENCRYPTION_CERTIFICATE: Final = "ActiveEncryptionCertificate"  # for what a SAML provider encrypts; made here
URLS: Final = ("authorize_url", "token_url", "attributes_url", "jwks_uri")  # an OpenID provider's endpoints


class Provider(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A provider as it is stored. `details` are all but those that are secret, which are in `sealed`."""

    pool: str
    name: str
    kind: str  # the published ProviderType
    details: dict[str, str]
    sealed: dict[str, bytes] = {}
    encryption: bytes = b""  # the sealed key of a SAML provider's certificate
    mapping: dict[str, str] = {}  # the pool's attribute to the provider's
    identifiers: tuple[str, ...] = ()
    acr: dict[str, str] | None = None
    created: int = 0  # epoch milliseconds
    modified: int = 0


@dataclass(frozen=True, slots=True)
class Kind:
    """One type. `needs` are the details that must be said, `lacking` what is answered where one is not.

    `shown` are details that are added where they are not said; `subject` is the claim that users are named by.
    """

    needs: tuple[str, ...]
    lacking: str
    shown: Mapping[str, str] = field(default_factory=dict)
    subject: str = "sub"
    secret: tuple[str, ...] = ("client_secret",)
    hidden: tuple[str, ...] = ()  # secrets that are never told again


_SOCIAL: Final = ("client_id", "client_secret", "authorize_scopes")
_LACKS_SOCIAL: Final = "clientId, clientSecret and authorizeScopes are all required idp details."

KINDS: Final[Mapping[str, Kind]] = {
    "Google": Kind(
        _SOCIAL,
        _LACKS_SOCIAL,
        {
            "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
            "attributes_url_add_attributes": "true",
            "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
            "oidc_issuer": "https://accounts.google.com",
            "token_request_method": "POST",
            "token_url": "https://www.googleapis.com/oauth2/v4/token",
        },
    ),
    "Facebook": Kind(
        _SOCIAL,
        _LACKS_SOCIAL,
        {"attributes_url_add_attributes": "true", "token_request_method": "GET"},
        subject="id",
    ),
    "LoginWithAmazon": Kind(
        _SOCIAL,
        _LACKS_SOCIAL,
        {
            "attributes_url": "https://api.amazon.com/user/profile",
            "attributes_url_add_attributes": "false",
            "authorize_url": "https://www.amazon.com/ap/oa",
            "token_request_method": "POST",
            "token_url": "https://api.amazon.com/auth/o2/token",
        },
        subject="user_id",
    ),
    APPLE: Kind(
        ("client_id", "private_key", "team_id", "key_id"),
        "clientId, privateKey, teamId, and keyId are all required idp details.",
        {
            "attributes_url_add_attributes": "false",
            "authorize_url": "https://appleid.apple.com/auth/authorize",
            "oidc_issuer": "https://appleid.apple.com",
            "token_request_method": "POST",
            "token_url": "https://appleid.apple.com/auth/token",
        },
        secret=("private_key",),
        hidden=("private_key",),
    ),
    OIDC: Kind(
        ("client_id", "authorize_scopes", "oidc_issuer", "attributes_request_method"),
        "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.",
        {"attributes_url_add_attributes": "false"},
    ),
    SAML: Kind((), "", subject="", secret=()),
}
NAMED_BY_TYPE: Final = frozenset(KINDS) - {OIDC, SAML}  # of each of these a pool has one, called as its type


def facebook(version: str | None) -> dict[str, str]:
    """Facebook's endpoints, which hold the version of its API."""
    told = f"/{version}" if version else ""
    dated = told or "/v2.9"
    return {
        "attributes_url": f"https://graph.facebook.com{told}/me?fields=",
        "authorize_url": f"https://www.facebook.com{dated}/dialog/oauth",
        "token_url": f"https://graph.facebook.com{dated}/oauth/access_token",
    }
