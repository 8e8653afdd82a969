"""What tests of identity providers ask for: details of each type, and providers of a pool."""

from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

URLS = {
    "attributes_url": "https://idp.example.com/userinfo",
    "authorize_url": "https://idp.example.com/authorize",
    "jwks_uri": "https://idp.example.com/jwks",
    "token_url": "https://idp.example.com/token",
}
SOCIAL = {"client_id": "an id", "client_secret": "a secret", "authorize_scopes": "email"}
OPENID = {
    "client_id": "an id",
    "client_secret": "a secret",
    "authorize_scopes": "openid email",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://idp.example.com",
    **URLS,
}


def google(cognito: Any, pool_id: str, **more: Any) -> dict[str, Any]:
    """A provider of the type Google, as CreateIdentityProvider tells it."""
    asked = {"ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": SOCIAL} | more
    return dict(cognito.create_identity_provider(UserPoolId=pool_id, **asked)["IdentityProvider"])


def openid(cognito: Any, pool_id: str, name: str = "Corporate", **more: Any) -> dict[str, Any]:
    """A provider of the type OIDC, as CreateIdentityProvider tells it."""
    asked = {"ProviderName": name, "ProviderType": "OIDC", "ProviderDetails": OPENID} | more
    return dict(cognito.create_identity_provider(UserPoolId=pool_id, **asked)["IdentityProvider"])


def apple_key() -> str:
    """A private key as Apple hands it out: PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
