"""A database that is full, locked or away: a published error meanwhile, and recovery without a restart (DU-05)."""

import contextlib
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests import postgres
from tests.serving import Pool, serving

from keydesk.store import sqlite

AWAY = "ServiceUnavailableException"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of six megabytes."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=6m,mode=700", "keydesk-test", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("a small disk can be made by root alone, and not in every container")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(path: Path) -> None:
    """A file that takes all the room there is."""
    with contextlib.ExitStack() as stack:
        file = os.open(path, os.O_WRONLY | os.O_CREAT)
        stack.callback(os.close, file)
        left = shutil.disk_usage(path).free
        while left:
            with contextlib.suppress(OSError):
                os.write(file, b"x" * min(left, 65_536))
            left = shutil.disk_usage(path).free


def refused(call: Any, **said: Any) -> tuple[str, int]:
    with pytest.raises(ClientError) as refusal:
        call(**said)
    answer = refusal.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_a_full_disk_loses_nothing_and_is_got_over(small_disk: Path) -> None:
    with serving(small_disk) as server:
        pool = Pool(server)
        pool.user("ada")
        ballast = small_disk / "ballast"
        fill(ballast)
        kept = []
        for number in range(200):  # what SQLite has set aside may take some
            try:
                pool.sign_up(f"u{number}", attributes={"profile": "p" * 1000})
                kept.append(f"u{number}")
            except ClientError as refusal:
                answer = refusal.response
                assert (answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]) == (AWAY, 503)
                break
        else:
            raise AssertionError("the disk never got full")
        assert pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")["Enabled"]
        ballast.unlink()
        pool.sign_up("late")
        assert "AccessToken" in pool.tokens("ada")
        for name in (*kept, "late"):
            assert pool.api.admin_get_user(UserPoolId=pool.id, Username=name)["UserStatus"] == "UNCONFIRMED"
        with pytest.raises(pool.api.exceptions.UserNotFoundException):
            pool.api.admin_get_user(UserPoolId=pool.id, Username=f"u{len(kept)}")


def test_a_locked_file_is_waited_for_and_then_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who only reads goes on, and who writes is told to try again; then all is as before."""
    monkeypatch.setattr(sqlite, "BUSY_MS", 200)
    with serving(tmp_path) as server:
        pool = Pool(server)
        pool.user("ada")
        other = sqlite3.connect(tmp_path / "keydesk.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        assert refused(pool.api.create_group, UserPoolId=pool.id, GroupName="g") == (AWAY, 503)
        assert pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")["Enabled"]
        other.execute("ROLLBACK")
        other.close()
        pool.api.create_group(UserPoolId=pool.id, GroupName="g")


@pytest.mark.postgres
def test_a_postgresql_that_crashes_and_comes_back(tmp_path: Path) -> None:
    """What was acknowledged outlives its crash, and the server that was there before needs no restart (DU-01)."""
    cluster = _own_cluster()
    try:
        cluster.start()
        with serving(tmp_path, database_url=f"{cluster.url}/postgres") as server:
            pool = Pool(server)
            pool.user("ada")
            token = pool.tokens("ada")["AccessToken"]
            for _ in range(2):
                cluster.stop()
                assert refused(pool.api.admin_get_user, UserPoolId=pool.id, Username="ada") == (AWAY, 503)
                assert refused(pool.api.get_user, AccessToken=token) == (AWAY, 503)
                assert refused(pool.api.create_group, UserPoolId=pool.id, GroupName="g") == (AWAY, 503)
                assert server.raw("none", b"")[0] == 400
                cluster.start()
                assert pool.api.get_user(AccessToken=token)["Username"] == "ada"
                assert "AccessToken" in pool.tokens("ada")
            pool.api.create_group(UserPoolId=pool.id, GroupName="g")
    finally:
        cluster.remove()


def _own_cluster() -> postgres.Cluster:
    try:
        return postgres.Cluster()
    except postgres.NoServer as why:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL: {why}")
