"""SQLite behind the door: one writer thread with group commit, readers on threads, glances on the loop.

Writes that wait together share one transaction and are answered after its COMMIT; where one of them fails, all are done
again, each under a savepoint. They are gathered while every turn of the event loop brings more of them: a loop that has
so much to do loses nothing by it.
"""

import asyncio
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from sqlalchemy import URL, Connection, NullPool, create_engine
from sqlalchemy.exc import DBAPIError, OperationalError

from keydesk.crew import Crew, Errand, stand_back, tell
from keydesk.errors import ServiceUnavailable
from keydesk.store.migrate import SchemaFault, bring_forward

T = TypeVar("T")
Work = Callable[[Connection], Any]

READERS: Final = 4
TOGETHER: Final = 100  # writes in one transaction, about, at most
LINGER: Final = 0.005  # seconds that a write waits at most for others to come along
BUSY_MS: Final = 10_000
# Faults of the machine or of another process, not of the statement: https://www.sqlite.org/rescode.html
PASSING: Final = frozenset(
    {
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
    }
)
BROKEN: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


class SQLite:
    """One file, its owner's alone (mode 0600)."""

    standby = False

    def __init__(self, url: URL) -> None:
        self.path = Path(url.database or "")
        _make_private(self.path)
        self._engine = create_engine(
            url,
            poolclass=NullPool,
            isolation_level="AUTOCOMMIT",  # transactions are begun and ended here, by name
            connect_args={"check_same_thread": False, "cached_statements": 500},
        )
        self._open: list[Connection] = []
        self._local = threading.local()
        self._closed = False
        with _opening(self.path), self._engine.connect() as db:
            _pragmas(db)
            _write_ahead(raw(db))
            raw(db).execute("PRAGMA foreign_keys = OFF")  # a table that is rebuilt must not take its children along
            bring_forward(db)
        self._readers = Crew(READERS, "keydesk-read")
        self._gathered: dict[asyncio.AbstractEventLoop, list[Errand]] = {}  # in this turn of each loop
        self._queue: SimpleQueue[list[Errand] | None] = SimpleQueue()
        self._writing = self._connection()
        self._writer = threading.Thread(target=self._write_all, name="keydesk-write", daemon=True)
        self._writer.start()

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._readers.run(partial(self.look, work))

    async def glance(self, work: Callable[[Connection], T]) -> T:
        return self.look(work)

    async def snapshot(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self._snapshot, work)

    def _snapshot(self, work: Callable[[Connection], T]) -> T:
        with self._engine.connect() as db:
            _pragmas(db, "query_only = ON")
            raw(db).execute("BEGIN")
            try:
                return work(db)
            finally:
                raw(db).execute("ROLLBACK")

    @staticmethod
    def found(url: URL, work: Callable[[Connection], T]) -> T:
        """Run it in one transaction on a database that is not open yet. Blocks."""
        _make_private(Path(url.database or ""))
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")
        with _opening(Path(url.database or "")), engine.connect() as db:
            _pragmas(db)
            _write_ahead(raw(db))
            raw(db).execute("PRAGMA foreign_keys = OFF")
            raw(db).execute("BEGIN EXCLUSIVE")
            try:
                result = work(db)
            except BaseException:
                _undo(raw(db))
                raise
            raw(db).execute("COMMIT")
        return result

    async def write(self, work: Callable[[Connection], T]) -> T:
        if self._closed:
            raise ServiceUnavailable(detail="the store is closed")
        waiting = Errand(work)
        gathered = self._gathered.get(waiting.loop)
        if gathered is None:
            self._gathered[waiting.loop] = [waiting]
            waiting.loop.call_soon(self._gather, waiting.loop, 0, waiting.loop.time() + LINGER)
        else:
            gathered.append(waiting)
        result: T = await waiting.future
        return result

    put = write  # a statement by itself shares a transaction with others all the same

    def _gather(self, loop: asyncio.AbstractEventLoop, seen: int, until: float) -> None:
        """Wait for another turn where the last one brought more, until then."""
        count = len(self._gathered.get(loop, ()))
        if count > seen and loop.time() < until:
            loop.call_soon(self._gather, loop, count, until)
        else:
            self._hand_over(loop)

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        gathered = self._gathered.pop(loop, [])
        for at in range(0, len(gathered), TOGETHER):
            self._queue.put(gathered[at : at + TOGETHER])

    def close(self) -> None:
        self._closed = True
        for loop in list(self._gathered):
            self._hand_over(loop)
        self._queue.put(None)
        self._writer.join()
        self._readers.close()
        while self._open:
            self._open.pop().close()
        self._engine.dispose()

    def _connection(self, *pragmas: str) -> Connection:
        db = self._engine.connect()
        _pragmas(db, *pragmas)
        self._open.append(db)
        return db

    def look(self, work: Callable[[Connection], T]) -> T:
        db: Connection | None = getattr(self._local, "db", None)
        if db is None:
            db = self._local.db = self._connection("query_only = ON")
        try:
            return work(db)
        except OperationalError as fault:
            raise told(fault) from fault

    def _write_all(self) -> None:
        stand_back()
        while first := self._queue.get():
            batch, ends = first, False
            while len(batch) < TOGETHER and not ends:
                try:
                    waiting = self._queue.get_nowait()
                except Empty:
                    break
                if waiting is None:
                    ends = True
                else:
                    batch += waiting
            self._commit(batch)
            tell(batch)
            if ends:
                break

    def _commit(self, batch: list[Errand]) -> None:
        """Never raises: what fails is told to those it failed.

        Mostly nothing does. So all of them are tried together first, and kept apart only where one did not go well.
        """
        driver = raw(self._writing)
        try:
            driver.execute("BEGIN IMMEDIATE")
            try:
                for write in batch:
                    write.result = write.work(self._writing)
            except BaseException:
                if len(batch) == 1:
                    raise
                _undo(driver)
                driver.execute("BEGIN IMMEDIATE")
                for write in batch:
                    self._apart(driver, write)
            driver.execute("COMMIT")
        except BaseException as fault:  # the transaction is lost, and with it everything in it
            _undo(driver)
            for write in batch:
                if write.fault is None:
                    write.fault = told(fault)

    def _apart(self, driver: sqlite3.Connection, write: Errand) -> None:
        """One of several: what it did is undone alone where it fails."""
        driver.execute("SAVEPOINT one")
        try:
            write.result = write.work(self._writing)
        except BaseException as fault:
            write.fault = told(fault)
            if not driver.in_transaction:  # some faults (a full disk) end the whole transaction
                raise
            driver.execute("ROLLBACK TO one")
        driver.execute("RELEASE one")


def _undo(driver: sqlite3.Connection) -> None:
    """Some faults have ended the transaction already."""
    if driver.in_transaction:
        driver.execute("ROLLBACK")


def raw(db: Connection) -> sqlite3.Connection:
    """The driver's own connection."""
    connection: Any = db.connection.dbapi_connection
    return connection  # type: ignore[no-any-return]


def told(fault: BaseException) -> BaseException:
    """The fault as callers learn it: ServiceUnavailable for what may pass by itself, else unchanged."""
    cause = fault.orig if isinstance(fault, OperationalError) else fault
    code = getattr(cause, "sqlite_errorcode", None)
    if code is not None and code & 0xFF in PASSING:
        return ServiceUnavailable(detail=f"SQLite: {cause}")
    return fault


@contextmanager
def _opening(path: Path) -> Iterator[None]:
    """What stands in the way is told so that a person can mend it: ServiceUnavailable, or SchemaFault for a file that
    is no database."""
    try:
        yield
    except (sqlite3.DatabaseError, DBAPIError) as fault:
        cause = fault.orig if isinstance(fault, DBAPIError) else fault
        if getattr(cause, "sqlite_errorcode", 0) & 0xFF in BROKEN:
            raise SchemaFault(f"{path}: {cause}; put a backup in its place") from None
        raise told(fault) from fault


def _pragmas(db: Connection, *more: str) -> None:
    for pragma in (f"busy_timeout = {BUSY_MS}", "synchronous = FULL", "foreign_keys = ON", *more):
        raw(db).execute(f"PRAGMA {pragma}")


def _write_ahead(driver: sqlite3.Connection) -> None:
    """To WAL, for good. Two who change it at once fail at once, whatever `busy_timeout` says, so this waits itself."""
    for _ in range(BUSY_MS // 20):
        try:
            driver.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as fault:
            if fault.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY:
                raise
            threading.Event().wait(0.02)
        else:
            return
    raise ServiceUnavailable(detail="SQLite: the file is locked by another process")


def _make_private(path: Path) -> None:
    """The file, and so the WAL and its index that SQLite makes after it, can be read by their owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    path.chmod(0o600)
