"""Export and import: everything that means the same on another server, as lines of JSON that others can read.

What is sealed is opened here, and sealed under a passphrase on its way; there under the data keys of that server.
"""

import asyncio
import uuid
from base64 import b64decode
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby, islice
from pathlib import Path
from types import SimpleNamespace
from typing import Any, BinaryIO, Final, NamedTuple

import msgspec

from keydesk.crypto.parcel import Parcel
from keydesk.crypto.seal import DataKey, SealBroken
from keydesk.domain import places
from keydesk.flows import backups
from keydesk.flows.call import Desk
from keydesk.store import copying, data_keys, facts, pools, portable
from keydesk.store.copying import CopyFault
from keydesk.store.portable import JSON, PORTABLE, Portable
from keydesk.store.sealed import SEALED, Again, Renew

FORMAT: Final = 1
AT_ONCE: Final = 200  # rows in one write
_RENEW: Final[dict[str, tuple[str, Renew]]] = {
    one.column.table.name: (one.column.name, one.renew) for one in SEALED
}  # by table: the column with what is sealed, and how all in it is sealed anew
_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder().decode

Opening = Callable[[dict[str, Any] | None], Parcel | None]  # from what the file tells of its seals


class Brought(NamedTuple):
    """What an import came to, by table: rows that are new, and rows whose key was taken."""

    new: Counter[str]
    taken: Counter[str]


async def export(desk: Desk, path: Path, parcel: Parcel | None, only: Sequence[str] = ()) -> Counter[str]:
    """Write the export of all, or of some pools; gives how many rows of each table.

    Without a parcel secrets are in the clear.
    """

    def again(value: bytes, place: str) -> bytes:
        plain = desk.sealer.open(value, place)
        return parcel.seal(plain, place) if parcel else plain

    def write(db: Any, out: BinaryIO) -> Counter[str]:
        seal = parcel.told() if parcel else None
        head = {"keydesk": "export", "format": FORMAT, "id": str(uuid.uuid4()), "made": desk.clock(), "seal": seal}
        out.write(_encode(head) + b"\n")
        counts: Counter[str] = Counter()
        for table in PORTABLE:
            for row in portable.rows(db, table, only):
                out.write(_encode(_told(table, row, again)) + b"\n")
                counts[table.name] += 1
        out.write(_encode({"rows": counts}) + b"\n")
        return counts

    with backups.fresh(path) as out:
        return await desk.store.snapshot(write, out)


async def bring(desk: Desk, path: Path, opening: Opening) -> Brought:
    """Import the file beside what is here. `opening` is told how it is sealed, and gives what opens it.

    The file is read whole before anything is written. Killed half-way, another try with the same file goes on. Raises
    CopyFault where it is damaged, or has a pool that is here already.
    """
    head, there = await asyncio.to_thread(_checked, path)
    parcel, fact = opening(head["seal"]), f"import {head['id']}"
    if not await desk.store.read(facts.value, fact):
        if here := {pool.id for pool in await desk.store.read(pools.every)} & there:
            raise CopyFault(f"the pool {min(here)} is here already; nothing was imported")
        await desk.store.write(facts.keep, fact, "begun")
    new, taken = Counter[str](), Counter[str]()
    for name, batch in _batches(path):
        table = portable.named(name)
        if table is None:
            raise CopyFault(f"an export has no table {name}")
        rows = await asyncio.to_thread(_all_stored, desk, table, batch, parcel)
        keys = _keys(desk, rows) if name == "pools" else {}
        stored = await desk.store.write(portable.add, table, rows, keys)
        new[name] += stored
        taken[name] += len(rows) - stored
    await desk.store.write(facts.forget, fact)
    return Brought(+new, +taken)


def _keys(desk: Desk, rows: Sequence[dict[str, Any]]) -> dict[str, list[data_keys.Row]]:
    """A data key for each new pool, as pools have them that are made here."""
    rack, now = desk.rack, desk.clock()
    if rack.as_before:
        return {}
    return {row["id"]: rack.wrapped(DataKey.generate(row["id"], now)) for row in rows}


def _told(table: Portable, row: Any, again: Again) -> dict[str, Any]:
    """A row as the file has it: documents as they are, other bytes in Base64, and whose pool's it is."""
    columns = {name: getattr(row, name) for name in table.columns}
    if table.name in _RENEW:
        column, renew = _RENEW[table.name]
        columns[column] = renew(row, again)
    told = {name: _decode(value) if name in JSON else value for name, value in columns.items()}
    if table.name == "users":
        told["doc"].pop("resealed", None)  # about sign-ins that wait here
    return {"table": table.name, **({"pool": row.whose} if row.whose else {}), **told}


def _all_stored(
    desk: Desk, table: Portable, batch: Sequence[dict[str, Any]], parcel: Parcel | None
) -> list[dict[str, Any]]:
    return [_stored(desk, table, said, parcel) for said in batch]


def _stored(desk: Desk, table: Portable, said: dict[str, Any], parcel: Parcel | None) -> dict[str, Any]:
    """A row of the file as it is stored here. Raises CopyFault."""
    pool = said.get("pool", places.SERVER)

    def again(value: bytes, place: str) -> bytes:
        return desk.sealer.seal(parcel.open(value, place) if parcel else value, place, pool)

    try:
        columns = {name: _column(name, said[name], is_bytes) for name, is_bytes in table.columns.items()}
        if table.name in _RENEW:
            column, renew = _RENEW[table.name]
            columns[column] = renew(SimpleNamespace(**columns), again)
    except (KeyError, ValueError, SealBroken, msgspec.MsgspecError) as fault:
        raise CopyFault(f"a row of {table.name} cannot be read: {type(fault).__name__} {fault}") from None
    return columns


def _column(name: str, value: Any, is_bytes: bool) -> Any:
    if name in JSON:
        return _encode(value)
    return b64decode(value) if is_bytes and value is not None else value


def _checked(path: Path) -> tuple[dict[str, Any], set[str]]:
    """The first line, and the pools of the file, which is whole. Raises CopyFault."""
    there: set[str] = set()
    counts: Counter[str] = Counter()
    with backups.opened(path) as lines:
        documents = copying.documents(lines)
        head = next(documents, None)
        if not isinstance(head, dict) or head.get("keydesk") != "export":
            raise CopyFault("this is no export of Keydesk")
        if head.get("format") != FORMAT:
            raise CopyFault(f"the export has format {head.get('format')}, this program reads {FORMAT}")
        for one in documents:
            if "rows" in one:
                if one["rows"] != counts:
                    break
                copying.end(documents)
                return head, there
            counts[one["table"]] += 1
            if one["table"] == "pools":
                there.add(one["id"])
    raise CopyFault("the export is damaged, or not whole: its rows are not those that it counts")


def _batches(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Rows of one table at a time, in the order of the file."""
    with backups.opened(path) as lines:
        rows = (one for one in copying.documents(lines) if "table" in one)
        for name, of_table in groupby(rows, key=lambda one: str(one["table"])):
            while batch := list(islice(of_table, AT_ONCE)):
                yield name, batch
