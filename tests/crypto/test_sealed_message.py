"""Messages of the AWS Encryption SDK, read by the library itself with nothing but the blob's key."""

from typing import Any

import pytest
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.exceptions import AWSEncryptionSDKClientError, DecryptKeyError
from aws_encryption_sdk.identifiers import Algorithm
from aws_encryption_sdk.key_providers.base import MasterKey, MasterKeyConfig
from aws_encryption_sdk.structures import DataKey

from keydesk.crypto import kms_blob
from keydesk.crypto.sealed_message import sealed

MATERIAL = bytes(range(32))
ARN = "arn:aws:kms:us-east-1:000000000000:key/11111111-2222-3333-4444-555555555555"
CONTEXT = {"userpool-id": "us-east-1_abc"}
LENIENT = CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT
STRICT = CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT


class _ReadConfig(MasterKeyConfig):  # type: ignore[misc]
    provider_id = "aws-kms"


class _ReadKey(MasterKey):  # type: ignore[misc]
    """What KMS does for a reader, and only that."""

    provider_id = "aws-kms"
    _config_class = _ReadConfig

    def _generate_data_key(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError

    def _encrypt_data_key(self, *_: Any, **__: Any) -> Any:
        raise NotImplementedError

    def _decrypt_data_key(self, encrypted_data_key: Any, algorithm: Any, encryption_context: dict[str, str]) -> Any:
        blob = encrypted_data_key.encrypted_data_key
        try:
            return DataKey(self.key_provider, kms_blob.open_blob(MATERIAL, blob, encryption_context), blob)
        except kms_blob.BlobBroken as broken:
            raise DecryptKeyError from broken


def read(message: bytes, policy: CommitmentPolicy, arn: str = ARN) -> tuple[bytes, Any]:
    key = _ReadKey(key_id=arn)
    plain, header = EncryptionSDKClient(commitment_policy=policy).decrypt(source=message, key_provider=key)
    return plain, header


def opens(message: bytes) -> bool:
    """Whether anything comes out; what stands in the way is of many kinds, for the first bytes decide the rest."""
    try:
        read(message, STRICT)
    except Exception:
        return False
    return True


@pytest.mark.parametrize(
    ("committing", "policy", "suite"),
    [
        (True, STRICT, Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384),
        (True, LENIENT, Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384),
        (False, LENIENT, Algorithm.AES_256_GCM_IV12_TAG16_HKDF_SHA384_ECDSA_P384),
    ],
)
def test_it_is_read(committing: bool, policy: CommitmentPolicy, suite: Algorithm) -> None:
    plain, header = read(sealed(b"049213", ARN, MATERIAL, CONTEXT, committing=committing), policy)
    assert (plain, header.algorithm) == (b"049213", suite)
    assert header.encryption_context.items() > CONTEXT.items()
    assert header.encryption_context.keys() - CONTEXT == {"aws-crypto-public-key"}


def test_without_commitment_a_strict_reader_refuses() -> None:
    with pytest.raises(AWSEncryptionSDKClientError):
        read(sealed(b"049213", ARN, MATERIAL, CONTEXT, committing=False), STRICT)


def test_no_byte_can_be_changed_and_no_other_key_will_do() -> None:
    message = sealed(b"049213", ARN, MATERIAL, CONTEXT, committing=True)
    for at in range(0, len(message), 23):
        assert not opens(bytes([*message[:at], message[at] ^ 1, *message[at + 1 :]]))
    assert opens(message)
    with pytest.raises(AWSEncryptionSDKClientError):
        read(message, STRICT, ARN.replace("1", "2"))
    with pytest.raises(AWSEncryptionSDKClientError):
        read(sealed(b"049213", ARN, bytes(32), CONTEXT, committing=True), STRICT)


def test_the_key_does_not_show() -> None:
    message = sealed(b"049213", ARN, MATERIAL, CONTEXT, committing=True)
    assert MATERIAL not in message
    assert b"049213" not in message
