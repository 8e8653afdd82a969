"""`python -m bench.nodes`: processes and nodes, SQLite and PostgreSQL side by side, written to bench/nodes.md.

The load and PostgreSQL run on the same machine as the servers, so that calls per second end where its cores do. What
can be trusted is CPU for each call, and its share of the floor: that is what a core gives wherever it stands.
"""

import functools
import itertools
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from tests import postgres

from bench import cores, floor
from bench.__main__ import Bench, machine
from bench.load import KEYDESK, Result, Server, drive
from bench.rows import HEAD, ROUNDS, Row

HERE: Final = Path(__file__).parent
SECONDS: Final = 2.0
AIM: Final = 0.75
LINES: Final = 200
KEY, SECRET = "KDBENCH", "a-secret-of-the-bench"


class Shape(NamedTuple):
    """How a server is run."""

    database: str
    nodes: int
    workers: int

    def __str__(self) -> str:
        nodes = f"{self.nodes} nodes" if self.nodes > 1 else "1 node"
        return f"{self.database}, {nodes}, {self.workers} process{'es' if self.workers > 1 else ''} each"


SHAPES: Final = (
    Shape("SQLite", 1, 1),
    Shape("SQLite", 1, 2),
    Shape("PostgreSQL", 1, 1),
    Shape("PostgreSQL", 1, 2),
    Shape("PostgreSQL", 2, 1),
)


def main() -> None:
    lines = [
        "# Processes and nodes",
        "",
        f"Measured by `python -m bench.nodes` on {datetime.now(UTC):%Y-%m-%d}: {machine()}.",
        f"{LINES} connections, {SECONDS:g} s for each load, between two floors; of {ROUNDS} rounds that with the",
        "median share is told. The load and PostgreSQL run on the same cores, so calls per second say little; CPU-ms",
        "are those of Keydesk's processes, and the share is the floor divided by them: what a core gives, of what it",
        "could. The floor is that of bench/results.md, beside PostgreSQL with psycopg alone for its reads and writes;",
        "what PostgreSQL itself takes counts in neither. A process that is alone has one core with its workers,",
        "which makes it up to a tenth cheaper than one that roams, as those beside others do here.",
    ]
    for shape in SHAPES:
        with _running(shape) as (servers, url):
            driven = functools.partial(drive, _Nodes(servers), seconds=SECONDS, lines=LINES)
            bench = Bench(servers[0], (KEY, SECRET), driven)
            bench.prepare()
            with floor.opened(url) as least:
                lines += ["", f"## {shape}", "", *HEAD, *(row.told() for row in _rows(bench, least))]
    (HERE / "nodes.md").write_text("\n".join(lines) + "\n", "utf-8")


def _rows(bench: Bench, least: floor.Floor) -> Iterator[Row]:
    def password() -> Result:
        return bench.sign_in("ada", bench.with_srp)

    yield Row("password", password, least.verifier, AIM)
    yield Row("SRP, both calls", bench.by_srp, least.srp, AIM)
    yield Row("refresh", bench.refresh, least.refresh, AIM)
    bench.set_triggers("Python")
    yield Row("password, two triggers in Python", password, least.functions["Python"], AIM)
    yield Row("SRP, both calls, two triggers in Python", bench.by_srp, least.srp_functions, AIM)


@contextmanager
def _running(shape: Shape) -> Iterator[tuple[list[Server], str]]:
    """The nodes, ready, and the URL of their PostgreSQL if it is theirs."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keydesk-nodes-")))
        said = {"KEYDESK_KEY_FILE": str(folder / "sealing.key"), "KEYDESK_WORKERS": str(shape.workers)}
        if shape.database == "PostgreSQL":
            cluster = postgres.Cluster(("max_connections=200", "shared_buffers=256MB"))
            stack.callback(cluster.remove)
            cluster.start()
            said["KEYDESK_DATABASE_URL"] = f"{cluster.url}/postgres"
        place = cores.to_the_desk if shape.nodes == shape.workers == 1 else None
        nodes = [stack.enter_context(_node(folder / str(number), said, place)) for number in range(shape.nodes)]
        yield nodes, said.get("KEYDESK_DATABASE_URL", "")


@contextmanager
def _node(data: Path, said: dict[str, str], place: Callable[[], None] | None) -> Iterator[Server]:
    port = postgres.free_port()
    command = [str(KEYDESK), "serve", "--port", str(port), "--data", str(data)]
    environment = {**os.environ, "KEYDESK_LOG_LEVEL": "error", "KEYDESK_ADMIN_KEYS": f"{KEY}:{SECRET}", **said}
    with subprocess.Popen(command, env=environment, preexec_fn=place) as process:
        server = Server(process.pid, f"http://127.0.0.1:{port}", "", "", 0.0)
        try:
            _until_ready(server)
            yield server
        finally:
            process.terminate()


def _until_ready(server: Server) -> None:
    for _ in range(600):
        try:
            Bench(server, (KEY, SECRET)).cognito.list_user_pools(MaxResults=1)
        except Exception:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the node does not answer")


class _Nodes:
    """Several servers as one: each new connection goes to the next."""

    def __init__(self, servers: Sequence[Server]) -> None:
        self._servers = servers
        self._turn = itertools.cycle(servers)

    @property
    def address(self) -> str:
        return next(self._turn).address

    def cpu_ms(self) -> tuple[float, float]:
        """Server processes are the children of those that keep them, so all of it is the servers'."""
        return sum(sum(server.cpu_ms()) for server in self._servers), 0.0


if __name__ == "__main__":
    main()
