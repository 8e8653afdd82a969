"""WK-11: an archive is judged before anything of it is written."""

import io
import os
import stat
import struct
import tempfile
import zipfile

import pytest

from keydesk.runtime import archive
from keydesk.runtime.archive import BadArchive, unpack


def packed(*entries, compression=zipfile.ZIP_DEFLATED):
    """Entries are (name, bytes) or (name, bytes, file mode)."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as target:
        for name, content, *mode in entries:
            info = zipfile.ZipInfo(name)
            info.filename = name
            info.compress_type = compression
            info.external_attr = (mode[0] if mode else stat.S_IFREG | 0o644) << 16
            target.writestr(info, content)
    return buffer.getvalue()


def test_files_appear_read_only(tmp_path):
    into = tmp_path / "deep" / "code"
    unpack(packed(("index.py", b"x = 1\n"), ("bin/tool", b"#!", stat.S_IFREG | 0o755), ("empty/", b"")), into)
    assert (into / "index.py").read_bytes() == b"x = 1\n"
    assert stat.S_IMODE((into / "index.py").stat().st_mode) == 0o444
    assert stat.S_IMODE((into / "bin" / "tool").stat().st_mode) == 0o555
    assert (into / "empty").is_dir()
    assert os.listdir(into.parent) == ["code"]


def test_a_folder_that_another_process_takes_away_while_it_is_empty_is_made_again(tmp_path, monkeypatch):
    make, functions = tempfile.mkdtemp, tmp_path / "functions"

    def taken_away_first(**how):
        monkeypatch.undo()
        functions.rmdir()
        return make(**how)

    monkeypatch.setattr(tempfile, "mkdtemp", taken_away_first)
    unpack(packed(("index.py", b"")), functions / "code")
    assert os.listdir(functions) == ["code"]


def test_whoever_gets_there_may_read(tmp_path):
    """A worker is another user, and the server's own mask may be a narrow one."""
    before = os.umask(0o077)
    try:
        unpack(packed(("deep/down/index.py", b"")), tmp_path / "functions" / "code")
    finally:
        os.umask(before)
    modes = {str(path.relative_to(tmp_path)): stat.S_IMODE(path.stat().st_mode) for path in tmp_path.rglob("*")}
    assert modes == {
        "functions": 0o711,
        "functions/code": 0o755,
        "functions/code/deep": 0o755,
        "functions/code/deep/down": 0o755,
        "functions/code/deep/down/index.py": 0o444,
    }


def test_the_second_time_changes_nothing(tmp_path):
    unpack(packed(("a", b"1")), tmp_path / "code")
    unpack(packed(("a", b"2")), tmp_path / "code")
    assert (tmp_path / "code" / "a").read_bytes() == b"1"


def test_an_archive_made_without_modes_is_fine(tmp_path):
    unpack(packed(("a.py", b"", 0)), tmp_path / "code")
    assert (tmp_path / "code" / "a.py").exists()


@pytest.mark.parametrize(
    "name",
    ["/etc/passwd", "../a", "a/../../b", "..", "a\\b", "..\\a", "C:/a", "C:a", "/".join("x" * 70), "x" * 300],
)
def test_names_that_lead_out_or_go_nowhere(tmp_path, name):
    with pytest.raises(BadArchive):
        unpack(packed(("fine", b""), (name, b"")), tmp_path / "code")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_only_files_and_folders(tmp_path, kind):
    with pytest.raises(BadArchive, match="link or a device"):
        unpack(packed(("a", b"/etc/passwd", kind | 0o777)), tmp_path / "code")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("entries", [(("a", b"1"), ("a/b", b"2")), (("a/b", b"1"), ("a", b"2"))])
def test_a_name_is_a_file_or_a_folder(tmp_path, entries):
    with pytest.raises(BadArchive):
        unpack(packed(*entries), tmp_path / "code")
    assert os.listdir(tmp_path) == []


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_is_there_once(tmp_path):
    with pytest.raises(BadArchive, match="twice"):
        unpack(packed(("a", b"1"), ("a", b"2")), tmp_path / "code")


def test_far_too_many_entries_are_not_even_listed(tmp_path, monkeypatch):
    """A million of them took seconds and 400 MB to list."""
    monkeypatch.setattr(archive, "ENTRIES", 3)
    crowd = packed(*((f"f{number}", b"") for number in range(16)))
    monkeypatch.delattr(zipfile, "ZipFile")
    with pytest.raises(BadArchive, match="more than 3 entries"):
        unpack(crowd, tmp_path / "code")


def test_too_many_entries(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "ENTRIES", 3)
    unpack(packed(*((str(n), b"") for n in range(3))), tmp_path / "three")
    with pytest.raises(BadArchive, match="more than 3 entries"):
        unpack(packed(*((str(n), b"") for n in range(4))), tmp_path / "four")


def test_too_much_is_known_before_writing(tmp_path, monkeypatch):
    monkeypatch.setattr(archive, "UNPACKED", 1000)
    unpack(packed(("a", b"x" * 600), ("b", b"x" * 400)), tmp_path / "fits")
    with pytest.raises(BadArchive, match="smaller than 1000 bytes"):
        unpack(packed(("a", b"x" * 600), ("b", b"x" * 401)), tmp_path / "code")


def test_an_archive_that_lies_about_its_size_is_stopped(tmp_path):
    whole = bytearray(packed(("a", b"x" * 100_000)))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        struct.pack_into("<I", whole, whole.index(mark) + at, 10)
    with pytest.raises(BadArchive):
        unpack(bytes(whole), tmp_path / "code")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("damage", [b"", b"no zip", "cut", "flip"])
def test_what_is_no_zip(tmp_path, damage):
    whole = packed(("a", bytes(range(256)) * 50))
    if damage == "cut":
        damage = whole[:-30]
    elif damage == "flip":
        damage = bytearray(whole)
        damage[60] ^= 0xFF
    with pytest.raises(BadArchive, match="Could not unzip"):
        unpack(bytes(damage), tmp_path / "code")
    assert os.listdir(tmp_path) == []


def test_an_encrypted_entry_is_refused(tmp_path):
    whole = bytearray(packed(("a", b"secret")))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        struct.pack_into("<H", whole, whole.index(mark) + at, 1)
    with pytest.raises(BadArchive, match="encrypted"):
        unpack(bytes(whole), tmp_path / "code")
