"""`python -m bench.nodes`: processes and nodes, SQLite and PostgreSQL side by side, written to bench/nodes.md.

The load and PostgreSQL run on the same machine as the servers, so that calls per second end where its cores do. What
can be trusted is CPU for each call, and its share of the floor: that is what a core gives wherever it stands.
"""

import itertools
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import boto3
from tests import postgres

from bench import dialogues, floor
from bench.__main__ import machine
from bench.floor import PASSWORD
from bench.load import KEYDESK, Result, Server, Talk, ask, drive, repeated

HERE: Final = Path(__file__).parent
SECONDS: Final = 4.0
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
    least = floor.measured()
    lines = [
        "# Processes and nodes",
        "",
        f"Measured by `python -m bench.nodes` on {datetime.now(UTC):%Y-%m-%d}: {machine()}.",
        f"{LINES} connections, {SECONDS:.0f} s for each figure. The load and PostgreSQL run on the same cores, so",
        "calls per second say little; CPU-ms are those of Keydesk's processes, and the share is the floor divided by",
        "them. The floor is that of bench/results.md, with SQLite for its database.",
        "",
        "| how | password: per second | CPU-ms | share | SRP: per second | CPU-ms | share "
        "| refresh: per second | CPU-ms | share |",
        "|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|",
    ]
    for shape in SHAPES:
        with _running(shape) as servers:
            costs = _costs(servers)
        cells = [
            f"{cost.per_second:.0f} | {cost.server_ms:.2f} | {best / cost.server_ms:.0%}"
            for cost, best in zip(costs, (least.verifier, least.srp, least.refresh), strict=True)
        ]
        lines.append(f"| {shape} | {' | '.join(cells)} |")
        print(lines[-1], flush=True)
    (HERE / "nodes.md").write_text("\n".join(lines) + "\n", "utf-8")


@contextmanager
def _running(shape: Shape) -> Iterator[list[Server]]:
    """The nodes, ready."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keydesk-nodes-")))
        said = {"KEYDESK_KEY_FILE": str(folder / "sealing.key"), "KEYDESK_WORKERS": str(shape.workers)}
        if shape.database == "PostgreSQL":
            cluster = postgres.Cluster(("max_connections=200", "shared_buffers=256MB"))
            stack.callback(cluster.remove)
            cluster.start()
            said["KEYDESK_DATABASE_URL"] = f"{cluster.url}/postgres"
        yield [stack.enter_context(_node(folder / str(number), said)) for number in range(shape.nodes)]


@contextmanager
def _node(data: Path, said: dict[str, str]) -> Iterator[Server]:
    port, started = postgres.free_port(), time.perf_counter()
    command = [str(KEYDESK), "serve", "--port", str(port), "--data", str(data)]
    environment = {**os.environ, "KEYDESK_LOG_LEVEL": "error", "KEYDESK_ADMIN_KEYS": f"{KEY}:{SECRET}", **said}
    with subprocess.Popen(command, env=environment) as process:
        server = Server(process.pid, f"http://127.0.0.1:{port}", "", "", 0.0)
        try:
            _until_ready(server)
            yield server
        finally:
            process.terminate()
    print(f"one node: {time.perf_counter() - started:.0f} s", flush=True)


def _until_ready(server: Server) -> None:
    for _ in range(600):
        try:
            _cognito(server).list_user_pools(MaxResults=1)
        except Exception:
            time.sleep(0.1)
        else:
            return
    raise SystemExit("the node does not answer")


def _cognito(server: Server) -> Any:
    return boto3.client(
        "cognito-idp",
        endpoint_url=server.address,
        region_name="us-east-1",
        aws_access_key_id=KEY,
        aws_secret_access_key=SECRET,
    )


def _costs(servers: Sequence[Server]) -> tuple[Result, Result, Result]:
    """A password, SRP, and a refresh, each spread over the nodes."""
    cognito = _cognito(servers[0])
    pool = cognito.create_user_pool(PoolName="bench")["UserPool"]["Id"]
    flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    made = cognito.create_user_pool_client(UserPoolId=pool, ClientName="bench", ExplicitAuthFlows=flows)
    client = made["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(UserPoolId=pool, Username="ada", Password=PASSWORD, Permanent=True)
    typed = {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client}
    typed["AuthParameters"] = {"USERNAME": "ada", "PASSWORD": PASSWORD}
    held = ask(servers[0], "InitiateAuth", typed)["AuthenticationResult"]["RefreshToken"]
    again = {"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": client, "AuthParameters": {"REFRESH_TOKEN": held}}
    return (
        _spread(servers, repeated(servers[0], "InitiateAuth", [typed])),
        _spread(servers, dialogues.by_srp(client, pool, PASSWORD)),
        _spread(servers, repeated(servers[0], "InitiateAuth", [again])),
    )


def _spread(servers: Sequence[Server], talk: Talk) -> Result:
    """A load over all nodes; CPU of all their processes together."""
    return drive(_Nodes(servers), talk, seconds=SECONDS, lines=LINES)  # type: ignore[arg-type]


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
