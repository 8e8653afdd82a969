"""The key-encryption key: data keys are kept wrapped under it, and it is never in the database in the clear."""

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from keydesk.crypto.seal import KEY_SIZE, SealBroken, derived

_NONCE_SIZE: Final = 12


class Kek:
    """256 bits that wrap data keys, each to its id and its pool. Held for the life of the process."""

    def __init__(self, key: bytes) -> None:
        """Raises ValueError for a key that is not of `KEY_SIZE` bytes."""
        if len(key) != KEY_SIZE:
            raise ValueError(f"a key-encryption key has {KEY_SIZE} bytes")
        self.key = key
        self.id = derived(key, "fingerprint")[:16].hex()  # tells keys apart, and gives nothing of the key away
        self._aes = AESGCM(derived(key, "wrap"))

    def wrap(self, key: bytes, id: bytes, pool: str) -> bytes:
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return nonce + self._aes.encrypt(nonce, key, id + pool.encode())

    def unwrap(self, wrapped: bytes, id: bytes, pool: str) -> bytes:
        """Raises SealBroken for what was changed, moved, or wrapped under another key."""
        try:
            return self._aes.decrypt(wrapped[:_NONCE_SIZE], wrapped[_NONCE_SIZE:], id + pool.encode())
        except (InvalidTag, ValueError) as broken:
            raise SealBroken from broken
