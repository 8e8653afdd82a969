"""Somebody signed in who registers passkeys, in a pool of a test's own that allows them."""

from typing import Any

from tests.api.asking import refused
from tests.passkey_authenticator import Authenticator
from tests.serving import Pool, Serving

ALLOWED = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
INVALID = ("InvalidParameterException", "Credential data is not valid")


class Owner:
    """`ada` of her own pool, with an access token."""

    def __init__(self, server: Serving, policies: dict[str, Any] | None = None, **settings: Any) -> None:
        self.server = server
        self.pool = Pool(server, Policies=policies or ALLOWED, **settings)
        self.api = self.pool.api
        self.sub = self.pool.user("ada")
        self.token = self.pool.tokens()["AccessToken"]

    def configure(self, **said: str) -> None:
        """The pool's WebAuthnConfiguration."""
        self.api.set_user_pool_mfa_config(UserPoolId=self.pool.id, WebAuthnConfiguration=said)

    def start(self, token: str = "") -> dict[str, Any]:
        answer = self.api.start_web_authn_registration(AccessToken=token or self.token)
        return dict(answer["CredentialCreationOptions"])

    def complete(self, credential: Any, token: str = "") -> None:
        self.api.complete_web_authn_registration(AccessToken=token or self.token, Credential=credential)

    def register(self, token: str = "", **of: Any) -> Authenticator:
        """A passkey that the pool knows."""
        made = Authenticator(**of)
        self.complete(made.register(self.start(token)), token)
        return made

    def refused(self, credential: Any, token: str = "") -> tuple[str, str]:
        """Of CompleteWebAuthnRegistration."""
        complete = self.api.complete_web_authn_registration
        return refused(complete, AccessToken=token or self.token, Credential=credential)

    def listed(self, token: str = "", **more: Any) -> list[dict[str, Any]]:
        return list(self.api.list_web_authn_credentials(AccessToken=token or self.token, **more)["Credentials"])
