"""The rack where the data keys hang: opened at the start, and looked at again when one turns up that is not on it.

Another server may add keys at any time. A key is stored before anything is sealed under it, so who meets a value whose
key is unknown looks in the database, at once and on the loop: it happens once for each new key and server.
"""

import asyncio
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol, Self

import structlog

from keydesk.crypto.kek import Kek
from keydesk.crypto.key_file import KeyRefused, load_or_make_key
from keydesk.crypto.kms import KeyService
from keydesk.crypto.seal import KEY_SIZE, ROOT, DataKey, Sealer
from keydesk.domain import places
from keydesk.settings import Settings
from keydesk.store import data_keys, facts
from keydesk.store.data_keys import Row
from keydesk.store.store import Store

log = structlog.get_logger("keydesk.keys")

_FORMER: Final = "former"  # to what a key-encryption key is wrapped, in place of a pool
BEFORE: Final = 0  # when the root was made that is an older database's only key


class Keeper(Protocol):
    """Where the key-encryption key is kept. Its text is for people."""

    async def kek(self, store: Store, *, founded: bool) -> Kek:
        """The key; a new one where the database is not `founded` yet. Raises KeyRefused."""

    def again(self) -> Kek | None:
        """The key as it is kept now, if that may have changed; blocks. Raises KeyRefused."""


@dataclass(frozen=True, slots=True)
class KeyFile:
    """A file that is its owner's alone."""

    path: Path

    async def kek(self, store: Store, *, founded: bool) -> Kek:
        return Kek(await asyncio.to_thread(load_or_make_key, self.path, data_exists=founded))

    def again(self) -> Kek | None:
        return Kek(load_or_make_key(self.path, data_exists=True))

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class HeldByService:
    """A key management service: the database holds the key as the service encrypted it."""

    service: KeyService

    async def kek(self, store: Store, *, founded: bool) -> Kek:
        held = await store.read(facts.value, self.fact)
        if held is None:
            if founded:
                raise KeyRefused(
                    f"kms_key {self.service.key}: the data keys of this database are not wrapped for it. "
                    f"Set the key that is in use, and run: keydesk keys rewrap --kms-key {self.service.said}"
                )
            held = await store.write(facts.claim, self.fact, await self.made())
        try:
            return Kek(await asyncio.to_thread(self.service.decrypt, b64decode(held)))
        except ValueError as fault:
            raise KeyRefused(f"kms_key {self.service.key}: {fault}") from None

    async def made(self) -> str:
        """A new key, as the service encrypts it. Raises KeyRefused."""
        blob = await asyncio.to_thread(self.service.encrypt, secrets.token_bytes(KEY_SIZE))
        return b64encode(blob).decode()

    @property
    def fact(self) -> str:
        """Under which the database holds it."""
        return f"{facts.KEK}in {self.service.key}"

    def again(self) -> Kek | None:
        return None

    def __str__(self) -> str:
        return f"kms_key {self.service.key}"


def keeper(settings: Settings) -> Keeper:
    """As the settings say."""
    if said := settings["kms_key"]:
        return HeldByService(KeyService.named(said, settings["region"]))
    return KeyFile(Path(settings["key_file"] or Path(settings["data"]).absolute() / "sealing.key"))


class Rack:
    """The data keys of one database, and the key-encryption key that opens them here."""

    def __init__(self, store: Store, kept: Keeper, kek: Kek, rows: Iterable[Row]) -> None:
        """`rows` are all that `kek` wraps, the root among them. Raises SealBroken."""
        self.store = store
        self.keeper = kept
        self.kek = kek
        self.formers: list[Kek] = []  # whose place `kek` took; servers that know no other may still run
        opened = [_opened(kek, row) for row in rows]
        self.root = next(key for key in opened if key.id == ROOT)
        self.sealer = Sealer(self.root.key, self._look)
        self.sealer.learn(opened)

    @classmethod
    async def open(cls, store: Store, kept: Keeper, clock: Callable[[], int]) -> Self:
        """The rack of the database, which is founded where it is empty.

        Raises KeyRefused for a key that is not the database's own: it is never replaced (SE-06).
        """
        known = await store.read(facts.value, facts.SEAL)
        kek = await kept.kek(store, founded=known is not None)
        root = DataKey(ROOT, places.SERVER, secrets.token_bytes(KEY_SIZE), clock())
        if known is not None:  # where nothing is wrapped yet, all was sealed with the key in the file itself
            root = DataKey(ROOT, places.SERVER, kek.key, BEFORE)
        rows = await store.write(data_keys.found, _wrapped(kek, root))
        if not rows:
            raise KeyRefused(f"{kept}: this is not the key that the database is sealed with. Put the right one back.")
        rack = cls(store, kept, kek, rows)
        await rack.refresh()
        return rack

    @property
    def as_before(self) -> bool:
        """Whether the database is sealed as it was before there were data keys: until its first rotation.

        Until then servers from before, which may run beside, can read everything.
        """
        return self.root.created == BEFORE and self.sealer.sealing(places.SERVER) == ROOT

    def wrapped(self, key: DataKey) -> list[Row]:
        """How a data key is stored. Only then may the sealer learn it."""
        return [_wrapped(kek, key) for kek in (self.kek, *self.formers)]

    async def refresh(self) -> None:
        """Learn what other servers have added, and that the key-encryption key was replaced."""
        if now := await asyncio.to_thread(self._kept_now):
            await self._adopt(now)
        await self._mend()
        rows = await self.store.read(data_keys.under, self.kek.id)
        self.sealer.refresh(await asyncio.to_thread(lambda: [_opened(self.kek, row) for row in rows]))

    async def _adopt(self, kek: Kek) -> None:
        if (await self.store.read(data_keys.counts)).get(kek.id):
            self.kek = kek
            log.info("the key-encryption key was replaced", by=kek.id)

    async def _mend(self) -> None:
        """Wrap under the present key what a server added that knew a former one only."""
        line = [kek := self.kek]
        while said := await self.store.read(facts.value, before(line[-1])):
            line.append(_former(line[-1], said))
        self.formers = line[1:]
        for one in line[1:]:
            if rows := await self.store.read(data_keys.lacking, one.id, kek.id):
                await self.store.write(data_keys.add, [_wrapped(kek, _opened(one, row)) for row in rows])

    def _look(self, id: bytes, pool: str) -> list[DataKey]:
        """Blocks, on whatever thread asks. A server that knows a former key only may have added it, or one that knows
        a later key."""
        found = self._under(id, pool, self.kek, *self.formers)
        wanted = any(key.id == id != ROOT or key.pool == pool != places.SERVER for key in found)
        if not wanted and (now := self._kept_now()):
            found = self._under(id, pool, now) or found
        return found

    def _under(self, id: bytes, pool: str, *keks: Kek) -> list[DataKey]:
        by_id = {kek.id: kek for kek in keks}
        rows = self.store.at_once(data_keys.look, list(by_id), id, pool)
        return [_opened(by_id[row.kek], row) for row in rows]

    def _kept_now(self) -> Kek | None:
        """The key that was put in the place of ours under the running server."""
        try:
            now = self.keeper.again()
        except (KeyRefused, OSError) as fault:
            log.error("the key-encryption key cannot be read", why=str(fault))
            return None
        return now if now and now.id != self.kek.id else None


def before(kek: Kek) -> str:
    """The fact that tells which key-encryption key had its place before."""
    return f"{facts.KEK}before {kek.id}"


def former(kek: Kek, of: Kek, now: int) -> str:
    """What is kept of the key that `kek` takes the place of: wrapped, and when that was."""
    return f"{now} {b64encode(kek.wrap(of.key, ROOT, _FORMER)).decode()}"


def _former(kek: Kek, said: str) -> Kek:
    """Raises SealBroken."""
    return Kek(kek.unwrap(b64decode(said.partition(" ")[2]), ROOT, _FORMER))


def _wrapped(kek: Kek, key: DataKey) -> Row:
    return Row(key.id, kek.id, key.pool, kek.wrap(key.key, key.id, key.pool), key.created)


def _opened(kek: Kek, row: Row) -> DataKey:
    """Raises SealBroken."""
    return DataKey(row.id, row.pool, kek.unwrap(row.wrapped, row.id, row.pool), row.created)
