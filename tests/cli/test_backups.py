"""`keydesk backup` and `restore`: while a server writes, into an empty place of either kind, all or nothing (DU-06)."""

import gzip
import json
import shutil
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, func, select
from tests import postgres
from tests.cli.running import until
from tests.sealed_world import World
from tests.serving import PASSWORD, Serving, serving
from tests.store import released
from tests.store.test_released import all_opens
from typer.testing import CliRunner

from keydesk.cli.main import app
from keydesk.flows.backups import fresh
from keydesk.settings import SettingFault
from keydesk.store.copying import CopyFault
from keydesk.store.migrate import SchemaFault
from keydesk.store.schema import metadata
from keydesk.store.tables import names, users

TRUTHS = ("enabled", "revoked")


def keydesk(*line: str, url: str = "") -> str:
    done = CliRunner().invoke(app, line, env={"KEYDESK_DATABASE_URL": url or None})
    if done.exception:
        raise done.exception
    return done.output


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """An empty machine: a data folder, and the address of an empty database or nothing."""
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    url = "" if request.param == "sqlite" else postgres.required_database(schema=False)
    yield folder, url
    if url:
        postgres.drop_database(url)


@contextmanager
def busy(world: World) -> Iterator[list[str]]:
    """Users are made all the while; the list of those that were acknowledged."""
    made: list[str] = []
    over = threading.Event()

    def work(who: str) -> None:
        api = world.pool.server.client()
        for number in range(10_000):
            if over.is_set():
                return
            name = f"{who}{number}"
            api.admin_create_user(
                UserPoolId=world.pool.id, Username=name, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
            )
            made.append(name)

    threads = [threading.Thread(target=work, args=[who]) for who in ("a", "b")]
    for thread in threads:
        thread.start()
    try:
        yield made
    finally:
        over.set()
        for thread in threads:
            thread.join()


def counted(db: Connection) -> tuple[int, int]:
    return tuple(db.execute(select(func.count()).select_from(table)).scalar_one() for table in (users, names))  # type: ignore[return-value]


def test_what_is_restored_elsewhere_is_the_same(
    own_server: Serving, tmp_path: Path, elsewhere: tuple[Path, str]
) -> None:
    world, (folder, url) = World(own_server), elsewhere
    token = world.pool.tokens("ada")["AccessToken"]
    keys = own_server.fetch(f"/{world.pool.id}/.well-known/jwks.json")
    here = own_server.house.desk.settings["database_url"]
    with busy(world) as made:
        until(lambda: len(made) >= 20)
        before = list(made)
        told = keydesk("backup", str(tmp_path / "all.backup"), "--data", str(tmp_path), url=here)
    assert f"rows in {tmp_path}/all.backup" in " ".join(told.split())
    assert stat.S_IMODE((tmp_path / "all.backup").stat().st_mode) == 0o600
    assert "users among them" in keydesk("restore", str(tmp_path / "all.backup"), "--data", str(folder), url=url)
    shutil.copy(tmp_path / "sealing.key", folder)
    with serving(folder, database_url=url) as there:
        there.clock.offset = own_server.clock.offset
        assert there.fetch(f"/{world.pool.id}/.well-known/jwks.json") == keys
        world.works(there)
        assert there.client().get_user(AccessToken=token)["Username"] == "ada"
        for name in (*before[::7], before[-1]):
            said = {"USERNAME": name, "PASSWORD": PASSWORD}
            asked = there.client().initiate_auth(
                ClientId=world.pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said
            )
            assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        all_users, their_names = there.run(there.house.desk.store.read(counted))
        assert all_users == their_names >= len(before) + 2
        world.pool.user("new")
        log = there.client("logs").filter_log_events(logGroupName=f"/aws/lambda/{world.function}")["events"]
        assert log  # what PostgreSQL numbers by itself goes on


@pytest.mark.postgres
def test_who_names_the_wrong_database_founds_nothing_there(tmp_path: Path) -> None:
    """A backup of nothing would be taken for a backup. `doctor` only looks."""
    url = postgres.required_database()
    for line in (("backup", str(tmp_path / "all.backup")), ("keys", "list"), ("traces",), ("export", "x", "--plain")):
        with pytest.raises(SettingFault, match="the database of database_url is empty: start a server on it first"):
            keydesk(*line, "--data", str(tmp_path), url=url)
    keydesk("doctor", "--data", str(tmp_path), url=url)
    with psycopg.connect(url) as db:
        assert db.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone() == (0,)
    assert list(tmp_path.iterdir()) == []
    postgres.drop_database(url)


def test_two_that_are_made_at_once_do_not_mix(tmp_path: Path) -> None:
    file = tmp_path / "all.backup"
    with fresh(file) as first:
        first.write(b"first" * 1000)
        with fresh(file) as second:
            second.write(b"second" * 9000)
        assert gzip.decompress(file.read_bytes()) == b"second" * 9000
    assert gzip.decompress(file.read_bytes()) == b"first" * 1000
    assert list(tmp_path.iterdir()) == [file]


def test_a_damaged_file_restores_nothing(own_server: Serving, tmp_path: Path, elsewhere: tuple[Path, str]) -> None:
    folder, url = elsewhere
    own_server.client().create_user_pool(PoolName="p")
    here = own_server.house.desk.settings["database_url"]
    file = tmp_path / "all.backup"
    keydesk("backup", str(file), "--data", str(tmp_path), url=here)
    with pytest.raises(Exception, match="is there already"):
        keydesk("backup", str(file), "--data", str(tmp_path), url=here)
    whole = gzip.decompress(file.read_bytes())
    lines = whole.splitlines(keepends=True)
    row = next(at for at, line in enumerate(lines) if line.startswith(b"["))
    for damaged in (
        b"".join(lines[:-1]),
        b"".join(lines[:row] + lines[row + 1 :]),
        b"".join([b'{"keydesk":"export"}\n', *lines[1:]]),
        b"".join([*lines[:-1], lines[row], lines[-1]]),
        b"not JSON\n",
        b"",
    ):
        file.write_bytes(gzip.compress(damaged))
        refused(CopyFault, file, folder, url)
    packed = gzip.compress(whole)
    bit = whole.index(b"p", len(whole) // 2)  # what is stored as it is has no other check than the checksum of all
    loose = bytearray(gzip.compress(whole, compresslevel=0))
    loose[loose.index(whole[bit : bit + 30])] ^= 1
    for damaged in (packed[:-20], packed[: len(packed) // 2], b"no gzip", packed + packed, bytes(loose)):
        file.write_bytes(damaged)
        refused(CopyFault, file, folder, url)
    file.write_bytes(gzip.compress(b"".join([json_with(lines[0], schema="9999"), *lines[1:]])))
    refused(SchemaFault, file, folder, url)
    file.write_bytes(packed)
    keydesk("restore", str(file), "--data", str(folder), url=url)
    refused(SchemaFault, file, folder, url)  # it is not empty any more


def json_with(line: bytes, **more: Any) -> bytes:
    return json.dumps(json.loads(line) | more).encode() + b"\n"


def refused(fault: type[Exception], file: Path, folder: Path, url: str) -> None:
    with pytest.raises(fault) as told:
        keydesk("restore", str(file), "--data", str(folder), url=url)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("schema", released.SCHEMAS)
def test_a_backup_of_an_older_schema_is_brought_forward(
    schema: str, tmp_path: Path, elsewhere: tuple[Path, str]
) -> None:
    kept, (folder, url) = released.kept(schema), elsewhere
    tables = [one.name for one in metadata.sorted_tables if one.name in kept["tables"]]
    lines: list[Any] = [{"keydesk": "backup", "format": 1, "schema": schema, "made": 1}]
    for table in tables:
        rows = kept["tables"][table]
        lines.append({"table": table, "columns": {name: kind(name, value) for name, value in rows[0].items()}})
        lines += [[plain(name, value) for name, value in row.items()] for row in rows]
    lines.append({"rows": {table: len(kept["tables"][table]) for table in tables}})
    (tmp_path / "old.backup").write_bytes(gzip.compress("\n".join(map(json.dumps, lines)).encode()))
    keydesk("restore", str(tmp_path / "old.backup"), "--data", str(folder), url=url)
    released.put_key(kept, folder)
    with serving(folder, database_url=url) as server:
        all_opens(server, kept)


def kind(name: str, value: Any) -> str:
    return "bytes" if isinstance(value, dict) else "boolean" if name in TRUTHS else "text"


def plain(name: str, value: Any) -> Any:
    return value["b"] if isinstance(value, dict) else bool(value) if name in TRUTHS else value
