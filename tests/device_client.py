"""A client's half of Cognito's device SRP, on Python's own numbers: a password for the device, and proofs of it."""

import base64
import hashlib
import secrets
from typing import Any

from tests.serving import Pool
from tests.srp_client import Client, G, N, digits, number

DEVICE_SRP_AUTH = "DEVICE_SRP_AUTH"
DEVICE_PASSWORD_VERIFIER = "DEVICE_PASSWORD_VERIFIER"


class Device:
    """A device that was handed a key. `group` stands where a pool's name stands for a user."""

    def __init__(self, metadata: dict[str, str], password: str = "") -> None:
        self.key, self.group = metadata["DeviceKey"], metadata["DeviceGroupKey"]
        self.password = password or secrets.token_urlsafe(40)

    def verifier(self) -> dict[str, str]:
        """DeviceSecretVerifierConfig."""
        salt = 1 << 127 | secrets.randbits(127)
        secret = number(digits(salt), self._identity())
        encoded = {"PasswordVerifier": pow(G, secret, N), "Salt": salt}
        return {name: base64.b64encode(digits(value)).decode() for name, value in encoded.items()}

    def confirm(self, pool: Pool, token: str, **more: Any) -> bool:
        made = pool.api.confirm_device(
            AccessToken=token, DeviceKey=self.key, DeviceSecretVerifierConfig=self.verifier(), **more
        )
        return bool(made["UserConfirmationNecessary"])

    def exchange(self) -> Client:
        """The SRP client of one sign-in."""
        return Client("_" + self.group, self.password)

    def _identity(self) -> bytes:
        return hashlib.sha256(f"{self.group}{self.key}:{self.password}".encode()).digest()


def prove(pool: Pool, asked: dict[str, Any], device: Device, name: str = "ada", **instead: str) -> Any:
    """Both answers of device authentication: what the last call gives."""
    client = device.exchange()
    said = {"USERNAME": name, "DEVICE_KEY": device.key, "SRP_A": f"{client.public:x}"}
    asked = pool.api.respond_to_auth_challenge(
        ClientId=pool.client, ChallengeName=DEVICE_SRP_AUTH, Session=asked["Session"], ChallengeResponses=said
    )
    told = asked["ChallengeParameters"] | {"USER_ID_FOR_SRP": device.key}
    answer = client.answer(told, pool.server.clock() / 1000) | {"USERNAME": name, "DEVICE_KEY": device.key} | instead
    return pool.api.respond_to_auth_challenge(
        ClientId=pool.client,
        ChallengeName=DEVICE_PASSWORD_VERIFIER,
        Session=asked["Session"],
        ChallengeResponses=answer,
    )
