"""USER_AUTH by WEB_AUTHN: a user with a passkey signs in without a password, and nobody else does."""

import base64
import hashlib
import hmac
import json
from typing import Any

import pytest
from tests.api.asking import refused
from tests.api.passkey_owner import Owner
from tests.passkey_authenticator import PRESENT, Authenticator, text
from tests.serving import Serving

REFUSED = ("NotAuthorizedException", "Incorrect username or password.")
FLOWS = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"]


class SignIn:
    """A user with one passkey, at the question."""

    def __init__(self, server: Serving, *, client: dict[str, Any] | None = None, **of: Any) -> None:
        self.owner = Owner(server)
        self.pool, self.api = self.owner.pool, self.owner.api
        self.key = self.owner.register(**of)
        self.pool.client = self.pool.new_client(ExplicitAuthFlows=FLOWS, **(client or {}))

    def begin(self, name: str = "ada", preferred: str = "WEB_AUTHN", **more: str) -> dict[str, Any]:
        said = {"USERNAME": name, **({"PREFERRED_CHALLENGE": preferred} if preferred else {}), **more}
        return dict(self.api.initiate_auth(ClientId=self.pool.client, AuthFlow="USER_AUTH", AuthParameters=said))

    def signed(self, asked: dict[str, Any], key: Authenticator | None = None, **wrong: Any) -> str:
        options = json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
        return json.dumps((key or self.key).sign(options, **wrong))

    def answered(self, asked: dict[str, Any], credential: str, **more: str) -> dict[str, Any]:
        return {
            "ClientId": self.pool.client,
            "ChallengeName": "WEB_AUTHN",
            "Session": asked["Session"],
            "ChallengeResponses": {"USERNAME": "ada", "CREDENTIAL": credential, **more},
        }

    def end(self, asked: dict[str, Any], credential: str, **more: str) -> dict[str, Any]:
        answer = self.api.respond_to_auth_challenge(**self.answered(asked, credential, **more))
        return dict(answer["AuthenticationResult"])

    def refused(self, asked: dict[str, Any], credential: str) -> tuple[str, str]:
        return refused(self.api.respond_to_auth_challenge, **self.answered(asked, credential))


def test_a_user_signs_in_by_passkey(server: Serving) -> None:
    at = SignIn(server)
    asked = at.begin()
    assert asked["ChallengeName"] == "WEB_AUTHN"
    options = json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    allowed = {"id": text(at.key.id), "type": "public-key", "transports": ["internal"]}
    assert (options["rpId"], options["allowCredentials"]) == ("localhost", [allowed])
    token = at.end(asked, at.signed(asked))["AccessToken"]
    assert at.api.get_user(AccessToken=token)["Username"] == "ada"
    assert len(at.owner.listed(token)) == 1


def test_a_passkey_is_chosen_from_what_is_available(server: Serving) -> None:
    at = SignIn(server)
    asked = at.begin(preferred="")
    assert asked["ChallengeName"] == "SELECT_CHALLENGE"
    assert "WEB_AUTHN" in asked["AvailableChallenges"]
    chosen = at.api.respond_to_auth_challenge(
        ClientId=at.pool.client,
        ChallengeName="SELECT_CHALLENGE",
        Session=asked["Session"],
        ChallengeResponses={"USERNAME": "ada", "ANSWER": "WEB_AUTHN"},
    )
    assert at.end(chosen, at.signed(chosen))["IdToken"]


def test_who_has_no_passkey_is_not_offered_one(server: Serving) -> None:
    at = SignIn(server)
    at.pool.user("eve")
    assert "WEB_AUTHN" not in at.begin("eve")["AvailableChallenges"]
    at.api.delete_web_authn_credential(AccessToken=at.owner.token, CredentialId=text(at.key.id))
    assert "WEB_AUTHN" not in at.begin()["AvailableChallenges"]


def test_a_question_is_answered_once(server: Serving) -> None:
    """PK-01: neither again under its Session, nor with its challenge under another."""
    at = SignIn(server, counts=False)
    asked = at.begin()
    credential = at.signed(asked)
    assert at.end(asked, credential)["AccessToken"]
    assert at.refused(asked, credential)[0] == "NotAuthorizedException"
    assert at.refused(at.begin(), credential) == REFUSED


def test_a_wrong_answer_signs_nobody_in(server: Serving) -> None:
    """PK-01, PK-02, PK-04."""
    at = SignIn(server)
    other = at.owner.register()
    stranger = Authenticator(handle=at.key.handle)
    at.pool.user("eve")
    eve = at.owner.register(at.pool.tokens("eve")["AccessToken"])
    for key, wrong in (
        (stranger, {}),
        (Authenticator(id=at.key.id, handle=at.key.handle), {}),
        (eve, {}),
        (eve, {"handle": at.key.handle}),
        (at.key, {"handle": eve.handle}),
        (at.key, {"challenge": text(bytes(32))}),
    ):
        asked = at.begin()
        assert at.refused(asked, at.signed(asked, key, **wrong)) == REFUSED
    asked = at.begin()
    at.key.origin = "https://example.org"
    assert at.refused(asked, at.signed(asked)) == REFUSED
    at.key.origin, at.key.count = other.origin, 50
    asked = at.begin()
    assert at.end(asked, at.signed(asked))["AccessToken"]
    asked, at.key.count = at.begin(), 49
    assert at.refused(asked, at.signed(asked)) == REFUSED, "the count stands still"
    asked = at.begin()
    assert at.end(asked, at.signed(asked, other))["AccessToken"], "any of the user's passkeys will do"


@pytest.mark.parametrize("credential", ["{", "[]", '{"id": 1}', "x" * 2000, '{"id":"AA","rawId":"AA","response":{}}'])
def test_what_is_no_credential_is_refused(server: Serving, credential: str) -> None:
    """PK-05."""
    at = SignIn(server)
    assert at.refused(at.begin(), credential) == REFUSED


def test_user_verification_is_demanded(server: Serving) -> None:
    """PK-03."""
    at = SignIn(server)
    at.owner.configure(UserVerification="required")
    asked = at.begin()
    assert json.loads(asked["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])["userVerification"] == "required"
    verified, at.key.flags = at.key.flags, PRESENT
    assert at.refused(asked, at.signed(asked)) == REFUSED
    asked, at.key.flags = at.begin(), verified
    assert at.end(asked, at.signed(asked))["AccessToken"]


def test_a_disabled_user_does_not_sign_in(server: Serving) -> None:
    at = SignIn(server)
    asked = at.begin()
    at.api.admin_disable_user(UserPoolId=at.pool.id, Username="ada")
    assert at.refused(asked, at.signed(asked))[0] == "NotAuthorizedException"


def test_a_client_with_a_secret_proves_it_each_time(server: Serving) -> None:
    at = SignIn(server, client={"GenerateSecret": True})
    client = at.api.describe_user_pool_client(UserPoolId=at.pool.id, ClientId=at.pool.client)["UserPoolClient"]
    digest = hmac.digest(client["ClientSecret"].encode(), b"ada" + at.pool.client.encode(), hashlib.sha256)
    proof = base64.b64encode(digest).decode()
    asked = at.begin(SECRET_HASH=proof)
    assert at.end(asked, at.signed(asked), SECRET_HASH=proof)["AccessToken"]
    asked = at.begin(SECRET_HASH=proof)
    assert at.refused(asked, at.signed(asked))[0] == "NotAuthorizedException"


def test_an_administrator_passes_the_answer_on(server: Serving) -> None:
    at = SignIn(server)
    asked = at.api.admin_initiate_auth(
        UserPoolId=at.pool.id,
        ClientId=at.pool.client,
        AuthFlow="USER_AUTH",
        AuthParameters={"USERNAME": "ada", "PREFERRED_CHALLENGE": "WEB_AUTHN"},
    )
    answer = at.answered(asked, at.signed(asked))
    assert at.api.admin_respond_to_auth_challenge(UserPoolId=at.pool.id, **answer)["AuthenticationResult"]


def test_a_passkey_stands_for_two_factors_where_pool_and_user_say_so(server: Serving) -> None:
    """PK-03."""
    at = SignIn(server)
    at.api.set_user_pool_mfa_config(
        UserPoolId=at.pool.id,
        MfaConfiguration="ON",
        EmailMfaConfiguration={"Message": "Your code: {####}", "Subject": "Your code"},
        WebAuthnConfiguration={"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"},
    )
    assert "WEB_AUTHN" not in at.begin()["AvailableChallenges"]  # the user has not switched it on
    mail = [{"Name": "email", "Value": "ada@example.com"}]
    whose = {"UserPoolId": at.pool.id, "Username": "ada"}
    at.api.admin_update_user_attributes(UserAttributes=mail, **whose)
    at.api.admin_set_user_mfa_preference(
        EmailMfaSettings={"Enabled": True}, WebAuthnMfaSettings={"Enabled": True}, **whose
    )
    asked = at.begin()
    assert at.end(asked, at.signed(asked))["AccessToken"]
    asked, at.key.flags = at.begin(), PRESENT
    assert at.refused(asked, at.signed(asked)) == REFUSED
