"""The floor: CPU time of what a sign-in cannot do without, each measured alone in this process."""

import os
import sqlite3
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA256

from keydesk.crypto import passwords
from keydesk.crypto.keys import SigningKey
from keydesk.crypto.passwords import Kind

PASSWORD: Final = "Correct-horse-9"
BODY: Final = msgspec.json.encode(
    {
        "AuthFlow": "USER_PASSWORD_AUTH",
        "ClientId": "1" * 26,
        "AuthParameters": {"USERNAME": "ada", "PASSWORD": PASSWORD},
    }
)


def cpu_ms(work: Callable[[], Any], seconds: float = 0.6) -> float:
    """CPU milliseconds of one run, over as many runs as fit in about `seconds`."""
    work()
    runs, started, until = 0, time.process_time(), time.perf_counter() + seconds
    while time.perf_counter() < until:
        work()
        runs += 1
    return (time.process_time() - started) * 1000 / runs


def parts() -> dict[str, float]:
    """CPU milliseconds of each part."""
    key = SigningKey.generate().rsa.private_key
    verifier, hashed = (passwords.make(kind, PASSWORD, "ada", "pool") for kind in (Kind.SRP, Kind.ARGON2ID))
    with tempfile.TemporaryDirectory() as folder:
        read, write = _database(Path(folder) / "floor.db")
        return {
            "signature": cpu_ms(lambda: key.sign(b"x" * 600, padding.PKCS1v15(), SHA256())),
            "verifier": cpu_ms(lambda: passwords.matches(verifier, PASSWORD, "ada", "pool")),
            "argon2id": cpu_ms(lambda: passwords.matches(hashed, PASSWORD, "ada", "pool")),
            "parse": cpu_ms(lambda: msgspec.json.decode(BODY), 0.1),
            "read": cpu_ms(read, 0.2),
            "write": cpu_ms(write),
        }


def _database(path: Path) -> tuple[Callable[[], Any], Callable[[], Any]]:
    """One row read by its key, and one row written and synced, with the bare driver."""
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("CREATE TABLE users (id TEXT PRIMARY KEY, doc BLOB)")
    db.execute("CREATE TABLE sessions (id BLOB PRIMARY KEY, doc BLOB)")
    db.execute("INSERT INTO users VALUES ('ada', ?)", (b"x" * 800,))
    return (
        lambda: db.execute("SELECT doc FROM users WHERE id = 'ada'").fetchone(),
        lambda: db.execute("INSERT INTO sessions VALUES (?, ?)", (os.urandom(16), b"x" * 300)),
    )
