"""AWS KMS, or any service that speaks its API, as the keeper of the key-encryption key.

The database holds what the service made of the key; to open it takes the service and the right to ask it. Botocore is
loaded at the first use only.
"""

import re
from typing import Any, Final, Self

from keydesk.crypto.key_file import KeyRefused

CONTEXT: Final = {"keydesk": "key-encryption key"}  # bound to the ciphertext, and shown in the service's own log
WITHIN: Final = 5  # seconds to connect, and to wait for an answer
TRIES: Final = 3
_REGION: Final = re.compile(r"arn:[\w-]+:kms:(?P<region>[\w-]+):")


class KeyService:
    """One key of the service, by ARN, id or alias. Blocks."""

    def __init__(self, key: str, endpoint: str, region: str) -> None:
        """`endpoint` empty: Amazon's own. `region` counts where the key's name says none."""
        self.key = key
        self._endpoint = endpoint
        said = _REGION.match(key)
        self.region = said["region"] if said else region

    @property
    def said(self) -> str:
        """As the setting `kms_key` says it."""
        return "@".join(filter(None, (self.key, self._endpoint)))

    @classmethod
    def named(cls, said: str, region: str) -> Self:
        """As the setting `kms_key` says it: the key, and `@` with an address behind it where that is not Amazon's."""
        key, _, endpoint = said.partition("@")
        return cls(key, endpoint, region)

    def encrypt(self, plain: bytes) -> bytes:
        """Raises KeyRefused."""
        answer = self._ask("encrypt", KeyId=self.key, Plaintext=plain, EncryptionContext=CONTEXT)
        return bytes(answer["CiphertextBlob"])

    def decrypt(self, blob: bytes) -> bytes:
        """Raises KeyRefused."""
        answer = self._ask("decrypt", KeyId=self.key, CiphertextBlob=blob, EncryptionContext=CONTEXT)
        return bytes(answer["Plaintext"])

    def _ask(self, operation: str, **said: Any) -> dict[str, Any]:
        from botocore.config import Config
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.session import Session

        settings: Any = {
            "connect_timeout": WITHIN,
            "read_timeout": WITHIN,
            "retries": {"total_max_attempts": TRIES, "mode": "standard"},
            "ignore_configured_endpoint_urls": True,  # those lead developers' tools here, to this server
        }
        try:
            client = Session().create_client(
                "kms", region_name=self.region, endpoint_url=self._endpoint or None, config=Config(**settings)
            )
            answer: dict[str, Any] = getattr(client, operation)(**said)
        except (BotoCoreError, ClientError, ValueError) as fault:
            raise KeyRefused(f"kms_key {self.key}: {fault}") from None
        return answer
