"""PgBouncer before the tests' PostgreSQL, in transaction mode, with few connections behind it."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import psycopg
import pytest
from tests import postgres
from tests.cli.running import PATIENCE

PGBOUNCER = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
needed = pytest.mark.skipif(PGBOUNCER is None, reason="PgBouncer is not installed (Debian's package pgbouncer)")
# As docs/scale.md says, but for who may come in.
CONFIGURATION = """
[databases]
* = host={host} port={port} user={user}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listens}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {size}
max_client_conn = 500
"""


class Bouncer:
    """One PgBouncer before the server of `url`; `url` is then the database's address through it."""

    def __init__(self, url: str, folder: Path, size: int) -> None:
        given = psycopg.conninfo.conninfo_to_dict(url)
        port = postgres.free_port()
        self._file = folder / "pgbouncer.ini"
        said = {name: given[name] for name in ("host", "port", "user")}
        self._file.write_text(CONFIGURATION.format(listens=port, size=size, **said))
        self.url = f"postgresql://{given['user']}@127.0.0.1:{port}/{given['dbname']}?pgbouncer=true"

    def start(self) -> None:
        command = [str(PGBOUNCER), "-q", self._file.name]
        if os.geteuid() == 0:
            command[1:1] = ["-u", "nobody"]
            self._file.chmod(0o644)
        self._process = subprocess.Popen(command, cwd=self._file.parent, stderr=subprocess.DEVNULL)
        end = time.monotonic() + PATIENCE
        while True:
            try:
                psycopg.connect(self.url.partition("?")[0]).close()
                return
            except psycopg.OperationalError:
                assert time.monotonic() < end, "PgBouncer does not answer"
                time.sleep(0.05)

    def stop(self) -> None:
        """At once: whoever is connected is cut off."""
        self._process.kill()
        self._process.wait()
