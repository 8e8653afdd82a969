"""A message of the AWS Encryption SDK under a key that is held here. Import it late: the library loads botocore.

Handlers open it with the same library and a KMS client: the data key in it is a CiphertextBlob of `kms_blob`.
"""

import secrets
from collections.abc import Mapping
from typing import Any

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import Algorithm, CommitmentPolicy
from aws_encryption_sdk.key_providers.base import MasterKey, MasterKeyConfig
from aws_encryption_sdk.structures import DataKey, EncryptedDataKey

from keydesk.crypto import kms_blob

PROVIDER = "aws-kms"


class _HeldKeyConfig(MasterKeyConfig):  # type: ignore[misc]  # the library has no types
    provider_id = PROVIDER

    def __init__(self, *, arn: str, key_id: str, material: bytes) -> None:
        super().__init__(key_id=arn)
        self.held_id, self.material = key_id, material


class _HeldKey(MasterKey):  # type: ignore[misc]
    """Wraps data keys as KMS would, without a call. It only encrypts."""

    provider_id = PROVIDER
    _config_class = _HeldKeyConfig

    def _generate_data_key(self, algorithm: Any, encryption_context: dict[str, str]) -> DataKey:
        plain = secrets.token_bytes(algorithm.kdf_input_len)
        return DataKey(self.key_provider, plain, self._wrapped(plain, encryption_context))

    def _encrypt_data_key(self, data_key: Any, algorithm: Any, encryption_context: dict[str, str]) -> EncryptedDataKey:
        return EncryptedDataKey(self.key_provider, self._wrapped(data_key.data_key, encryption_context))

    def _decrypt_data_key(self, encrypted_data_key: Any, algorithm: Any, encryption_context: dict[str, str]) -> DataKey:
        raise NotImplementedError("messages are opened by handlers, not here")

    def _wrapped(self, plain: bytes, context: Mapping[str, str]) -> bytes:
        return kms_blob.seal(self.config.material, self.config.held_id, plain, context)


def sealed(plain: bytes, arn: str, material: bytes, context: Mapping[str, str], *, committing: bool) -> bytes:
    """The message: signed, its one data key under the KMS key `arn`. Takes milliseconds: never on the loop.

    `committing` is with key commitment, which readers of every commitment policy take; without it, only those take it
    that allow such messages on decryption.
    """
    if committing:
        policy = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
        suite = Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384
    else:
        policy = CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
        suite = Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384
    client = aws_encryption_sdk.EncryptionSDKClient(commitment_policy=policy)
    key = _HeldKey(config=_HeldKeyConfig(arn=arn, key_id=arn.rpartition("/")[2], material=material))
    message, _ = client.encrypt(source=plain, key_provider=key, algorithm=suite, encryption_context=dict(context))
    return bytes(message)
