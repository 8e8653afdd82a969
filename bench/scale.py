"""`python -m bench.scale`: what a page of users costs in a small pool and in a large one, written to bench/scale.md.

The users are put into the tables directly; a million of them through the API would take hours. Then a server is
asked, over HTTP and one connection, on SQLite and on PostgreSQL.
"""

import asyncio
import re
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psycopg
from sqlalchemy import Connection, Table, insert
from tests import postgres

from bench.load import Line, Server, connect, running
from keydesk.app import house
from keydesk.domain.group import Group
from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User
from keydesk.flows import pools
from keydesk.flows.call import Call
from keydesk.settings import load
from keydesk.shapes.types import CreateUserPoolRequest
from keydesk.store import documents, groups
from keydesk.store.tables import memberships, names, users

HERE: Final = Path(__file__).parent
SIZES: Final = (100, 1_000_000)
BATCH: Final = 5_000
ASKED: Final = 60  # times that each call is measured
GROUP: Final = "everyone"
INDEXES: Final = [index for table in (users, names, memberships) for index in table.indexes]
EVERY: Final = 100  # one user of so many is disabled, and one unconfirmed

Body = dict[str, Any]
Rows = dict[Table, list[dict[str, Any]]]


def main() -> None:
    sizes = tuple(int(said) for said in sys.argv[1:]) or SIZES
    measured = {kind: [_at_size(kind, size) for size in sizes] for kind in ("SQLite", "PostgreSQL")}
    text = _report(sizes, measured)
    (HERE / "scale.md").write_text(text, "utf-8")
    print(text)


def _at_size(kind: str, size: int) -> dict[str, float]:
    """Milliseconds of each call in a pool of so many users."""
    url = postgres.new_database() if kind == "PostgreSQL" else ""
    with tempfile.TemporaryDirectory(prefix="keydesk-scale-") as data:
        started = time.perf_counter()
        pool = asyncio.run(_populate(Path(data), url, size))
        if url:
            with psycopg.connect(url, autocommit=True) as db:
                db.execute("VACUUM ANALYZE")  # the server does that by itself, a little later
        print(f"{kind}: {size:,} users in {time.perf_counter() - started:.0f} s", file=sys.stderr)
        with running(Path(data), **({"database_url": url} if url else {})) as server:
            return asyncio.run(_measured(server, pool, size))


async def _populate(data: Path, url: str, size: int) -> str:
    """A pool of so many users, all in one group; gives its id."""
    said = {"KEYDESK_DATABASE_URL": url} if url else {}
    settings = load(said, file=data / "none.toml", data=str(data))
    async with house(settings, "http://localhost", open=True) as opened:
        call = Call(desk=opened.desk, operation="bench", region="us-east-1", request_id="", ip="", agent="")
        pool = await pools.create(CreateUserPoolRequest(pool_name="scale", alias_attributes=["email"]), call)
        await call.store.write(groups.add, Group(pool=pool.id, name=GROUP, created=call.now(), modified=call.now()))
        await call.store.write(_without_indexes)
        for first in range(0, size, BATCH):
            await call.store.write(_add, _rows(range(first, min(first + BATCH, size)), pool, call.now()))
        await call.store.write(_with_indexes)
        return pool.id


def _without_indexes(db: Connection) -> None:
    """An index is made in one go much faster than row by row."""
    for index in INDEXES:
        index.drop(db)


def _with_indexes(db: Connection) -> None:
    for index in INDEXES:
        index.create(db)


def _add(db: Connection, rows: Rows) -> None:
    for table, some in rows.items():
        db.execute(insert(table), some)


def _rows(numbers: range, pool: Pool, now: int) -> Rows:
    made = [_user(number, pool, now) for number in numbers]
    searched = ("email", "phone_number", "given_name", "family_name", "name", "preferred_username")
    return {
        users: [
            {
                **{
                    column: getattr(one, column)
                    for column in ("sub", "pool", "username", "enabled", "created", "modified")
                },
                **{column: one.attributes[column] for column in searched},
                "status": one.status.value,
                "doc": documents.of_user(one),
            }
            for one in made
        ],
        names: [
            {"pool": pool.id, "name": name, "kind": kind, "sub": one.sub}
            for one in made
            for kind, name in (("username", one.username), ("email", one.attributes["email"]))
        ],
        memberships: [
            {"pool": pool.id, "group": GROUP, "username": one.username, "sub": one.sub, "created": now} for one in made
        ],
    }


def _user(number: int, pool: Pool, now: int) -> User:
    name = f"user{number:07}"
    return User(
        sub=str(uuid.uuid4()),
        pool=pool.id,
        username=name,
        status=Status.UNCONFIRMED if number % EVERY == 1 else Status.CONFIRMED,
        enabled=number % EVERY != 2,
        attributes={
            "email": f"{name}@example.com",
            "email_verified": "true",
            "phone_number": f"+1{number:010}",
            "name": f"Given{number % 1000} Family{number % 5000}",
            "given_name": f"Given{number % 1000}",
            "family_name": f"Family{number % 5000}",
            "preferred_username": f"called{number:07}",
        },
        created=now,
        modified=now,
    )


def _calls(pool: str, size: int) -> Iterator[tuple[str, str, Body]]:
    """What is measured: its name, the operation and the request."""
    at = {"UserPoolId": pool}
    half = f"{size // 2:07}"
    middle = f"user{half}"
    filters = (
        f'username = "{middle}"', f'username ^= "{middle[:-2]}"', f'email = "{middle}@example.com"', 'email ^= "user0"',
        f'phone_number = "+1000{half}"', 'phone_number ^= "+100"', 'name ^= "Given7 "', 'given_name = "Given7"',
        'given_name ^= "G"', 'family_name = "Family7"', f'preferred_username = "called{half}"', 'sub ^= "7"',
        'cognito:user_status = "CONFIRMED"', 'cognito:user_status = "UNCONFIRMED"', 'status = "Enabled"',
        'status = "Disabled"', 'email = "nobody@example.com"',
    )  # fmt: skip
    for filter in filters:
        yield f"`ListUsers`, `{re.sub('[0-9]{5,}', '…', filter)}`", "ListUsers", at | {"Filter": filter}
    yield "`AdminGetUser` by user name", "AdminGetUser", at | {"Username": middle}
    yield "`AdminGetUser` by e-mail alias", "AdminGetUser", at | {"Username": f"{middle}@example.com"}
    yield "`AdminListGroupsForUser`", "AdminListGroupsForUser", at | {"Username": middle}
    yield "`DescribeUserPool`", "DescribeUserPool", at


async def _measured(server: Server, pool: str, size: int) -> dict[str, float]:
    line = await connect(server)
    found = {name: await _median(line, operation, body) for name, operation, body in _calls(pool, size)}
    group = {"UserPoolId": pool, "GroupName": GROUP}
    first, last = await _walked(line, "ListUsers", {"UserPoolId": pool}, "PaginationToken")
    found |= {"`ListUsers`, the first pages": first, "`ListUsers`, the last pages": last}
    first, last = await _walked(line, "ListUsersInGroup", group, "NextToken")
    found |= {"`ListUsersInGroup`, the first pages": first, "`ListUsersInGroup`, the last pages": last}
    line.close()
    return found


async def _median(line: Line, operation: str, body: Body) -> float:
    return statistics.median([await _timed(line, operation, body) for _ in range(ASKED)])


async def _timed(line: Line, operation: str, body: Body) -> float:
    started = time.perf_counter()
    await line.ask(operation, body)
    return (time.perf_counter() - started) * 1000


async def _walked(line: Line, operation: str, body: Body, token: str) -> tuple[float, float]:
    """The median of the first and of the last full pages of a list, all of which is walked through."""
    took: list[float] = []
    said: Body = {}
    while True:
        started = time.perf_counter()
        answer = await line.ask(operation, body | said)
        took.append((time.perf_counter() - started) * 1000)
        if token not in answer:
            break
        said = {token: answer[token]}
    full = took[:-1]  # the last is not full
    return statistics.median(full[:ASKED]), statistics.median(full[-ASKED:])


def _report(sizes: tuple[int, ...], measured: dict[str, list[dict[str, float]]]) -> str:
    heads = [f"{kind}, {size:,}" for kind in measured for size in sizes]
    lines = [
        "# What a page costs as a pool grows",
        "",
        f"`python -m bench.scale`, {datetime.now(UTC):%Y-%m-%d}. Milliseconds of one call over HTTP, the median of "
        f"{ASKED}; a page holds 60 users. The users were put into the tables directly, and both lists were walked "
        "through to their ends. Other work shares the machine, so differences below a millisecond say nothing.",
        "",
        f"| Call | {' | '.join(heads)} |",
        f"| --- | {' | '.join('---:' for _ in heads)} |",
    ]
    for call in next(iter(measured.values()))[0]:
        costs = [f"{of_size[call]:.1f}" for by_size in measured.values() for of_size in by_size]
        lines.append(f"| {call} | {' | '.join(costs)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
