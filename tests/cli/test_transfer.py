"""`keydesk export` and `import`: to another server with keys of its own, beside what it has, in a published form."""

import gzip
import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.cli.running import until
from tests.cli.test_backups import busy, elsewhere, keydesk  # noqa: F401
from tests.house.tree import REPOSITORY
from tests.sealed_world import World
from tests.serving import PASSWORD, Pool, Serving, serving
from tests.store import released
from tests.store.test_released import all_opens

from keydesk.flows import transfer
from keydesk.settings import SettingFault
from keydesk.store.copying import CopyFault
from keydesk.store.portable import LEFT_OUT, PORTABLE
from keydesk.store.schema import metadata

PHRASE = "correct horse battery"


@pytest.fixture
def phrase(tmp_path: Path) -> str:
    (tmp_path / "phrase").write_text(f"{PHRASE}\n", "utf-8")
    return str(tmp_path / "phrase")


def exported(server: Serving, home: Path, *more: str) -> Path:
    file = home / f"{len(list(home.glob('*.export')))}.export"
    keydesk("export", str(file), "--data", str(home), *more, url=server.house.desk.settings["database_url"])
    return file


def lines(file: Path) -> list[Any]:
    return [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]


def write(file: Path, *told: Any) -> None:
    file.write_bytes(gzip.compress(b"".join(json.dumps(one).encode() + b"\n" for one in told)))


def test_every_table_is_taken_or_left_with_a_reason() -> None:
    taken = {one.name for one in PORTABLE}
    assert taken | LEFT_OUT.keys() == set(metadata.tables)
    assert taken & LEFT_OUT.keys() == set()


def test_another_server_goes_on_with_it(
    own_server: Serving,
    tmp_path: Path,
    phrase: str,
    elsewhere: tuple[Path, str],  # noqa: F811
) -> None:
    """DU-06: users, sessions, keys and functions, in another database, under another key, beside pools of its own."""
    world, (folder, url) = World(own_server), elsewhere
    token = world.pool.tokens("ada")["AccessToken"]
    keys = own_server.fetch(f"/{world.pool.id}/.well-known/jwks.json")
    with busy(world) as made:
        until(lambda: len(made) >= 10)
        before = list(made)
        file = exported(own_server, tmp_path, "--passphrase-file", phrase)
    with serving(folder, database_url=url) as there:
        own = Pool(there)
        own.user()
        told = keydesk("import", str(file), "--data", str(folder), "--passphrase-file", phrase, url=url)
        assert "users among them" in told
        assert "here already" not in told
        there.clock.offset = own_server.clock.offset
        assert there.fetch(f"/{world.pool.id}/.well-known/jwks.json") == keys
        world.works(there)
        assert there.client().get_user(AccessToken=token)["Username"] == "ada"
        said = {"USERNAME": before[-1], "PASSWORD": PASSWORD}
        asked = there.client().initiate_auth(
            ClientId=world.pool.client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said
        )
        assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
        assert own.tokens()["AccessToken"]
        assert len({there.house.desk.sealer.sealing(pool) for pool in (own.id, world.pool.id, "")}) == 3
        with pytest.raises(CopyFault, match="is here already; nothing was imported"):
            keydesk("import", str(file), "--data", str(folder), "--passphrase-file", phrase, url=url)


def test_a_half_done_import_is_ended_by_the_next(
    own_server: Serving, tmp_path: Path, phrase: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(own_server)
    file = exported(own_server, tmp_path, "--passphrase-file", phrase)
    folder = tmp_path / "elsewhere"
    args = ("import", str(file), "--data", str(folder), "--passphrase-file", phrase)
    for stop in (1, 4, 9, 15):
        calls, real = iter(range(stop)), transfer._stored

        def stored(*said: Any, calls: Any = calls, real: Any = real) -> Any:
            if next(calls, None) is None:
                raise ZeroDivisionError
            return real(*said)

        monkeypatch.setattr(transfer, "_stored", stored)
        with pytest.raises(ZeroDivisionError):
            keydesk(*args)
        monkeypatch.undo()
    told = keydesk(*args)
    assert "were here already" in told
    with serving(folder) as there:
        there.clock.offset = own_server.clock.offset
        world.works(there)


def test_some_pools_only(own_server: Serving, tmp_path: Path, phrase: str) -> None:
    one, other = World(own_server), Pool(own_server)
    other.user("grace")
    file = exported(own_server, tmp_path, "--pool", other.id, "--plain")
    pools = {row["pool"] for row in lines(file)[1:-1]}
    assert pools == {other.id}
    text = gzip.decompress(file.read_bytes()).decode()
    assert one.client["ClientId"] not in text
    keydesk("import", str(file), "--data", str(tmp_path / "elsewhere"))
    with serving(tmp_path / "elsewhere") as there:
        other.server, other.api = there, there.client()
        assert other.tokens("grace")["AccessToken"]
    with pytest.raises(Exception, match="there is no pool us-east-1_None"):
        exported(own_server, tmp_path, "--pool", "us-east-1_None", "--plain")


def test_an_older_databases_export(tmp_path: Path, phrase: str) -> None:
    kept = released.put_back("0003", tmp_path, f"sqlite:///{tmp_path}/keydesk.db")
    with serving(tmp_path) as server:
        file = exported(server, tmp_path, "--passphrase-file", phrase)
    keydesk("import", str(file), "--data", str(tmp_path / "elsewhere"), "--passphrase-file", phrase)
    with serving(tmp_path / "elsewhere") as there:
        all_opens(there, kept)


def test_what_is_not_whole_or_not_ours_changes_nothing(own_server: Serving, tmp_path: Path, phrase: str) -> None:
    Pool(own_server).user()
    file = exported(own_server, tmp_path, "--passphrase-file", phrase)
    head, *rows, end = lines(file)
    folder = tmp_path / "elsewhere"
    args = ("import", str(file), "--data", str(folder), "--passphrase-file", phrase)
    (tmp_path / "wrong").write_text("another passphrase\n")
    with pytest.raises(Exception, match="this is not the passphrase of the export"):
        keydesk(*args[:-1], str(tmp_path / "wrong"))
    for told in (
        [head, *rows],
        [head, *rows[1:], end],
        [head | {"keydesk": "backup"}, *rows, end],
        [head | {"format": 9}, *rows, end],
        [head | {"seal": head["seal"] | {"n": 2**40}}, *rows, end],
        [head, *rows, end, head, *rows, end],  # two files in one
        [],
    ):
        write(file, *told)
        with pytest.raises(Exception, match=r"no export|format 9|not whole|not the passphrase|follows its last"):
            keydesk(*args)
    with serving(folder) as there:
        assert there.client().list_user_pools(MaxResults=1)["UserPools"] == []
    short = tmp_path / "short"
    short.write_text("short\n")
    with pytest.raises(SettingFault, match="12 characters"):
        exported(own_server, tmp_path, "--passphrase-file", str(short))
    short.write_bytes(b"\xff" * 12)
    with pytest.raises(SettingFault, match="short: this is no text in UTF-8"):
        exported(own_server, tmp_path, "--passphrase-file", str(short))


def test_the_page_says_how_others_open_it(own_server: Serving, tmp_path: Path, phrase: str) -> None:
    """The program on docs/export.md, run as it stands."""
    pool = Pool(own_server, client={"GenerateSecret": True})
    file = exported(own_server, tmp_path, "--passphrase-file", phrase)
    page = (REPOSITORY / "docs" / "export.md").read_text("utf-8")
    [program] = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    found: dict[str, Any] = {}
    exec(program, found)
    opened = found["secrets_of"](str(file), PHRASE)
    shown = pool.api.describe_user_pool_client(UserPoolId=pool.id, ClientId=pool.client)["UserPoolClient"]
    assert opened[pool.client] == shown["ClientSecret"]
