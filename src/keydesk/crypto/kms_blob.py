"""The CiphertextBlob of the Key Management Service that is served here: AES-256-GCM, opened without being told the key.

The form is this server's own: version, the key's id, salt, ciphertext with its tag. Every blob has a key and a nonce of
its own, derived from the key's material and the salt, so no number of blobs wears a key out.
"""

import secrets
import uuid
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

MATERIAL_SIZE = 32
_VERSION = b"K"  # neither a message of the Encryption SDK nor a blob of Amazon's begins so
_ID_SIZE = 16
_SALT_SIZE = 32
_TAG_SIZE = 16
_NONCE_SIZE = 12
_HEAD_SIZE = len(_VERSION) + _ID_SIZE + _SALT_SIZE


class BlobBroken(Exception):
    """The blob was changed, is none of this server's, or belongs to another key or encryption context."""


def seal(material: bytes, key_id: str, plain: bytes, context: Mapping[str, str]) -> bytes:
    """The blob for `plain` under the key; it opens with the same encryption context only. `key_id` is a UUID."""
    head = _VERSION + uuid.UUID(key_id).bytes + secrets.token_bytes(_SALT_SIZE)
    key, nonce = _derived(material, head)
    return head + AESGCM(key).encrypt(nonce, plain, head + _canonical(context))


def key_id(blob: bytes) -> str:
    """The id of the key that the blob says it was made under; nothing is proven yet. Raises BlobBroken."""
    if len(blob) < _HEAD_SIZE + _TAG_SIZE or blob[:1] != _VERSION:
        raise BlobBroken
    return str(uuid.UUID(bytes=blob[1 : 1 + _ID_SIZE]))


def open_blob(material: bytes, blob: bytes, context: Mapping[str, str]) -> bytes:
    """What was sealed. Raises BlobBroken, which says nothing of why."""
    head = blob[:_HEAD_SIZE]
    key, nonce = _derived(material, head)
    try:
        return AESGCM(key).decrypt(nonce, blob[_HEAD_SIZE:], head + _canonical(context))
    except InvalidTag as broken:
        raise BlobBroken from broken


def _derived(material: bytes, head: bytes) -> tuple[bytes, bytes]:
    both = HKDFExpand(SHA256(), MATERIAL_SIZE + _NONCE_SIZE, b"keydesk kms 1" + head).derive(material)
    return both[:MATERIAL_SIZE], both[MATERIAL_SIZE:]


def _canonical(context: Mapping[str, str]) -> bytes:
    """One row of bytes for each context, whatever the order of its pairs: each text behind its length."""
    texts = (text.encode("utf-8", "surrogatepass") for pair in sorted(context.items()) for text in pair)
    return b"".join(len(text).to_bytes(4, "big") + text for text in texts)
