"""The house as a whole: what it opens it closes, what it kept is there again, and several may stand on one database."""

import asyncio
import shutil
import threading
import time
from pathlib import Path

import pytest
from sqlalchemy import Connection, Table, func, select
from tests.meeting import COMES, Meeting
from tests.serving import Pool, Serving, serving

from keydesk.app import house, now
from keydesk.crypto.key_file import KeyRefused
from keydesk.settings import Settings, load
from keydesk.store.tables import codes, sessions, waiting

MONTH = 31 * 86_400_000  # milliseconds
PRINTING = f"import os\n{COMES}def handler(event, context):\n    print('WORKER')\n    return event\n"


def test_a_stop_leaves_no_process_and_no_thread_and_loses_no_line(
    tmp_path: Path, database_url: str, meeting: Meeting
) -> None:
    """What a function printed just before the stop is stored; its worker and all threads are gone."""
    before = set(threading.enumerate())
    with serving(tmp_path, database_url=database_url) as server:
        server.deploy("printing", PRINTING, Environment=meeting.environment)
        server.client("lambda").invoke(FunctionName="printing", Payload=b"{}")
        worker = meeting.one()
    assert set(threading.enumerate()) <= before  # those of tests before may end meanwhile
    worker.setblocking(False)
    assert worker.recv(1) == b""  # it held the other end for as long as it lived
    worker.close()
    with serving(tmp_path, database_url=database_url) as server:
        said = server.client("logs").filter_log_events(logGroupName="/aws/lambda/printing", filterPattern="WORKER")
        assert [event["message"].strip() for event in said["events"]] == ["WORKER"]


def test_a_house_that_cannot_open_closes_what_it_had_opened(tmp_path: Path, database_url: str) -> None:
    """SE-06: with another key it stops in the middle; nothing of it stays, and the right key opens the same data."""
    with serving(tmp_path, database_url=database_url) as server:
        pool = Pool(server)
        pool.user()
        client = pool.client
    shutil.copy(tmp_path / "sealing.key", tmp_path / "kept")
    (tmp_path / "sealing.key").unlink()
    with serving(tmp_path / "other"):
        shutil.copy(tmp_path / "other" / "sealing.key", tmp_path / "sealing.key")
    before = set(threading.enumerate())
    with pytest.raises(KeyRefused, match=r"sealing\.key"), serving(tmp_path, database_url=database_url):
        pass
    assert set(threading.enumerate()) <= before
    shutil.copy(tmp_path / "kept", tmp_path / "sealing.key")
    with serving(tmp_path, database_url=database_url) as server:
        assert signs_in(server, client)


def test_two_servers_on_one_database_are_one(tmp_path: Path, database_url: str) -> None:
    """A user made at one signs in at the other; a session begun here ends there; a sign-out counts everywhere."""
    with (
        serving(tmp_path, database_url=database_url) as here,
        serving(tmp_path, database_url=database_url) as there,
    ):
        pool = Pool(here)
        pool.user()
        token = signs_in(there, pool.client)
        assert pool.api.get_user(AccessToken=token)["Username"] == "ada"
        there.client().admin_user_global_sign_out(UserPoolId=pool.id, Username="ada")
        assert pool.refused(pool.api.get_user, AccessToken=token)[0] == "NotAuthorizedException"


def test_what_has_expired_is_deleted_from_the_start_on(tmp_path: Path, database_url: str) -> None:
    """Sessions, codes and waiting challenges; the server's own clock says when."""
    with serving(tmp_path, database_url=database_url) as server:
        pool = Pool(server, AutoVerifiedAttributes=["email"])
        pool.sign_up("eve", attributes={"email": "eve@example.com"})
        pool.user()
        pool.tokens()
        pool.api.admin_create_user(
            UserPoolId=pool.id, Username="new", TemporaryPassword="Aa-123456", MessageAction="SUPPRESS"
        )
        assert pool.sign_in("new", "Aa-123456")["Session"]
    settings = load({}, file=tmp_path / "none.toml", data=str(tmp_path), database_url=database_url)
    for later, kept in ((0, 1), (3 * MONTH, 0)):
        assert asyncio.run(left(settings, later=later, wanted=kept)) == {
            "sessions": kept,
            "codes": kept,
            "waiting": kept,
        }


async def left(settings: Settings, *, later: int, wanted: int) -> dict[str, int]:
    """The rows that are left once a server with this clock has swept, or after a while in which it did not."""
    end = time.monotonic() + (20 if wanted == 0 else 1)
    async with house(settings, "http://127.0.0.1:1", open=True, clock=lambda: now() + later) as opened:
        while True:
            counts = {table.name: await opened.desk.store.read(count, table) for table in (sessions, codes, waiting)}
            if time.monotonic() > end or (wanted == 0 and not any(counts.values())):
                return counts
            await asyncio.sleep(0.02)


def count(db: Connection, table: Table) -> int:
    return int(db.execute(select(func.count()).select_from(table)).scalar_one())


def signs_in(server: Serving, client: str) -> str:
    """The access token of `ada`."""
    answer = server.client().initiate_auth(
        ClientId=client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": "Correct-horse-9"},
    )
    return str(answer["AuthenticationResult"]["AccessToken"])
