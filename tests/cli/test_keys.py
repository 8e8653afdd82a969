"""`keydesk keys` as an operator runs it, beside a server that runs, and killed in the middle."""

import random
import subprocess
import time
from pathlib import Path

from tests.cli.running import COMMAND, environment
from tests.serving import PASSWORD, Pool, Serving, serving
from typer.testing import CliRunner

from keydesk.cli.main import app

USERS = 210  # more than are sealed anew at once


def keydesk(home: Path, *line: str, url: str = "") -> str:
    done = CliRunner().invoke(app, ["keys", *line, "--data", str(home)], env={"KEYDESK_DATABASE_URL": url or None})
    assert done.exit_code == 0, f"{done.output} {done.exception}"
    return done.output


def test_what_it_tells(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        pool = Pool(server)
        pool.user()
        first = keydesk(tmp_path, "list").split()
        assert first.count("seals") == 2
        assert first.count("signs") == 1
        rotated = keydesk(tmp_path, "rotate", "--after", "60").splitlines()
        assert rotated[0].startswith(pool.id)
        assert "2 new data keys seal" in rotated
        assert "1 sealed anew in users" in rotated
        assert "1 key waits" not in rotated
        assert keydesk(tmp_path, "rotate", "--only", "signing") == f"{pool.id}  has a new key that waits already\n"
        listed = keydesk(tmp_path, "list")
        assert " is to sign" in listed
        assert listed.split().count("opens") == 2
        assert keydesk(tmp_path, "back", "--pool", pool.id).endswith(" signs\n")
        assert " is to sign" not in keydesk(tmp_path, "list")
        assert keydesk(tmp_path, "rewrap").splitlines() == [
            f"4 data keys are wrapped under a new key in {tmp_path}/sealing.key",
            "4 wrappings under the key from before are gone",
        ]
        assert keydesk(tmp_path, "rewrap", "--key-file", str(tmp_path / "other.key")).startswith("4 data keys are")
        assert pool.tokens()["AccessToken"]
    with serving(tmp_path, key_file=str(tmp_path / "other.key")) as server:
        assert Pool(server).user()


def test_what_it_refuses(tmp_path: Path) -> None:
    with serving(tmp_path) as server:
        Pool(server)
    for why, line in (
        ("there is no pool us-east-1_Nowhere00", ("rotate", "--pool", "us-east-1_Nowhere00")),
        ("`signing` or `data`", ("rotate", "--only", "all")),
        *(("is a number of seconds, 31536000 at most", ("rotate", "--after", said)) for said in ("-1", "31536001")),
        ("say one of", ("rewrap", "--finish", "--kms-key", "alias/one")),
        ("kms_key alias/one", ("rewrap", "--kms-key", "alias/one@http://127.0.0.1:9")),
        *(("is the key that signs, or no key", ("drop", kid)) for kid in ("nothing", "-kid_of-a-key", "--kid")),
    ):
        done = CliRunner().invoke(app, ["keys", *line, "--data", str(tmp_path)])
        assert done.exit_code != 0
        assert why in " ".join(f"{done.output} {done.exception}".split())


def test_killed_at_any_moment_it_loses_nothing(tmp_path: Path, database_url: str) -> None:
    """SE-04: beside a server, killed with -9 again and again; every user can sign in, there and after a restart."""
    url = "" if database_url.startswith("sqlite") else database_url
    with serving(tmp_path, database_url=database_url) as server:
        pool = Pool(server)
        for number in range(USERS):
            pool.api.admin_create_user(
                UserPoolId=pool.id, Username=f"user{number}", TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
            )
        for line in (("rotate", "--after", "0"), ("rewrap",), ("rotate", "--only", "data"), ("rewrap",)):
            killed(tmp_path, *line, url=url)
            all_known(server, pool.client, every=10)
        keydesk(tmp_path, "rotate", "--only", "data", url=url)
        keydesk(tmp_path, "rewrap", url=url)
        keydesk(tmp_path, "rewrap", "--finish", url=url)
        all_known(server, pool.client)
    with serving(tmp_path, database_url=database_url) as server:
        all_known(server, pool.client)
    assert all(mode & 0o077 == 0 for mode in (path.stat().st_mode for path in tmp_path.glob("sealing*")))


def killed(home: Path, *line: str, url: str) -> None:
    """Some milliseconds after it has begun to say what it does, or has opened the key file; it may have just ended."""
    more = {"KEYDESK_DATABASE_URL": url} if url else {}
    with subprocess.Popen(
        [COMMAND, "keys", *line, "--data", str(home)],
        env=environment(home, **more),
        cwd=home,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        if line[0] == "rotate":
            process.stdout.readline()
        else:
            while not (home / "sealing.key.next").exists() and process.poll() is None:
                time.sleep(0.002)
        time.sleep(random.random() * 0.05)
        process.kill()


def all_known(server: Serving, client: str, *, every: int = 1) -> None:
    """Each is asked for a password of their own in place of the temporary one, which was right."""
    api = server.client()
    for number in range(0, USERS, every):
        said = {"USERNAME": f"user{number}", "PASSWORD": PASSWORD}
        asked = api.initiate_auth(ClientId=client, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=said)
        assert asked["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
