"""`python -m bench.growth`: what a user and a call cost PostgreSQL, so that larger installations can be worked out.

Written to bench/growth.md. Everything runs on one machine: rates say little, CPU, bytes and connections hold elsewhere.
"""

import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, NamedTuple

import psycopg
from tests import postgres
from tests.postgres import Cluster
from tests.scale.bouncer import PGBOUNCER, Bouncer
from tests.scale.standby import Standby, synchronous

from bench import dialogues
from bench.__main__ import machine, sign_in
from bench.floor import PASSWORD
from bench.load import TICK, Line, Server, Talk, ask, children, drive, repeated, running, times

HERE: Final = Path(__file__).parent
USERS: Final = 30  # who sign in by turns
MANY: Final = 100_000  # users whose rows are weighed
SECONDS: Final = 2.0
LINES: Final = 16
OPTIONS: Final = (
    "max_connections=100",
    "shared_buffers=256MB",
    "max_wal_size=4GB",
    "checkpoint_timeout=1h",
    "wal_keep_size=1GB",
)
COPIES: Final = (  # of a user who has signed in
    "INSERT INTO users (pool, sub, username, status, enabled, doc, rev, failures, failed, created, modified, email)"
    " SELECT pool, gen_random_uuid()::text, 'person' || n, status, enabled, doc, rev, 0, 0, created, modified,"
    f" 'person' || n || '@example.com' FROM users, generate_series(1, {MANY}) n WHERE username = 'ada'",
    "INSERT INTO names (pool, name, kind, sub) SELECT pool, username, 'username', sub FROM users WHERE email <> ''"
    " UNION ALL SELECT pool, email, 'email', sub FROM users WHERE email <> ''",
    "INSERT INTO sessions (pool, id, sub, client, refresh, origin, revoked, created, expires, ip, agent)"
    " SELECT one.pool, gen_random_uuid()::text, other.sub, client, sha256(other.sub::bytea), gen_random_uuid()::text,"
    " false, one.created, expires, ip, agent FROM sessions one JOIN users other ON other.email <> ''",
)
WAYS: Final = ("sign-in by password", "sign-in by SRP", "refresh", "GetUser", "SignUp")


class Cost(NamedTuple):
    """What a call costs: of the databases' CPU in milliseconds, of the server's, and bytes of write-ahead log."""

    per_second: float
    database_ms: float
    server_ms: float
    wal: float


class Numbered:
    """Counts calls, and gives each a number of its own."""

    def __init__(self, talk: Talk) -> None:
        self.count, self._talk = 0, talk

    async def __call__(self, line: Line, _: int) -> None:
        self.count += 1
        await self._talk(line, self.count)


def main() -> None:
    lines = [
        "# What a user and a call cost PostgreSQL",
        "",
        f"Measured by `python -m bench.growth` on {datetime.now(UTC):%Y-%m-%d}: {machine()}. The load, Keydesk and",
        f"PostgreSQL {version()} share the machine; {LINES} connections, {SECONDS:.0f} s for each row.",
        "",
    ]
    for part in (_calls, _sizes, _pooled, _standbys):
        lines += [*part(), ""]
        print("\n".join(lines), file=sys.stderr)
    (HERE / "growth.md").write_text("\n".join(lines), "utf-8")


def _calls() -> list[str]:
    """CPU and log of each call, with and without images of pages, and without traces."""
    lines = [
        "## A call",
        "",
        "| Call | PostgreSQL, CPU ms | calls a second of its core | Keydesk, CPU ms | WAL, bytes "
        "| with images of pages | without traces |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    with cluster() as db, served(db) as server, served(db, trace_days="0") as plain:
        whole = {way: measured(db, server, way) for way in WAYS}
        said(db, "ALTER SYSTEM SET full_page_writes = off")
        bare = {way: measured(db, server, way) for way in WAYS}
        least = {way: measured(db, plain, way) for way in WAYS}
        for way in WAYS:
            best = min(whole[way].database_ms, bare[way].database_ms)
            cells = (best, 1000 / best, min(whole[way].server_ms, bare[way].server_ms))
            logged = (bare[way].wal, whole[way].wal, least[way].wal)
            lines.append(
                f"| {way} | {cells[0]:.2f} | {cells[1]:,.0f} | {cells[2]:.2f} | "
                + " | ".join(f"{each:,.0f}" for each in logged)
                + " |"
            )
        lines += ["", f"Connections under this load: {connections(db)} of two processes."]
    return lines


def _sizes() -> list[str]:
    """Bytes on disk of a user with two names and one session, indexes included."""
    with cluster() as db, served(db) as server:
        ask(server, "InitiateAuth", sign_in("ada", server.client))
        for statement in COPIES:
            said(db, statement)
        said(db, "VACUUM ANALYZE")
        rows = answer(
            db,
            "SELECT relname, n_live_tup, pg_table_size(relid), pg_indexes_size(relid) FROM pg_stat_user_tables"
            " WHERE relname IN ('users', 'names', 'sessions') ORDER BY relname",
        )
    lines = [
        "## A user",
        "",
        f"{MANY:,} users with a password, an e-mail address that signs in, and one session each.",
        "",
        "| Table | rows of a user | bytes of a user | of them indexes |",
        "|---|---:|---:|---:|",
    ]
    for name, count, table, indexes in rows:
        lines.append(f"| `{name}` | {count / MANY:.0f} | {(table + indexes) / MANY:,.0f} | {indexes / MANY:,.0f} |")
    return [*lines, f"| together | | {sum(row[2] + row[3] for row in rows) / MANY:,.0f} | |"]


def _pooled() -> list[str]:
    """Sign-ins through PgBouncer and without."""
    if PGBOUNCER is None:
        return ["PgBouncer is not installed: not measured."]
    with cluster() as db, tempfile.TemporaryDirectory() as folder:
        bouncer = Bouncer(f"{db.url}/postgres", Path(folder), 4)
        Path(folder).chmod(0o755)
        bouncer.start()
        try:
            with served(db) as direct, served(db, database_url=bouncer.url) as through:
                costs = [(measured(db, direct, way), measured(db, through, way)) for way in WAYS[:3]]
                held = connections(db)
        finally:
            bouncer.stop()
    lines = [
        "## PgBouncer",
        "",
        "| Call | directly: a second | PostgreSQL, CPU ms | Keydesk, CPU ms | through PgBouncer: a second "
        "| PostgreSQL, CPU ms | Keydesk, CPU ms |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for way, pair in zip(WAYS, costs, strict=False):
        cells = (f"{one.per_second:.0f} | {one.database_ms:.2f} | {one.server_ms:.2f}" for one in pair)
        lines.append(f"| {way} | {' | '.join(cells)} |")
    return [*lines, "", f"Connections: {held} from both servers together, 4 of them through PgBouncer at most."]


def _standbys() -> list[str]:
    """What it costs to wait for a standby."""
    with cluster() as db, ExitStack() as stack:
        server = stack.enter_context(served(db))
        costs = {"no standby": _two(db, server)}
        standby = Standby(db)
        stack.callback(standby.remove)
        standby.start()
        costs["a standby that nobody waits for"] = _two(db, server)
        synchronous(db)
        stack.callback(synchronous, db, "")  # or the server's last writes would wait for one that is gone
        costs["a standby that has every commit"] = _two(db, server)
    lines = [
        "## A standby",
        "",
        f"| | one connection: ms a sign-in | ms a SignUp | {LINES} connections: sign-ins a second | SignUps a second |",
        "|---|---:|---:|---:|---:|",
    ]
    for name, cells in costs.items():
        lines.append(f"| {name} | {' | '.join(f'{cell:.1f}' for cell in cells)} |")
    return lines


def _two(db: Cluster, server: Server) -> Sequence[float]:
    alone = [1000 / measured(db, server, way, lines=1).per_second for way in ("sign-in by password", "SignUp")]
    return [*alone, *(measured(db, server, way).per_second for way in ("sign-in by password", "SignUp"))]


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A durable PostgreSQL, as it is set up without much thought."""
    made = Cluster(OPTIONS)
    try:
        made.start()
        yield made
    finally:
        made.remove()


@contextmanager
def served(db: Cluster, **settings: str) -> Iterator[Server]:
    """A server with people in its pool."""
    with tempfile.TemporaryDirectory(prefix="keydesk-growth-") as data:
        key = Path(tempfile.gettempdir()) / f"keydesk-growth-{db.url.rpartition(':')[2]}.key"
        given = {"database_url": f"{db.url}/postgres", "key_file": str(key), **settings}
        with running(Path(data), **given) as server:
            for number in range(USERS):
                _person(server, f"user{number}" if number else "ada")
            yield server


def _person(server: Server, name: str) -> None:
    at = {"UserPoolId": server.pool, "Username": name}
    try:
        ask(server, "AdminCreateUser", {**at, "MessageAction": "SUPPRESS"})
    except SystemExit:  # another server of the same database has made it
        return
    ask(server, "AdminSetUserPassword", {**at, "Password": PASSWORD, "Permanent": True})


def measured(db: Cluster, server: Server, way: str, *, lines: int = LINES) -> Cost:
    """A load of one kind of call."""
    talk = Numbered(_TALKS[way](server))
    said(db, "CHECKPOINT")
    before = (cpu_ms(db), sum(server.cpu_ms()), log(db))
    result = drive(server, talk, seconds=SECONDS, lines=lines)
    after = (cpu_ms(db), sum(server.cpu_ms()), log(db))
    spent = [(now - then) / talk.count for now, then in zip(after, before, strict=True)]
    return Cost(result.per_second, *spent)


def _password(server: Server) -> Talk:
    return repeated(server, "InitiateAuth", [sign_in(name, server.client) for name in _names()])


def _srp(server: Server) -> Talk:
    return dialogues.by_srp(server.client, server.pool, PASSWORD)


def _refresh(server: Server) -> Talk:
    bodies = []
    for name in _names():
        token = ask(server, "InitiateAuth", sign_in(name, server.client))["AuthenticationResult"]["RefreshToken"]
        said = {"REFRESH_TOKEN": token}
        bodies.append({"AuthFlow": "REFRESH_TOKEN_AUTH", "ClientId": server.client, "AuthParameters": said})
    return repeated(server, "InitiateAuth", bodies)


def _get_user(server: Server) -> Talk:
    tokens = [ask(server, "InitiateAuth", sign_in(name, server.client))["AuthenticationResult"] for name in _names()]
    return repeated(server, "GetUser", [{"AccessToken": one["AccessToken"]} for one in tokens])


def _sign_up(server: Server) -> Talk:
    stem = f"new{datetime.now(UTC):%H%M%S%f}"

    async def talk(line: Line, number: int) -> None:
        await line.ask("SignUp", {"ClientId": server.client, "Username": f"{stem}-{number}", "Password": PASSWORD})

    return talk


_TALKS: Final[dict[str, Callable[[Server], Talk]]] = dict(
    zip(WAYS, (_password, _srp, _refresh, _get_user, _sign_up), strict=True)
)


def _names() -> list[str]:
    return ["ada", *(f"user{number}" for number in range(1, USERS))]


def cpu_ms(db: Cluster) -> float:
    """Of all processes of the server until now, those that have ended included."""
    pid = int(answer(db, "SELECT pg_read_file('postmaster.pid')")[0][0].split()[0])
    return (sum(times(pid)) + sum(times(child)[0] for child in children(pid))) * TICK


def log(db: Cluster) -> float:
    """Bytes of write-ahead log until now."""
    return float(answer(db, "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")[0][0])


def connections(db: Cluster) -> int:
    """How many there are, but this one."""
    asked = "SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
    return int(answer(db, asked)[0][0])


def version() -> str:
    return postgres.find().parent.name


def said(db: Cluster, statement: str) -> None:
    with psycopg.connect(f"{db.url}/postgres", autocommit=True) as line:
        line.execute(statement.encode())
        line.execute("SELECT pg_reload_conf()")


def answer(db: Cluster, question: str) -> list[Any]:
    with psycopg.connect(f"{db.url}/postgres", autocommit=True) as line:
        return line.execute(question.encode()).fetchall()


if __name__ == "__main__":
    main()
