"""Unpacks a function's zip: only plain files and folders, only below the target, counted before and while writing."""

import errno
import io
import shutil
import stat
import tempfile
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path, PurePosixPath

UNPACKED = 250 * 1024 * 1024  # bytes, Lambda's limit
ENTRIES = 20_000
_DEPTH = 64  # folders in folders: each of them costs the disk as much as a file
_CHUNK = 1024 * 1024
_ENCRYPTED = 0x1
_ENTRY = b"PK\x01\x02"  # begins each entry of the directory at a zip's end; seldom anything else, but in zips within


class BadArchive(Exception):
    """This zip will not be unpacked; the argument is a sentence for the person who sent it."""


def unpack(archive: bytes, into: Path) -> None:
    """Unpacks into a folder that appears only when all is there; does nothing if it is there already. Files end up
    read-only, for everybody who gets there. Raises `BadArchive`."""
    if into.is_dir():
        return
    made = folder_in(into.parent, ".unpacking-")
    try:
        with _opened(archive) as source:
            _write(source, _checked(source), made)
        for folder in (made, *(path for path in made.rglob("*") if path.is_dir())):
            folder.chmod(0o755)  # whatever this process's own mask is: it is read as another user
        try:
            made.rename(into)
        except OSError:
            if not into.is_dir():  # else somebody else has just unpacked the same
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def folder_in(functions: Path, prefix: str) -> Path:
    """A new folder in that of all functions. Others may pass through that one, where the folder around it lets anybody
    in, and not list it. Once more where another process that starts has just taken it away, being empty."""
    while True:
        functions.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            functions.chmod(0o711)
            return Path(tempfile.mkdtemp(prefix=prefix, dir=functions))


def _opened(archive: bytes) -> zipfile.ZipFile:
    if archive.count(_ENTRY) > 5 * ENTRIES:  # a million of them are read in seconds, and nothing else runs meanwhile
        raise _too_many()
    try:
        return zipfile.ZipFile(io.BytesIO(archive))
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, EOFError) as fault:
        raise BadArchive("Could not unzip uploaded file. Please check your file, then try to upload again.") from fault


def _too_many() -> BadArchive:
    return BadArchive(f"The archive holds more than {ENTRIES} entries.")


def _checked(source: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    entries = source.infolist()
    if not entries:
        raise BadArchive("Uploaded file must be a non-empty zip")
    if len(entries) > ENTRIES:
        raise _too_many()
    if sum(entry.file_size for entry in entries) > UNPACKED:
        raise BadArchive(f"Unzipped size must be smaller than {UNPACKED} bytes.")
    seen: set[PurePosixPath] = set()
    for entry in entries:
        path = _path(entry)
        if path in seen and not entry.is_dir():
            raise BadArchive("The archive holds the same name twice.")
        seen.add(path)
    return entries


def _path(entry: zipfile.ZipInfo) -> PurePosixPath:
    name = entry.orig_filename
    path = PurePosixPath(name)
    if not name or "\\" in name or "\0" in name or path.is_absolute() or ".." in path.parts or name[1:2] == ":":
        raise BadArchive("The archive holds a name that leads outside of it.")
    if len(path.parts) > _DEPTH:
        raise BadArchive("The archive holds folders that are nested too deep.")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise BadArchive("The archive holds a link or a device; only files and folders can be unpacked.")
    if entry.flag_bits & _ENCRYPTED:
        raise BadArchive("The archive is encrypted.")
    return path


def _write(source: zipfile.ZipFile, entries: list[zipfile.ZipInfo], root: Path) -> None:
    left = UNPACKED
    try:
        for entry in entries:
            target = root / _path(entry)
            if entry.is_dir():
                target.mkdir(parents=True, exist_ok=True)
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            left -= _write_file(source, entry, target, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as fault:
        raise BadArchive("Could not unzip uploaded file. Please check your file, then try to upload again.") from fault
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as fault:
        raise BadArchive("The archive holds a name that is a file and a folder at once.") from fault
    except OSError as fault:
        if fault.errno == errno.ENAMETOOLONG:
            raise BadArchive("The archive holds a name that is too long.") from fault
        raise


def _write_file(source: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, left: int) -> int:
    written = 0
    with source.open(entry) as packed, target.open("xb") as file:
        while chunk := packed.read(_CHUNK):
            written += len(chunk)
            if written > left:
                raise BadArchive(f"Unzipped size must be smaller than {UNPACKED} bytes.")
            file.write(chunk)
    executable = (entry.external_attr >> 16) & 0o111
    target.chmod(0o555 if executable else 0o444)
    return written
