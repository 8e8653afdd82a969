"""`make bench`: sign-ins per second and CPU per sign-in beside the floor, written to bench/results.md.

`python -m bench imports`, `bench.scale` and `bench.nodes` are others, each for itself.
"""

import functools
import io
import platform
import re
import statistics
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import boto3

from bench import cores, dialogues, floor, imports, neighbours, tracing
from bench.floor import PASSWORD
from bench.load import Result, Server, Talk, ask, drive, repeated, running
from bench.population import populate
from bench.rows import HEAD, ROUNDS, Row

HERE: Final = Path(__file__).parent
SECONDS: Final = 1.5
LINES: Final = 8
PYTHON: Final = f"python3.{sys.version_info.minor}"
# What gives its event back, by what it is written in.
RUNTIMES: Final = {
    "Python": (PYTHON, "def handler(event, context):\n    return event\n"),
    "Node.js": ("nodejs22.x", "export const handler = async (event) => event;\n"),
}
SIZES: Final = (100, 100_000)

Driven = Callable[[Talk], Result]


def main() -> None:
    with floor.opened() as least, tempfile.TemporaryDirectory(prefix="keydesk-bench-") as data:
        with running(Path(data), cores.to_the_desk) as server:
            bench = Bench(server)
            bench.prepare()
            idle_mb = server.memory_mb()
            rows = [row.told() for row in bench.rows(least)]
            start_up = (
                f"Start-up {server.start_ms:.0f} ms, resident memory {idle_mb:.0f} MB at rest and "
                f"{server.memory_mb():.0f} MB under load."
            )
        parts = least.alone()
    others = [start_up, *cost_of_traces().told(), *two_pools().told()]
    text = report(parts, rows, by_sizes(), others)
    (HERE / "results.md").write_text(text, "utf-8")
    print(text)


class Bench:
    """One server, its pools, and the loads. `driven` loads others in its place: several nodes are one service."""

    def __init__(
        self, server: Server, keys: tuple[str, str] = ("keydesk", "keydesk"), driven: Driven | None = None
    ) -> None:
        self.server = server
        key, secret = keys
        self.cognito, self.functions = (
            boto3.client(
                service,
                endpoint_url=server.address,
                region_name="us-east-1",
                aws_access_key_id=key,
                aws_secret_access_key=secret,
            )
            for service in ("cognito-idp", "lambda")
        )
        self._driven = driven or functools.partial(drive, server, seconds=SECONDS, lines=LINES)
        self.with_srp = self.no_srp = self.pool = ""

    def prepare(self) -> None:
        """Two pools: one keeps SRP verifiers, one argon2id; each with the same user."""
        self.pool, self.with_srp = self.new_pool(
            ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
        )
        _, self.no_srp = self.new_pool(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])

    def rows(self, least: floor.Floor) -> Iterator[Row]:
        """In this order: the later ones set triggers."""
        yield Row("password, verifier", lambda: self.sign_in("ada", self.with_srp), least.verifier, 0.70)
        yield Row("password, argon2id", lambda: self.sign_in("ada", self.no_srp), least.argon2id, 0.80)
        yield Row("refresh", self.refresh, least.refresh, 0.75)
        yield Row("SRP, both calls", self.by_srp, least.srp, 0.70)
        self.set_riddle()
        yield Row("custom challenge in Python, both calls", self.by_riddle, least.custom, None)
        for name in RUNTIMES:
            self.set_triggers(name)
            what = f"password, verifier, pre and post authentication in {name}"
            yield Row(what, lambda: self.sign_in("ada", self.with_srp), least.functions[name], 0.55)

    def new_pool(self, flows: list[str]) -> tuple[str, str]:
        pool = self.cognito.create_user_pool(PoolName="bench")["UserPool"]["Id"]
        made = self.cognito.create_user_pool_client(UserPoolId=pool, ClientName="bench", ExplicitAuthFlows=flows)
        self.cognito.admin_create_user(UserPoolId=pool, Username="ada", MessageAction="SUPPRESS")
        self.cognito.admin_set_user_password(UserPoolId=pool, Username="ada", Password=PASSWORD, Permanent=True)
        return pool, made["UserPoolClient"]["ClientId"]

    def sign_in(self, name: str, client: str) -> Result:
        return self._driven(repeated(self.server, "InitiateAuth", [sign_in(name, client)]))

    def refresh(self) -> Result:
        held = ask(self.server, "InitiateAuth", sign_in("ada", self.with_srp))["AuthenticationResult"]["RefreshToken"]
        said = {"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": self.with_srp, "AuthParameters": {"REFRESH_TOKEN": held}}
        return self._driven(repeated(self.server, "InitiateAuth", [said]))

    def by_srp(self) -> Result:
        return self._driven(dialogues.by_srp(self.with_srp, self.pool, PASSWORD))

    def set_riddle(self) -> None:
        """The functions of CUSTOM_AUTH."""
        arn = self.deployed("riddle", PYTHON, dialogues.RIDDLE)
        members = ("DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse")
        self.cognito.update_user_pool(UserPoolId=self.pool, LambdaConfig=dict.fromkeys(members, arn))

    def by_riddle(self) -> Result:
        return self._driven(dialogues.by_riddle(self.with_srp))

    def set_triggers(self, name: str) -> None:
        """Before and after authentication. What they add to a sign-in is what T-088 speaks of."""
        members = ("PreAuthentication", "PostAuthentication")
        label = name.partition(".")[0].lower()
        arns = {member: self.deployed(f"{label}-{member}", *RUNTIMES[name]) for member in members}
        self.cognito.update_user_pool(UserPoolId=self.pool, LambdaConfig=arns)

    def deployed(self, name: str, runtime: str, code: str) -> str:
        """A new function; gives its ARN."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py" if runtime.startswith("python") else "index.mjs", code)
        made = self.functions.create_function(
            FunctionName=name,
            Runtime=runtime,
            Handler="index.handler",
            Role="arn:aws:iam::000000000000:role/bench",
            Code={"ZipFile": packed.getvalue()},
        )
        return str(made["FunctionArn"])


def cost_of_traces() -> tracing.Cost:
    """The same sign-ins, with traces and without."""
    folder = tempfile.TemporaryDirectory
    with (
        folder() as one,
        folder() as other,
        running(Path(one), cores.to_the_desk) as keeping,
        running(Path(other), cores.to_the_desk, trace_days="0") as none,
    ):
        asked = []
        for server in (keeping, none):
            bench = Bench(server)
            bench.prepare()
            asked.append((server, sign_in("ada", bench.with_srp)))
        return tracing.measured(asked[0], asked[1], LINES)


def two_pools() -> neighbours.Neighbours:
    """One pool beside another whose trigger is slow."""
    with tempfile.TemporaryDirectory(prefix="keydesk-bench-") as data, running(Path(data)) as server:
        bench = Bench(server)
        bench.prepare()
        pool, client = bench.new_pool(["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"])
        arn = bench.deployed("slow", PYTHON, neighbours.SLOW)
        bench.cognito.update_user_pool(UserPoolId=pool, LambdaConfig={"PreAuthentication": arn})
        return neighbours.measured(server, sign_in("ada", bench.with_srp), sign_in("ada", client))


def by_sizes() -> list[str]:
    """Sign-ins in pools of such sizes, by user name and by e-mail, spread over the pool: a line for each size."""
    ways = ("user{:06}", "user{:06}@example.com")
    with ExitStack() as stack:
        loads = {(size, way): load for size in SIZES for way, load in _at_size(stack, size, ways).items()}
        taken = [{key: load() for key, load in loads.items()} for _ in range(ROUNDS)]  # in turn
    cost = {key: statistics.median(one[key].server_ms for one in taken) for key in loads}
    speed = {key: statistics.median(one[key].per_second for one in taken) for key in loads}
    return [
        f"| {size:,} | {' | '.join(f'{cost[size, way]:.2f}' for way in ways)} | {speed[size, ways[0]]:.0f} |"
        for size in SIZES
    ]


def _at_size(stack: ExitStack, size: int, ways: Sequence[str]) -> dict[str, Callable[[], Result]]:
    data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="keydesk-bench-")))
    client = populate(data, size)
    server = stack.enter_context(running(data, cores.to_the_desk))
    some = range(0, size, max(1, size // 50))
    talks = {
        way: repeated(server, "InitiateAuth", [sign_in(way.format(number), client) for number in some]) for way in ways
    }
    return {way: functools.partial(drive, server, talk, seconds=SECONDS, lines=LINES) for way, talk in talks.items()}


def report(parts: dict[str, float], rows: list[str], flat: list[str], others: list[str]) -> str:
    """The whole page."""
    lines = [
        "# What Keydesk costs",
        "",
        f"Measured by `make bench` on {datetime.now(UTC):%Y-%m-%d}: {machine()}.",
        f"Keydesk {version('keydesk')}, SQLite, one server process, {LINES} connections.",
        "The server and its workers have one core, the load has the others; the floor is measured on that one core",
        "while the others are as busy with JSON as a load makes them. CPU is user and system time of the processes;",
        "the share is the floor divided by what server and workers took: what a core gives, of what it could. Floor",
        f"and load are measured in turn, each load for {SECONDS:g} s between two floors; of {ROUNDS} rounds that",
        "with the median share is told. Trust shares and ratios, not absolute numbers. A server that roams over the",
        "cores costs up to a tenth more: work that goes from thread to thread then goes from core to core.",
        "",
        *HEAD,
    ]
    lines += rows
    named = ", ".join(f"{name} {ms:.3f}" for name, ms in parts.items())
    lines += [
        "",
        "The floor of a sign-in is parsing, one read, the password check, two signatures and one synced write, in a",
        "loop in one process with the bare drivers; of a refresh the same without check and write; of SRP the same",
        "with B and the shared key for the check, and two writes more: what waits between the calls. The rows with",
        "triggers have a floor of their own: the sign-in's, and a call to each of two processes that are warm, over",
        "a socket pair with nothing around it: no limits, no logs, no timers. An event is encoded, an answer decoded;",
        "in Python AWS's own runtime client runs the handler, in Node.js a few lines. The CPU of all processes",
        f"counts, in the floor as in the row. CPU-ms of each part in a loop of its own: {named}.",
        "",
        *others,
        "",
        "| users in the pool | by user name, CPU-ms | by e-mail, CPU-ms | per second |",
        "|---:|---:|---:|---:|",
        *flat,
    ]
    return "\n".join(lines) + "\n"


def sign_in(name: str, client: str) -> dict[str, Any]:
    said = {"USERNAME": name, "PASSWORD": PASSWORD}
    return {"AuthFlow": "USER_PASSWORD_AUTH", "ClientId": client, "AuthParameters": said}


def machine() -> str:
    """What this runs on."""
    found = re.search(r"model name\s*:\s*(.+)", Path("/proc/cpuinfo").read_text())
    cores = len(re.findall(r"^processor", Path("/proc/cpuinfo").read_text(), re.M))
    return f"{found[1] if found else platform.machine()}, {cores} cores, Python {platform.python_version()}"


if __name__ == "__main__":
    imports.main() if sys.argv[1:2] == ["imports"] else main()
