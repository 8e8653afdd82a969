"""A pool in which everything that can be sealed is sealed, and the ways to use each of it, which need it opened."""

import base64
from typing import Any

from tests.api.authenticator import code, set_up
from tests.api.importing import fed
from tests.api.providers_asked import openid
from tests.device_client import Device, prove
from tests.serving import PASSWORD, Pool, Serving

DEVICES = {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": False}
READS = "import os\ndef handler(event, context):\n    return os.environ['TOLD']\n"


class World:
    """Users ada (a password and a device) and grace (an authenticator app), a client with a secret, and the rest."""

    def __init__(self, server: Serving) -> None:
        self.pool = Pool(server, DeviceConfiguration=DEVICES)
        api = self.pool.api
        app = {"SoftwareTokenMfaConfiguration": {"Enabled": True}}
        api.set_user_pool_mfa_config(UserPoolId=self.pool.id, MfaConfiguration="OPTIONAL", **app)
        self.pool.user("ada")
        self.pool.user("grace")
        tokens = self.pool.tokens("ada")
        self.refresh = tokens["RefreshToken"]
        self.device = Device(tokens["NewDeviceMetadata"])
        self.device.confirm(self.pool, tokens["AccessToken"])
        token = self.pool.tokens("grace")["AccessToken"]
        self.secret = set_up(self.pool, token)
        preferred = {"Enabled": True, "PreferredMfa": True}
        api.set_user_mfa_preference(AccessToken=token, SoftwareTokenMfaSettings=preferred)
        kept = {"ClientName": "kept", "GenerateSecret": True}
        self.client = api.create_user_pool_client(UserPoolId=self.pool.id, **kept)["UserPoolClient"]
        openid(api, self.pool.id)
        api.get_signing_certificate(UserPoolId=self.pool.id)
        fed(self.pool, "cognito:username\nlinus\n")
        server.deploy(self.function, READS, Environment={"Variables": {"TOLD": "the variable"}})
        server.client("lambda").publish_version(FunctionName=self.function)
        kms = server.client("kms")
        self.key = kms.create_key()["KeyMetadata"]["KeyId"]
        self.blob = kms.encrypt(KeyId=self.key, Plaintext=b"plain")["CiphertextBlob"]

    @property
    def function(self) -> str:
        return f"reads-{self.pool.client}"

    def works(self, server: Serving) -> None:
        """All of it, at any server on the database; each time the clock is moved, so that an app shows another code."""
        self.pool.server, self.pool.api = server, server.client()
        server.clock.forward(seconds=90)
        said = {"USERNAME": "ada", "PASSWORD": PASSWORD, "DEVICE_KEY": self.device.key}
        assert prove(self.pool, self._begun(said), self.device)["AuthenticationResult"]
        asked = self._begun({"USERNAME": "grace", "PASSWORD": PASSWORD})
        self.answers(asked)
        again = {"REFRESH_TOKEN": self.refresh, "DEVICE_KEY": self.device.key}
        assert self._begun(again, "REFRESH_TOKEN_AUTH")["AuthenticationResult"]
        shown = self.pool.api.describe_user_pool_client(UserPoolId=self.pool.id, ClientId=self.client["ClientId"])
        assert shown["UserPoolClient"]["ClientSecret"] == self.client["ClientSecret"]
        told = self.pool.api.describe_identity_provider(UserPoolId=self.pool.id, ProviderName="Corporate")
        assert told["IdentityProvider"]["ProviderDetails"]["client_secret"] == "a secret"
        for qualifier in ("$LATEST", "1"):
            ran = server.client("lambda").invoke(FunctionName=self.function, Qualifier=qualifier)
            assert ran["Payload"].read() == b'"the variable"'
        assert server.client("kms").decrypt(CiphertextBlob=self.blob)["Plaintext"] == b"plain"

    def answers(self, asked: Any) -> None:
        """Grace says what her app shows."""
        said = {"USERNAME": "grace", "SOFTWARE_TOKEN_MFA_CODE": code(self.pool, self.secret)}
        done = self.pool.api.respond_to_auth_challenge(
            ClientId=self.pool.client,
            ChallengeName=asked["ChallengeName"],
            Session=asked["Session"],
            ChallengeResponses=said,
        )
        assert done["AuthenticationResult"]

    def _begun(self, said: dict[str, str], flow: str = "USER_PASSWORD_AUTH") -> Any:
        return self.pool.api.initiate_auth(ClientId=self.pool.client, AuthFlow=flow, AuthParameters=said)


def needles(id: bytes) -> tuple[bytes, bytes]:
    """How a value sealed under the key begins: as it is, and in a document, where bytes are in Base64."""
    start = b"\2" + id
    return start, base64.b64encode(start)
