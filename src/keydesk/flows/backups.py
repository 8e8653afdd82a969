"""Backups: a file with everything in the database, made while servers run; and an empty database filled from it.

All is sealed as it was, and what the key-encryption key wraps stays wrapped under it: a backup alone opens nothing.
"""

import gzip
import os
import secrets
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final, cast

from keydesk.settings import SettingFault
from keydesk.store import copying
from keydesk.store.store import Store

STANDARD: Final = Path("-")  # in place of a file: the standard output or input
LEVEL: Final = 3  # of compression: a level more costs more than it saves


async def save(store: Store, path: Path, now: int) -> Counter[str]:
    """Write the backup; gives how many rows of each table. Raises SettingFault where the file is there already.

    The file appears under its name when it is whole and on disk, its owner's alone.
    """
    with fresh(path) as out:
        return await store.snapshot(copying.write, out, now)


def restore(where: str | Path, path: Path) -> Counter[str]:
    """Fill an empty database, all or nothing; gives how many rows of each table. Blocks.

    Raises CopyFault, SchemaFault.
    """
    with opened(path) as lines:
        return Store.found(where, copying.read, lines)


@contextmanager
def fresh(path: Path) -> Iterator[BinaryIO]:
    """A compressed file that takes its name at the end, if nothing was raised. Raises SettingFault."""
    if path == STANDARD:
        if sys.stdout is None:  # whoever started it closed it
            raise SettingFault("there is no standard output")
        with gzip.GzipFile(filename="", fileobj=sys.stdout.buffer, mode="wb", compresslevel=LEVEL) as packed:
            yield cast(BinaryIO, packed)
        return
    if path.exists():
        raise SettingFault(f"{path} is there already")
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}.part")  # of its own: two may be made at once
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            with gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=LEVEL) as packed:
                yield cast(BinaryIO, packed)
            file.flush()
            os.fsync(file.fileno())
        os.rename(draft, path)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The lines of such a file."""
    if path == STANDARD:
        if sys.stdin is None:
            raise SettingFault("there is no standard input")
        yield cast(BinaryIO, gzip.GzipFile(fileobj=sys.stdin.buffer, mode="rb"))
        return
    with gzip.open(path, "rb") as packed:
        yield cast(BinaryIO, packed)
