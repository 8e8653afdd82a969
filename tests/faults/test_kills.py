"""What was acknowledged outlives the server, whenever it is killed (DU-01, DU-02).

A few kills here; `make kills` does hundreds.
"""

import os
import random
import sqlite3
import time
from pathlib import Path

import pytest
from tests import postgres
from tests.faults.facts import World, writing
from tests.faults.wire import Client, Server

from keydesk.store.store import Store

KILLS = int(os.environ.get("KILLS", "5"))


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_no_acknowledged_write_is_lost(kind: str, tmp_path: Path) -> None:
    url = postgres.required_database(schema=True) if kind == "postgresql" else ""
    with Server(tmp_path, postgres.free_port(), KEYDESK_DATABASE_URL=url) as server:
        api = Client(server.port)
        world = World(api, server.port)
        with writing(world) as writers:
            for _ in range(KILLS):
                time.sleep(random.uniform(0.02, 0.5))  # the one thing that cannot be set: when it happens
                server.kill()
                server.start()
        api.close()
        server.kill()
    if kind == "sqlite":
        with sqlite3.connect(tmp_path / "d" / "keydesk.db") as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert db.execute("PRAGMA foreign_key_check").fetchall() == []
        db.close()
    else:
        Store.open(url).close()
        postgres.drop_database(url)
    print(f"{KILLS} kills, {sum(writer.steps for writer in writers)} acknowledged writes, none lost")
