"""What keeps the database useless to a thief: sealing under data keys, and digests of codes and tokens.

A pool has data keys of its own, the server has some for the rest; all are random, and wrapped (`kek`) where they are
kept. The keys that do the work are derived from them, one for each purpose.
"""

import hmac
import secrets
import time
from collections.abc import Callable, Iterable
from hashlib import sha256, sha384
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

KEY_SIZE: Final = 32
ID_SIZE: Final = 8
ROOT: Final = bytes(ID_SIZE)  # the id of the server's first data key, which also makes the digests
_BY_ROOT: Final = b"\x01"  # sealed under the root: version, nonce, ciphertext
_BY_ID: Final = b"\x02"  # sealed under another data key: version, the key's id, nonce, ciphertext
FRESH: Final = 3600  # seconds for which it may be believed that a pool has no newer key
_NONCE_SIZE: Final = 12  # 96 random bits: good for 2^32 seals under one key (NIST SP 800-38D section 8.3)


class SealBroken(Exception):
    """The sealed bytes were changed, moved to another record, or made under a key that is not here."""


class DataKey(NamedTuple):
    """A data key in the clear, never to be logged. `pool` is empty for the server's own; the newest of a pool seals."""

    id: bytes
    pool: str
    key: bytes
    created: int  # epoch milliseconds

    @classmethod
    def generate(cls, pool: str, now: int) -> "DataKey":
        return cls(secrets.token_bytes(ID_SIZE), pool, secrets.token_bytes(KEY_SIZE), now)

    def seal(self, plain: bytes, where: str) -> bytes:
        """As a sealer does it that knows the key."""
        return _sealed(plain, where, self.id, _cipher(self.key))


Look = Callable[[bytes, str], Iterable[DataKey]]  # the data keys of this id and of this pool, and the server's


class Sealer:
    """Seals records with AES-256-GCM and makes keyed digests. Holds the data keys for the life of the process."""

    def __init__(self, root: bytes, look: Look = lambda id, pool: ()) -> None:
        """`root` is the server's first data key. `look` finds keys that others made meanwhile; it may take a moment.

        Raises ValueError for a key that is not of `KEY_SIZE` bytes.
        """
        if len(root) != KEY_SIZE:
            raise ValueError(f"a data key has {KEY_SIZE} bytes")
        self._look = look
        self._aes: dict[bytes, AESGCM] = {}
        self._pool: dict[bytes, str] = {}
        self._newest: dict[str, tuple[int, bytes]] = {}  # by pool: when it was made, and its id
        self._keyless: set[str] = set()  # pools for which was looked in vain
        self._refreshed = time.monotonic()
        self._code_key = derived(root, "code")
        self._refresh_key = derived(root, "refresh")
        self.learn([DataKey(ROOT, "", root, -1)])

    def refresh(self, keys: Iterable[DataKey]) -> None:
        """These are all the keys that there are now."""
        self._refreshed = time.monotonic()
        self._keyless.clear()
        self._newest = self._with(keys, {})

    def learn(self, keys: Iterable[DataKey]) -> None:
        """Open and seal with these, too."""
        self._newest = self._with(keys, self._newest)

    def forget(self, pool: str) -> None:
        """The pool is gone, with its keys and all that was sealed under them."""
        self._newest.pop(pool, None)
        for id in [id for id, whose in self._pool.items() if whose == pool]:
            del self._aes[id], self._pool[id]

    def seal(self, plain: bytes, where: str, pool: str) -> bytes:
        """For the database. `where` names the record: it opens only there. `pool`: whose it is; empty for no pool."""
        id = self.sealing(pool)
        return _sealed(plain, where, id, self._aes[id])

    def open(self, sealed: bytes, where: str) -> bytes:
        """What was sealed at this place; raises `SealBroken`, which says nothing of why. From the database only."""
        id, size = _id(sealed)
        if id not in self._aes:
            self.learn(self._look(id, ""))
        return self._opened(sealed, where, id, size)

    def again(self, sealed: bytes, where: str, pool: str) -> bytes:
        """The same under the newest key of the pool; unchanged where it is so already. Raises `SealBroken`."""
        return sealed if _id(sealed)[0] == self.sealing(pool) else self.seal(self.open(sealed, where), where, pool)

    def sealing(self, pool: str) -> bytes:
        """The id of the key that seals for the pool: its newest, or the server's where it has none.

        Whoever slept for a long time looks again: the key that was the newest may be gone since.
        """
        known = pool in self._newest or pool in self._keyless
        if not known or time.monotonic() - self._refreshed > FRESH:
            self.learn(self._look(ROOT, pool))
            if pool not in self._newest:
                self._keyless.add(pool)
        return (self._newest.get(pool) or self._newest[""])[1]

    def made(self, pool: str) -> int:
        """When the pool's newest key was made, in epoch milliseconds; 0 where it has none of its own."""
        return self._newest[pool][0] if pool in self._newest else 0

    def hand_out(self, plain: bytes, where: str) -> bytes:
        """Sealed for whoever will bring it back, under the root, which never changes."""
        return _sealed(plain, where, ROOT, self._aes[ROOT])

    def take_back(self, said: bytes, where: str) -> bytes:
        """What was handed out, from whoever says so: no key is looked for. Raises `SealBroken`."""
        return self._opened(said, where, *_id(said))

    def _with(self, keys: Iterable[DataKey], newest: dict[str, tuple[int, bytes]]) -> dict[str, tuple[int, bytes]]:
        newest = dict(newest)  # other threads read the present one
        for id, pool, key, created in keys:
            self._aes[id], self._pool[id] = _cipher(key), pool
            newest[pool] = max(newest.get(pool, (created, id)), (created, id))
            self._keyless.discard(pool)
        return newest

    def _opened(self, sealed: bytes, where: str, id: bytes, size: int) -> bytes:
        nonce = sealed[size : size + _NONCE_SIZE]
        if id not in self._aes or len(nonce) < _NONCE_SIZE:
            raise SealBroken
        try:
            return self._aes[id].decrypt(nonce, sealed[size + _NONCE_SIZE :], sealed[:size] + _place(where))
        except InvalidTag as broken:
            raise SealBroken from broken

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


def derived(key: bytes, purpose: str) -> bytes:
    """A key for one purpose."""
    return HKDFExpand(SHA256(), KEY_SIZE, f"keydesk {purpose} 1".encode()).derive(key)


def _cipher(key: bytes) -> AESGCM:
    return AESGCM(derived(key, "seal"))


def _sealed(plain: bytes, where: str, id: bytes, aes: AESGCM) -> bytes:
    nonce = secrets.token_bytes(_NONCE_SIZE)
    head = _BY_ROOT if id == ROOT else _BY_ID + id
    return head + nonce + aes.encrypt(nonce, plain, head + _place(where))


def _id(sealed: bytes) -> tuple[bytes, int]:
    """The id of the key that the bytes say they are sealed under, and where the nonce begins. Raises SealBroken."""
    if sealed[:1] == _BY_ROOT:
        return ROOT, 1
    if sealed[:1] == _BY_ID and len(sealed) > ID_SIZE:
        return sealed[1 : 1 + ID_SIZE], 1 + ID_SIZE
    raise SealBroken


def _place(where: str) -> bytes:
    return where.encode("utf-8", "surrogatepass")
