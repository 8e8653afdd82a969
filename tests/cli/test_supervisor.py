"""`keydesk serve` as an operator runs it: several processes, changed settings, and a goodbye that loses nobody."""

import asyncio
import json
import os
import signal
import socket
import sys
import threading
import urllib.error
import urllib.request
from asyncio.subprocess import Process
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from prometheus_client.parser import text_string_to_metric_families
from tests.cli.running import PATIENCE, Running, begun, running, until

from keydesk.cli.supervisor import TRIES, Supervisor

KEY, OTHER = "KDADMIN:a-secret-of-some-length", "KDOTHER:another-secret-of-some-length"


def children(server: Running) -> set[int]:
    """The processes that answer."""
    return {
        int(pid) for pid in Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children").read_text().split()
    }


def events(server: Running, name: str) -> list[dict[str, object]]:
    return [event for line in server.err.splitlines() if (event := json.loads(line))["event"] == name]


def get(server: Running, path: str) -> tuple[int, str, str]:
    """Status, body and Connection header of an answer."""
    try:
        with urllib.request.urlopen(f"{server.address}/_keydesk/{path}", timeout=20) as answer:
            return answer.status, answer.read().decode(), answer.headers.get("connection", "")
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode(), refusal.headers.get("connection", "")


def calls(server: Running, operation: str) -> float:
    families = text_string_to_metric_families(get(server, "metrics")[1])
    samples = [sample for family in families for sample in family.samples if sample.name == "keydesk_calls_total"]
    return sum(sample.value for sample in samples if sample.labels["operation"] == operation)


@contextmanager
def asking(server: Running, key: str = KEY) -> Iterator[list[str]]:
    """Somebody who asks without a pause, each time on a connection of its own; the list takes what went wrong."""
    faults: list[str] = []
    enough = threading.Event()

    def ask() -> None:
        while not enough.is_set():
            try:
                client = server.client(key=key)
                client.list_user_pools(MaxResults=1)
                client.close()
            except Exception as fault:
                faults.append(repr(fault))

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield faults
    finally:
        enough.set()
        for thread in threads:
            thread.join()


def test_processes_share_a_socket_and_replace_one_another(tmp_path: Path) -> None:
    """One that is killed is replaced, what was written is there, counts are those of all, and all end together.

    Counts have their room on the disk before they need it: on one that is full a hole in their files would end all.
    """
    with running(tmp_path, "serve", "--workers", "2", "--data", "d", KEYDESK_ADMIN_KEYS=KEY, TMPDIR=".") as server:
        until(lambda: len(events(server, "ready")) == 2)
        first = children(server)
        assert len(first) == 2
        pool = server.client(key=KEY).create_user_pool(PoolName="p")["UserPool"]["Id"]
        for _ in range(30):
            client = server.client(key=KEY)
            assert client.describe_user_pool(UserPoolId=pool)["UserPool"]["Name"] == "p"
            client.close()
        assert calls(server, "DescribeUserPool") == 30
        counts = [path.stat() for path in tmp_path.glob("keydesk-counts-*/*.db")]
        assert len(counts) == 6
        assert all(file.st_blocks * 512 >= file.st_size for file in counts)
        os.kill(first.pop(), signal.SIGKILL)
        until(lambda: len(events(server, "ready")) == 3)
        assert len(children(server)) == 2
        assert len(children(server) & first) == 1
        assert [event["exit"] for event in events(server, "a server process ended")] == [-signal.SIGKILL]
        assert server.client(key=KEY).describe_user_pool(UserPoolId=pool)["UserPool"]["Name"] == "p"
        assert calls(server, "DescribeUserPool") == 31
        left = children(server)
        assert server.stop() == 0
    assert not any(Path(f"/proc/{pid}").exists() for pid in left)


def test_processes_do_not_outlive_the_one_that_keeps_them(tmp_path: Path) -> None:
    with running(tmp_path, "serve", "--workers", "2", "--data", "d", KEYDESK_ADMIN_KEYS=KEY) as server:
        until(lambda: len(events(server, "ready")) == 2)
        left = children(server)
        server.process.kill()
        until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


def test_who_is_told_to_reload_or_to_stop_while_it_starts_has_not_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reload ends a process that listens for none yet: the next one reads the settings of now anyway."""
    start, reloads = asyncio.create_subprocess_exec, iter(range(TRIES))

    async def told_meanwhile(*_: str, **__: Any) -> Process:
        process = await start(sys.executable, "-c", "import time; time.sleep(60)")
        if next(reloads, None) is None:
            supervisor._stop()
        else:
            process.send_signal(signal.SIGHUP)
        return process

    monkeypatch.setattr(asyncio, "create_subprocess_exec", told_meanwhile)
    with socket.socket() as listener:
        supervisor = Supervisor(1, listener, tmp_path)
        assert asyncio.run(asyncio.wait_for(supervisor.run(), 30)) == 0


def test_processes_that_will_not_stay_are_given_up(tmp_path: Path) -> None:
    """What none of them can open is told, and the command ends with 1 in place of trying for ever."""
    with running(tmp_path, "serve", "--workers", "2", "--data", "d", KEYDESK_ADMIN_KEYS=KEY) as server:
        until(lambda: len(events(server, "ready")) == 2)
        (tmp_path / "d" / "sealing.key").chmod(0o644)
        for pid in children(server):
            os.kill(pid, signal.SIGKILL)
        assert server.process.wait(PATIENCE) == 1
        assert "the sealing key is open to others" in server.err


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_reload_takes_settings_over_and_loses_nobody(tmp_path: Path, workers: str) -> None:
    file = tmp_path / "keydesk.toml"
    file.write_text(f'admin_keys = "{KEY},{OTHER}"\n')
    with running(tmp_path, "serve", "--workers", workers, "--data", "d") as server:
        until(lambda: len(events(server, "ready")) == int(workers))
        server.client(key=OTHER).list_user_pools(MaxResults=1)
        with asking(server) as faults:
            file.write_text(f'admin_keys = "{KEY}"\n')
            server.process.send_signal(signal.SIGHUP)
            until(lambda: len(events(server, "reloaded")) == int(workers))
            with pytest.raises(ClientError, match="UnrecognizedClient"):
                server.client(key=OTHER).list_user_pools(MaxResults=1)
            file.write_text(f'admin_keys = "{KEY}"\nlog_level = "error"\nkms_key = "alias/x@http://127.0.0.1:9"\n')
            server.process.send_signal(signal.SIGHUP)
            until(lambda: len(events(server, "not reloaded: the settings in force stay")) == int(workers))
            since = str(events(server, "not reloaded: the settings in force stay")[-1]["at"])
            until(lambda: str(events(server, "call")[-1]["at"]) > since)
            file.write_text(f'admin_keys = "{KEY}"\nhost = "localhost"\n')
            server.process.send_signal(signal.SIGHUP)
            until(lambda: len(events(server, "changed settings wait for a restart")) == int(workers))
        assert faults == []
        assert server.stop() == 0


def test_a_reload_that_is_asked_for_during_another_is_not_lost(tmp_path: Path) -> None:
    """Settings may have changed since the other one read them: it has when it tries what functions may do."""
    file, changed = tmp_path / "keydesk.toml", tmp_path / "changed.toml"
    file.write_text(f'admin_keys = "{KEY},{OTHER}"\n')
    changed.write_text(f'admin_keys = "{KEY}"\n')

    def accepted() -> bool:
        with suppress(ClientError):
            return "UserPools" in server.client(key=OTHER).list_user_pools(MaxResults=1)
        return False

    with running(tmp_path, "serve", "--data", "d") as server:
        assert accepted()
        server.process.send_signal(signal.SIGHUP)
        until(lambda: bool(children(server) or events(server, "reloaded")))
        changed.replace(file)
        server.process.send_signal(signal.SIGHUP)
        until(lambda: not accepted())


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_reload_before_the_start_is_over_waits_for_it(tmp_path: Path, workers: str) -> None:
    with begun(tmp_path, "serve", "--data", "d", "--workers", workers) as server:
        until(lambda: bool(events(server, "administrator's access key")))
        server.process.send_signal(signal.SIGHUP)
        server.until_ready()
        assert server.stop() == 0


def test_readiness_goes_red_before_the_end(tmp_path: Path) -> None:
    """A balancer sees it while requests are still answered, and every answer ends its connection (DU-09)."""
    with running(tmp_path, "serve", "--data", "d", KEYDESK_ADMIN_KEYS=KEY, KEYDESK_DRAIN="300") as server:
        assert get(server, "ready")[0] == 200
        server.process.send_signal(signal.SIGTERM)
        until(lambda: get(server, "ready")[0] == 503)
        status, body, connection = get(server, "ready")
        assert (status, json.loads(body)["status"], connection) == (503, "stopping", "close")
        assert get(server, "health")[0] == 200
        assert "UserPools" in server.client(key=KEY).list_user_pools(MaxResults=1)
        assert server.stop() == 0  # told twice, it does not wait
