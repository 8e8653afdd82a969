"""The file that holds the sealing key: the owner's alone, outside the database and its backups.

A lost key cannot be made again, so a missing file beside existing data is an error and never a reason for a new key.
"""

import os
import secrets
import stat
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from contextlib import suppress
from pathlib import Path

from keydesk.crypto.seal import KEY_SIZE

_MARK = b"keydesk-seal-1:"
_MAX_SIZE = 200


class KeyRefused(Exception):
    """The key cannot be used; the text is one clear line for the operator and holds nothing of the key."""


def load_or_make_key(path: Path, *, data_exists: bool) -> bytes:
    """The 32 bytes in the file; a fresh key, written for the owner alone, where there is neither file nor data.

    Raises `KeyRefused` when others may read the file, when it is malformed, or when it is missing beside data.
    """
    try:
        return _load(path)
    except FileNotFoundError:
        if data_exists:
            raise KeyRefused(
                f"{path}: the sealing key is missing, but the database has data sealed with it. Put the key file back."
            ) from None
    put_new(path, _written(secrets.token_bytes(KEY_SIZE)) + b"\n")
    return _load(path)


def check_private(path: Path, mode: int, called: str) -> None:
    """Raises `KeyRefused` for a file with this mode that others than its owner may use. `called` is what it holds."""
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise KeyRefused(f"{path}: the {called} is open to others. Run: chmod 600 {path}")


def put_new(path: Path, content: bytes) -> None:
    """A file for the owner alone, unless it is there: what another process wrote first stays.

    The whole is written under another name first: a crash leaves no half of it, and linking never replaces one.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    _settle(path.parent)


def put_in_place(drawn: Path, path: Path) -> None:
    """The key in one file takes the place of that in the other, for good when this returns.

    Its owner stays who it was: root may do this for a server that is another user's, which must read the file.
    """
    before = path.stat()
    if before.st_uid != drawn.stat().st_uid:
        os.chown(drawn, before.st_uid, before.st_gid)
    os.replace(drawn, path)
    _settle(path.parent)


def _load(path: Path) -> bytes:
    with open(path, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise KeyRefused(f"{path}: the sealing key is not a regular file")
        check_private(path, status.st_mode, "sealing key")
        text = file.read(_MAX_SIZE).strip()
    try:
        key = urlsafe_b64decode(text.removeprefix(_MARK))
    except NotBase64:
        key = b""
    if len(key) != KEY_SIZE or text != _written(key):  # base64 is read loosely, so what was read is written again
        raise KeyRefused(f"{path}: this is not a sealing key of Keydesk, or it was cut or changed")
    return key


def _written(key: bytes) -> bytes:
    return _MARK + urlsafe_b64encode(key)


def _settle(folder: Path) -> None:
    """What the folder lists is on disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
