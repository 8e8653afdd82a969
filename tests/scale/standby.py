"""A standby of a PostgreSQL server of the tests': it streams what the other writes, and can take its place."""

import tempfile
from pathlib import Path

import psycopg
from tests import postgres
from tests.postgres import Cluster

NAME = "standby"


class Standby(Cluster):
    """Made by pg_basebackup from a primary that runs; starts as a standby. Raises NoServer."""

    def __init__(self, primary: Cluster) -> None:
        self._user, self._programs = primary._user, primary._programs
        self._folder = Path(tempfile.mkdtemp(prefix="keydesk-standby-"))
        if self._user:
            postgres.os.chown(self._folder, self._user.pw_uid, self._user.pw_gid)
        self._data = self._folder / "data"
        source = f"{primary.url}/postgres?application_name={NAME}"
        self._run("pg_basebackup", "-R", "-X", "stream", "-c", "fast", "-d", source)
        port = postgres.free_port()
        self._options = f"-c port={port} -c unix_socket_directories={self._folder} -c max_connections=100"
        self.url = f"postgresql://keydesk@127.0.0.1:{port}"

    def promote(self) -> None:
        """From now on it takes writes."""
        self._run("pg_ctl", "-w", "promote")


def synchronous(primary: Cluster, names: str = NAME) -> None:
    """A commit at the primary is acknowledged when the standby has it, too."""
    with psycopg.connect(f"{primary.url}/postgres", autocommit=True) as db:
        db.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{names}'".encode())
        db.execute("SELECT pg_reload_conf()")


def either(primary: Cluster, standby: Cluster, name: str) -> str:
    """A database's URL with both servers in it: the one that is no standby is used."""
    hosts = "&".join(f"host={one.url.rpartition('@')[2]}" for one in (primary, standby))
    return f"postgresql://keydesk@/{name}?{hosts}&target_session_attrs=primary"
