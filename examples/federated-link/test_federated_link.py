"""Who comes from an outside provider is linked to who is there already; who must not be, is not."""

import json
from pathlib import Path
from typing import Any

import pytest

from keydesk.testing.keydesk import Keydesk

HERE = Path(__file__).parent
HANDLER = HERE / "functions" / "pre_sign_up.py"
ADDRESS = "ada@example.com"


class Pool:
    """The pool of a test: it knows Google and a provider of the company's own, and runs the function."""

    def __init__(self, keydesk: Keydesk, **variables: str) -> None:
        self.keydesk = keydesk
        for name, kind, details in (
            ("Google", "Google", {"client_id": "1", "client_secret": "2", "authorize_scopes": "openid email"}),
            (
                "Corporate",
                "OIDC",
                {
                    "client_id": "1",
                    "client_secret": "2",
                    "attributes_request_method": "GET",
                    "oidc_issuer": "https://id.example.com",
                    "authorize_scopes": "openid email",
                    "authorize_url": "https://id.example.com/authorize",
                    "token_url": "https://id.example.com/token",
                    "attributes_url": "https://id.example.com/userinfo",
                    "jwks_uri": "https://id.example.com/keys",
                },
            ),
        ):
            keydesk.api.create_identity_provider(
                UserPoolId=keydesk.pool_id,
                ProviderName=name,
                ProviderType=kind,
                ProviderDetails=details,
                AttributeMapping={"email": "email"},
            )
        known = {"COGNITO_SECONDS": "4"}  # patience on a busy machine
        self.arn = keydesk.trigger("pre_sign_up", HANDLER, timeout=5, environment=known | variables)

    def arrives(self, name: str, email: str = ADDRESS) -> dict[str, Any]:
        """The function is sent what a first sign-in at a provider sends, and really asks and changes this server."""
        event = json.loads((HERE / "event.json").read_bytes()) | {"userPoolId": self.keydesk.pool_id, "userName": name}
        event["request"]["userAttributes"]["email"] = email
        said = self.keydesk.client("lambda").invoke(FunctionName=self.arn, Payload=json.dumps(event))
        answer = json.loads(said["Payload"].read())
        assert "FunctionError" not in said, answer
        return dict(answer)

    def linked(self, name: str = "ada") -> list[tuple[str, str]]:
        """What the user is linked to: provider and subject."""
        user = self.keydesk.api.admin_get_user(UserPoolId=self.keydesk.pool_id, Username=name)
        told = {one["Name"]: one["Value"] for one in user["UserAttributes"]}.get("identities", "[]")
        return [(one["providerName"], one["userId"]) for one in json.loads(told)]


def test_the_owner_of_the_address_is_linked(keydesk: Keydesk) -> None:
    """T-109: by the function, while the newcomer is to be made. They stay one user, with the same password and sub."""
    pool = Pool(keydesk)
    sub = keydesk.user("ada", email=ADDRESS, email_verified="true")
    keydesk.user("eve", email="eve@example.com", email_verified="true")
    assert pool.arrives("Google_1234")["userName"] == "Google_1234"
    assert (pool.linked(), pool.linked("eve")) == ([("Google", "1234")], [])
    user = keydesk.api.admin_get_user(UserPoolId=keydesk.pool_id, Username="ada")
    assert user["UserStatus"] == "CONFIRMED"
    assert {"Name": "sub", "Value": sub} in user["UserAttributes"]
    assert keydesk.sign_in("ada")["AuthenticationResult"]
    assert len(keydesk.api.list_users(UserPoolId=keydesk.pool_id)["Users"]) == 2


def test_a_provider_may_be_spelled_in_small_letters(keydesk: Keydesk) -> None:
    pool = Pool(keydesk, TRUSTED_PROVIDERS="Google, corporate")
    keydesk.user("ada", email=ADDRESS, email_verified="true")
    pool.arrives("google_1234")
    pool.arrives("corporate_a_b")
    assert pool.linked() == [("Google", "1234"), ("Corporate", "a_b")]


@pytest.mark.parametrize("why", ["unverified", "untrusted", "nobody", "no address", "two"])
def test_who_is_not_linked(keydesk: Keydesk, why: str) -> None:
    """An address that its owner never proved, a provider whose word is not taken, and where nobody can tell who."""
    pool = Pool(keydesk)
    keydesk.user("ada", email=ADDRESS, email_verified="false" if why == "unverified" else "true")
    if why == "two":
        keydesk.user("bob", email=ADDRESS, email_verified="true")
    email = {"nobody": 'x" or email ^= "', "no address": ""}.get(why, ADDRESS)
    pool.arrives("Corporate_1234" if why == "untrusted" else "Google_1234", email)
    assert pool.linked() == []


def test_a_sign_up_with_a_password_is_left_alone(keydesk: Keydesk) -> None:
    pool = Pool(keydesk)
    keydesk.user("ada", email=ADDRESS, email_verified="true")
    assert not keydesk.sign_up("Google_1234", email=ADDRESS)["UserConfirmed"]
    assert pool.linked() == []
