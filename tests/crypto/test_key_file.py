import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from keydesk.crypto.key_file import KeyRefused, load_or_make_key, put_in_place


def test_the_first_start_makes_an_owner_only_file_and_the_next_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "data" / "seal.key"
    key = load_or_make_key(path, data_exists=False)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert [file.name for file in path.parent.iterdir()] == ["seal.key"]
    assert load_or_make_key(path, data_exists=True) == key == load_or_make_key(path, data_exists=False)


def test_two_folders_have_two_keys(tmp_path: Path) -> None:
    one, other = (load_or_make_key(tmp_path / name, data_exists=False) for name in "ab")
    assert one != other


def test_a_wide_umask_changes_nothing(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        load_or_make_key(tmp_path / "data" / "key", data_exists=False)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "data" / "key").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_se_06_no_new_key_is_made_over_old_data(tmp_path: Path) -> None:
    with pytest.raises(KeyRefused, match="missing"):
        load_or_make_key(tmp_path / "key", data_exists=True)
    assert not (tmp_path / "key").exists()


@pytest.mark.parametrize("mode", [0o604, 0o640, 0o620, 0o644, 0o601])
def test_se_07_a_file_open_to_others_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "key"
    load_or_make_key(path, data_exists=False)
    path.chmod(mode)
    with pytest.raises(KeyRefused, match="chmod 600"):
        load_or_make_key(path, data_exists=True)


def test_a_malformed_file_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "key"
    load_or_make_key(path, data_exists=False)
    whole = path.read_bytes()
    for text in (b"", b"\xff" * 60, whole[:-9], whole[1:], whole + b"AAAA", whole.replace(b"1:", b"2:"), bytes(32)):
        path.write_bytes(text)
        with pytest.raises(KeyRefused, match="not a sealing key"):
            load_or_make_key(path, data_exists=False)
        assert path.read_bytes() == text


def test_the_refusal_never_shows_the_key(tmp_path: Path) -> None:
    path = tmp_path / "key"
    load_or_make_key(path, data_exists=False)
    inside = path.read_text()[15:40]
    path.write_text(path.read_text() + "AAAA")
    with pytest.raises(KeyRefused) as refused:
        load_or_make_key(path, data_exists=False)
    assert inside not in str(refused.value)


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        load_or_make_key(tmp_path / "folder", data_exists=False)
    with pytest.raises(KeyRefused, match="regular file"):
        load_or_make_key(Path("/dev/null"), data_exists=False)


def test_racing_starts_end_with_one_key(tmp_path: Path) -> None:
    path = tmp_path / "data" / "key"
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_or_make_key(path, data_exists=False), range(16)))
    assert len(keys) == 1
    assert [file.name for file in path.parent.iterdir()] == ["key"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may act for another user")
def test_a_new_key_is_read_by_who_read_the_one_before(tmp_path: Path) -> None:
    """`sudo keydesk keys rewrap`: the server is another user, and would not start any more."""
    drawn, path = tmp_path / "drawn", tmp_path / "key"
    former, key = (load_or_make_key(one, data_exists=False) for one in (path, drawn))
    os.chown(path, 65_534, 65_534)
    put_in_place(drawn, path)
    status = path.stat()
    assert (status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)) == (65_534, 65_534, 0o600)
    assert load_or_make_key(path, data_exists=True) == key != former
