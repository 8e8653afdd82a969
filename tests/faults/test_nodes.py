"""Three nodes on one PostgreSQL behind HAProxy, under load: one is killed, all are restarted in turn (DU-04, DU-10)."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests import postgres
from tests.cli.running import PATIENCE
from tests.faults.facts import World, more, writing
from tests.faults.wire import Away, Client, Server

HAPROXY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(HAPROXY is None, reason="HAProxy is not installed (Debian's package haproxy)"),
]
# As deploy/haproxy.cfg, with checks that come sooner.
CONFIGURATION = """
defaults
    mode http
    timeout connect 2s
    timeout client 60s
    timeout server 60s
    timeout check 5s
    retries 3
    option redispatch 1
    retry-on conn-failure
frontend door
    bind 127.0.0.1:{port}
    default_backend nodes
backend nodes
    balance roundrobin
    option httpchk GET /_keydesk/ready
    default-server check inter 100ms fall 2 rise 1
"""


class Cluster:
    """The nodes, and the port of the balancer before them."""

    def __init__(self, nodes: list[Server], port: int) -> None:
        self.nodes, self.port = nodes, port


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    url = postgres.required_database(schema=True)
    said = {"KEYDESK_DATABASE_URL": url, "KEYDESK_KEY_FILE": str(tmp_path / "sealing.key"), "KEYDESK_DRAIN": "1"}
    with ExitStack() as stack:
        nodes = []
        for number in range(3):
            home = tmp_path / f"node{number}"
            home.mkdir()
            nodes.append(stack.enter_context(Server(home, postgres.free_port(), **said)))
        file, port = tmp_path / "haproxy.cfg", postgres.free_port()
        lines = "".join(f"    server node{node.port} 127.0.0.1:{node.port}\n" for node in nodes)
        file.write_text(CONFIGURATION.format(port=port) + lines)
        balancer = stack.enter_context(subprocess.Popen([str(HAPROXY), "-f", str(file)], stderr=subprocess.DEVNULL))
        stack.callback(balancer.terminate)
        until_it_answers(balancer, port)
        yield Cluster(nodes, port)
    postgres.drop_database(url)


def until_it_answers(balancer: subprocess.Popen[bytes], port: int) -> None:
    """HAProxy listens a moment after it was started."""
    client, end = Client(port), time.monotonic() + PATIENCE
    while True:
        try:
            client("ListUserPools", MaxResults=1)
            return
        except Away:
            assert balancer.poll() is None, "HAProxy has ended"
            assert time.monotonic() < end, "HAProxy does not answer"
            time.sleep(0.02)
        finally:
            client.close()


def test_a_killed_node_takes_only_what_was_in_flight(cluster: Cluster) -> None:
    api = Client(cluster.port)
    with writing(World(api, cluster.port)) as writers:
        more(writers, 3)
        assert sum(writer.unknown for writer in writers) == 0
        cluster.nodes[1].kill()
        more(writers, 5)
    api.close()
    # Each had one request under way at most.
    assert all(writer.unknown <= 1 for writer in writers)


def test_nodes_are_restarted_in_turn_and_nobody_notices(cluster: Cluster) -> None:
    api = Client(cluster.port)
    with writing(World(api, cluster.port)) as writers:
        for node in cluster.nodes:
            more(writers, 2)
            assert node.stop() == 0
            more(writers, 2)
            node.start()
    api.close()
    assert sum(writer.unknown for writer in writers) == 0
