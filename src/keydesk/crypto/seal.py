"""What keeps the database useless to a thief: sealing with a key that is never in it, and digests of codes and tokens.

One 256-bit key is read from a file; the keys that do the work are derived from it, one for each purpose.
"""

import hmac
import secrets
from hashlib import sha256, sha384

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_SIZE = 32
_VERSION = b"\x01"
_NONCE_SIZE = 12  # 96 random bits: good for 2^32 seals under one key (NIST SP 800-38D section 8.3)


class SealBroken(Exception):
    """The sealed bytes were changed, moved to another record, or made under another key."""


class Sealer:
    """Seals records with AES-256-GCM and makes keyed digests. Holds the key for the life of the process."""

    def __init__(self, key: bytes) -> None:
        """`key` is `KEY_SIZE` random bytes; raises ValueError otherwise."""
        if len(key) != KEY_SIZE:
            raise ValueError(f"a sealing key has {KEY_SIZE} bytes")
        self._aes = AESGCM(_derived(key, "seal"))
        self._code_key = _derived(key, "code")
        self._refresh_key = _derived(key, "refresh")
        self._fingerprint = _derived(key, "fingerprint")[:16].hex()

    def seal(self, plain: bytes, where: str) -> bytes:
        """Version, nonce and ciphertext. `where` names the record (table, column and id): it opens only there."""
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return _VERSION + nonce + self._aes.encrypt(nonce, plain, _VERSION + _place(where))

    def open(self, sealed: bytes, where: str) -> bytes:
        """What was sealed at this place; raises `SealBroken`, which says nothing of why."""
        nonce, ciphertext = sealed[1 : 1 + _NONCE_SIZE], sealed[1 + _NONCE_SIZE :]
        if sealed[:1] != _VERSION or len(nonce) < _NONCE_SIZE:
            raise SealBroken
        try:
            return self._aes.decrypt(nonce, ciphertext, _VERSION + _place(where))
        except InvalidTag as broken:
            raise SealBroken from broken

    def fingerprint(self) -> str:
        """32 hex digits that tell keys apart and give nothing of the key away; for the store to refuse a wrong key."""
        return self._fingerprint

    def successor(self, token: str, where: str) -> bytes:
        """48 bytes that follow a refresh token: for who has no key they are random, and each time they are the same.

        So a retry is given what the lost answer held, and nothing but digests is kept.
        """
        place = _place(where)
        message = len(place).to_bytes(8, "big") + place + token.encode("utf-8", "surrogatepass")
        return hmac.digest(self._refresh_key, message, sha384)

    def code_digest(self, code: str, where: str) -> bytes:
        """A keyed digest for a short code: six digits would be guessed from a plain hash.

        `where` binds the code to its user, purpose and value. Compare with `same`.
        """
        place = _place(where)
        message = len(place).to_bytes(8, "big") + place + code.encode("utf-8", "surrogatepass")
        return hmac.digest(self._code_key, message, sha256)


def token_digest(token: str) -> bytes:
    """The digest under which a token of 128 or more random bits is kept; such need no key and no salt."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()


def same(one: bytes, other: bytes) -> bool:
    """Equality in a time that does not tell where the two differ."""
    return hmac.compare_digest(one, other)


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDFExpand(SHA256(), KEY_SIZE, f"keydesk {purpose} 1".encode()).derive(key)


def _place(where: str) -> bytes:
    return where.encode("utf-8", "surrogatepass")
