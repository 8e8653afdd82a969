"""Secrets on their way to another server: sealed under a passphrase, in a form that is published (docs/export.md)."""

import secrets
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from keydesk.crypto.seal import KEY_SIZE, SealBroken

SHORTEST: Final = 12  # characters of a passphrase
COST: Final = {"n": 2**16, "r": 8, "p": 1}  # of scrypt (RFC 7914): 64 MiB and a fifth of a second for each guess
_CHECK: Final = b"keydesk"  # what is sealed so that a wrong passphrase is told at once
_NONCE_SIZE: Final = 12
_MOST: Final = 2**20  # a file from elsewhere may not ask for more than a gigabyte


class Parcel:
    """Seals with AES-256-GCM; the place of what is sealed is its associated data."""

    def __init__(self, passphrase: str, said: dict[str, Any] | None = None) -> None:
        """Takes 64 MiB and a fifth of a second. `said` is what another one `told`; raises SealBroken where this is not
        its passphrase, or it is not of this form."""
        self._salt = bytes.fromhex(said["salt"]) if said else secrets.token_bytes(16)
        cost = {name: int(said[name]) for name in COST} if said else COST
        if cost["n"] * cost["r"] > _MOST * COST["r"] or cost["p"] > 16:
            raise SealBroken
        self._cost = cost
        self._aes = AESGCM(Scrypt(salt=self._salt, length=KEY_SIZE, **cost).derive(passphrase.encode()))
        if said and self.open(bytes.fromhex(said["check"]), "check") != _CHECK:
            raise SealBroken

    def told(self) -> dict[str, Any]:
        """What whoever opens it needs beside the passphrase."""
        check = self.seal(_CHECK, "check").hex()
        return {"kdf": "scrypt", "salt": self._salt.hex(), **self._cost, "cipher": "AES-256-GCM", "check": check}

    def seal(self, plain: bytes, where: str) -> bytes:
        """Nonce and ciphertext."""
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return nonce + self._aes.encrypt(nonce, plain, where.encode("utf-8", "surrogatepass"))

    def open(self, sealed: bytes, where: str) -> bytes:
        """Raises SealBroken."""
        try:
            nonce, ciphertext = sealed[:_NONCE_SIZE], sealed[_NONCE_SIZE:]
            return self._aes.decrypt(nonce, ciphertext, where.encode("utf-8", "surrogatepass"))
        except (InvalidTag, ValueError) as broken:
            raise SealBroken from broken
