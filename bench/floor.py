"""The floor: CPU time of what a sign-in cannot do without, each measured alone in this process."""

import functools
import os
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import msgspec
import psycopg
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from bench.bare_function import COMMANDS, BareFunction, bare_function
from keydesk.crypto import passwords, srp
from keydesk.crypto.keys import SigningKey
from keydesk.crypto.passwords import Kind

Part = Callable[[], Any]
Parts = tuple[Part, ...]
Measure = Callable[[], float]
Called = Callable[[], BareFunction]  # gives a function that is warm

SECONDS: Final = 1.0  # of one measure

PASSWORD: Final = "Correct-horse-9"
BODY: Final = msgspec.json.encode(
    {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": "1" * 26,
        "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD},
    }
)


def cpu_ms(work: Callable[[], Any], seconds: float = SECONDS) -> float:
    """CPU milliseconds of one run, over as many runs as fit in about `seconds`."""
    work()
    runs, started, until = 0, time.process_time(), time.perf_counter() + seconds
    while time.perf_counter() < until:
        work()
        runs += 1
    return (time.process_time() - started) * 1000 / runs


@dataclass(frozen=True, slots=True)
class Floor:
    """Each gives, now, the CPU milliseconds of what a call cannot do without, done in sequence as a server would.

    Measured beside what it is the floor of: what else a machine does makes both dearer.
    """

    verifier: Measure
    argon2id: Measure
    refresh: Measure
    srp: Measure  # both calls
    custom: Measure  # both calls, and four of a warm function
    functions: dict[str, Measure]  # verifier, with two calls of a warm function, by the function's kind
    srp_functions: Measure  # SRP, with two in Python
    alone: Callable[[], dict[str, float]]  # each part in a tight loop of its own


@contextmanager
def opened(url: str = "") -> Iterator[Floor]:
    """The floors, on SQLite or on the PostgreSQL at `url`.

    In sequence a part costs more than in a loop of its own: caches are cold.
    """
    key = SigningKey.generate().rsa.private_key
    verifier, hashed = (passwords.make(kind, PASSWORD, "ada", "pool") for kind in (Kind.SRP, Kind.ARGON2ID))
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        read, write = on_postgresql(url) if url else on_sqlite(Path(folder))
        parse = functools.partial(msgspec.json.decode, BODY)
        sign = functools.partial(key.sign, b"x" * 600, padding.PKCS1v15(), SHA256())
        against = {
            "verifier": functools.partial(passwords.matches, verifier, PASSWORD, "ada", "pool"),
            "argon2id": functools.partial(passwords.matches, hashed, PASSWORD, "ada", "pool"),
        }
        parts = {"signature": sign, **against, "parse": parse, "read": read, "write": write}
        check = against["verifier"]
        pairs = {kind: (_kept_warm(stack, kind), _kept_warm(stack, kind)) for kind in COMMANDS}
        yield Floor(
            verifier=lambda: cpu_ms(_all(parse, read, check, sign, sign, write)),
            argon2id=lambda: cpu_ms(_all(parse, read, against["argon2id"], sign, sign, write)),
            refresh=lambda: cpu_ms(_all(parse, read, sign, sign)),
            srp=lambda: cpu_ms(_all(parse, read, *_srp(verifier, write), sign, sign, write)),
            custom=lambda: _with_four_calls(
                pairs["Python"][0], (parse, read, write), (parse, read, sign, sign, write, write)
            ),
            functions={
                kind: functools.partial(_with_functions, pair, (parse, read, check), sign, write)
                for kind, pair in pairs.items()
            },
            srp_functions=lambda: _with_functions(pairs["Python"], (parse, read, *_srp(verifier, write)), sign, write),
            alone=lambda: {name: cpu_ms(part, 0.3) for name, part in parts.items()},
        )


def _kept_warm(stack: ExitStack, kind: str) -> Called:
    """A function that starts when first asked for, where that happens, and stays: a floor that is cold is none."""
    return functools.cache(lambda: stack.enter_context(bare_function(kind)))


def _with_functions(pair: tuple[Called, Called], before: Parts, sign: Part, write: Part) -> float:
    """As the verifier's floor, with a call before the tokens and one of another after; CPU of all three processes.

    A signature is made while the function runs, as a server that has more to do than wait would.
    """
    first, last = (one() for one in pair)
    runs, theirs = 0, first.cpu_ms() + last.cpu_ms()

    def around(function: BareFunction) -> Parts:
        return function.ask, sign, function.told

    def counted() -> None:
        nonlocal runs
        runs += 1

    ours = cpu_ms(_all(*before, *around(first), *around(last), write, counted))
    return ours + (first.cpu_ms() + last.cpu_ms() - theirs) / runs


def _srp(hashed: bytes, write: Part) -> Parts:
    """What SRP costs a server: B, what waits for the answer written and taken, and the key that both come to."""
    kept = passwords.srp_verifier(hashed)
    if kept is None:
        raise AssertionError("the floor of SRP needs a verifier")
    verifier, client = kept.verifier, srp.public_number("7" * 768)
    offered = srp.offer(verifier)
    return (
        functools.partial(srp.offer, verifier),
        write,
        write,
        functools.partial(srp.key, verifier, offered, client),
    )


def _with_four_calls(called: Called, first: Parts, last: Parts) -> float:
    """CUSTOM_AUTH: Define and Create, then Verify and Define; CPU of both processes."""
    function = called()
    runs, theirs = 0, function.cpu_ms()

    def counted() -> None:
        nonlocal runs
        runs += 1

    twice = (function.ask, function.told) * 2
    ours = cpu_ms(_all(*first, *twice, *last, *twice, counted))
    return ours + (function.cpu_ms() - theirs) / runs


def _all(*parts: Part) -> Callable[[], None]:
    def work() -> None:
        for part in parts:
            part()

    return work


def on_sqlite(folder: Path) -> tuple[Part, Part]:
    """One row read by its key, and one row written and synced, with the bare driver."""
    db = sqlite3.connect(folder / "floor.db", isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE users (id TEXT PRIMARY KEY, doc BLOB)")
    db.execute("CREATE TABLE sessions (id BLOB PRIMARY KEY, doc BLOB)")
    db.execute("INSERT INTO users VALUES ('ada', ?)", (b"x" * 800,))
    return (
        lambda: db.execute("SELECT doc FROM users WHERE id = 'ada'").fetchone(),
        lambda: db.execute("INSERT INTO sessions VALUES (?, ?)", (os.urandom(16), b"x" * 300)),
    )


def on_postgresql(url: str) -> tuple[Part, Part]:
    """The same over a connection to a server; what the server takes does not count."""
    db = psycopg.connect(url, autocommit=True)
    db.execute("CREATE TEMPORARY TABLE floor_users (id TEXT PRIMARY KEY, doc BYTEA)")
    db.execute("CREATE TEMPORARY TABLE floor_sessions (id BYTEA PRIMARY KEY, doc BYTEA)")
    db.execute("INSERT INTO floor_users VALUES ('ada', %s)", (b"x" * 800,))
    return (
        lambda: db.execute("SELECT doc FROM floor_users WHERE id = %s", ("ada",), prepare=True, binary=True).fetchone(),
        lambda: db.execute("INSERT INTO floor_sessions VALUES (%s, %s)", (os.urandom(16), b"x" * 300), prepare=True),
    )
