"""A streaming standby: what reads from it, what does not, and that it takes the primary's place with nothing lost."""

import asyncio
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
import pytest
from botocore.exceptions import ClientError
from tests import postgres
from tests.faults.wire import COMMAND
from tests.postgres import Cluster
from tests.scale.standby import Standby, either, synchronous
from tests.serving import Pool, Serving, serving
from typer.testing import CliRunner, Result

from keydesk.cli.main import app
from keydesk.errors import ServiceUnavailable
from keydesk.store import facts
from keydesk.store.store import Store

WRITERS = 4


@pytest.fixture
def pair() -> Iterator[tuple[Cluster, Standby]]:
    """A primary with the database `kept`, and a standby that has all that is acknowledged."""
    postgres.required_database(schema=False)  # skips loudly where there is no PostgreSQL
    with ExitStack() as stack:
        primary = Cluster()
        stack.callback(primary.remove)
        primary.start()
        with psycopg.connect(f"{primary.url}/postgres", autocommit=True) as db:
            db.execute("CREATE DATABASE kept")
        standby = Standby(primary)
        stack.callback(standby.remove)
        standby.start()
        synchronous(primary)
        yield primary, standby


@pytest.mark.postgres
def test_a_standby_is_read_and_takes_over_with_nothing_lost(
    pair: tuple[Cluster, Standby], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Export, backup and traces read at the standby; a server refuses to start there, and a write is refused.

    Then the primary dies while people sign up, and the standby is promoted. The server, which knows both addresses,
    goes on by itself, and everybody whose sign-up was acknowledged is there.
    """
    primary, standby = pair
    key = tmp_path / "sealing.key"
    with serving(tmp_path, database_url=either(primary, standby, "kept"), key_file=str(key)) as server:
        pool = Pool(server)
        with writing(pool) as signed_up:
            until(lambda: len(signed_up) > 20)
            for name, value in (
                ("DATABASE_URL", f"{standby.url}/kept"),
                ("KEY_FILE", str(key)),
                ("DATA", str(tmp_path)),
            ):
                monkeypatch.setenv(f"KEYDESK_{name}", value)
            reads(tmp_path, signed_up)
            primary.stop()
            standby.promote()
            before = len(signed_up)
            until(lambda: len(signed_up) > before + 20)
        found = names(server, pool)
        assert set(signed_up) <= found


def reads(folder: Path, signed_up: list[str]) -> None:
    """What works at the standby, while the primary is written to, and what is refused."""
    least = len(signed_up)
    until(lambda: shown() >= least)  # what is acknowledged is there, and can be read a moment later
    copy, parcel = folder / "backup", folder / "export"
    told = [keydesk("backup", str(copy)), keydesk("export", str(parcel), "--plain")]
    for one in told:
        assert one.exit_code == 0
        assert int(one.output.split(" in ")[1].split(", ")[1].split()[0]) >= least
    assert "SignUp" in keydesk("traces").output
    refused = subprocess.run([COMMAND, "serve", "--port", "0"], capture_output=True, text=True, check=False)
    assert (refused.returncode, "the database is a standby" in refused.stderr) == (2, True)
    store = Store.open(os.environ["KEYDESK_DATABASE_URL"])
    with pytest.raises(ServiceUnavailable):
        asyncio.run(store.write(facts.keep, "a", "b"))
    store.close()


def shown() -> int:
    """How many users the standby lets be read."""
    with psycopg.connect(os.environ["KEYDESK_DATABASE_URL"]) as db:
        found = db.execute("SELECT count(*) FROM users").fetchone()
    return int(found[0]) if found else 0


def keydesk(*words: str) -> Result:
    return CliRunner().invoke(app, words)


@contextmanager
def writing(pool: Pool) -> Iterator[list[str]]:
    """Several sign up all the time; gives the names of those who were told that they have."""
    signed_up: list[str] = []
    over = threading.Event()

    def work(writer: int) -> None:
        number = 0
        while not over.is_set():
            number += 1
            try:
                pool.sign_up(name := f"user{writer}-{number}")
            except ClientError:
                time.sleep(0.05)  # the database is away
            else:
                signed_up.append(name)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        yield signed_up
    finally:
        over.set()
        for thread in threads:
            thread.join()


def until(reached: object) -> None:
    for _ in range(600):
        if reached():  # type: ignore[operator]
            return
        time.sleep(0.05)
    raise AssertionError("it does not go on")


def names(server: Serving, pool: Pool) -> set[str]:
    pages = server.client().get_paginator("list_users").paginate(UserPoolId=pool.id)
    return {user["Username"] for page in pages for user in page["Users"]}
