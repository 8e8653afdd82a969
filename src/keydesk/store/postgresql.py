"""PostgreSQL behind the door: threads with psycopg 3. Rules rest on keys and row locks, not on the isolation level.

With `?pgbouncer=true` in the URL a transaction may run on any connection of PgBouncer's: nothing is prepared, and no
session has settings of its own. The role has them then (docs/scale.md).
"""

import asyncio
import select
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, TypeVar

from psycopg.errors import InsufficientPrivilege
from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, text
from sqlalchemy.exc import DataError, DBAPIError, InterfaceError, OperationalError, ProgrammingError

from keydesk.crew import Crew
from keydesk.errors import InvalidParameter, ServiceUnavailable
from keydesk.settings import SettingFault
from keydesk.store.migrate import SchemaFault, bring_forward, check, unlimited

T = TypeVar("T")

READERS: Final = 8
WRITERS: Final = 8
TRIES: Final = 5
POOLER: Final = "pgbouncer"
# Classes 40 and 55P03: the database undid the transaction and asks to try again.
AGAIN: Final = frozenset({"40001", "40P01", "55P03"})
READ_ONLY: Final = "25006"  # a write at a standby
LIMITS: Final = "-c lock_timeout=10s -c statement_timeout=30s -c idle_in_transaction_session_timeout=30s"


class PostgreSQL:
    """Reads are single statements outside transactions, on connections that refuse to write."""

    def __init__(self, url: URL) -> None:
        self._url = url
        if url.query.get(POOLER, "true") not in ("true", "false"):
            raise SettingFault(f"database_url: {POOLER} must be true or false")
        reading = f"{LIMITS} -c default_transaction_read_only=on"
        writing = f"{LIMITS} -c synchronous_commit=on"
        self._reading = _Lines(_engine(url, reading, isolation_level="AUTOCOMMIT"))
        # Transactions are begun and ended here, by name: a single statement needs none.
        self._writing = _Lines(_engine(url, writing, isolation_level="AUTOCOMMIT"))
        founding = _engine(url, writing)
        try:
            with founding.begin() as db:
                self.standby = bool(db.execute(text("SELECT pg_is_in_recovery()")).scalar_one())
                (check if self.standby else bring_forward)(db)
        except Exception as fault:
            raise _unopened(fault) from fault
        finally:
            founding.dispose()
        self._readers = Crew(READERS, "keydesk-read")
        self._writers = Crew(WRITERS, "keydesk-write")

    async def read(self, work: Callable[[Connection], T]) -> T:
        return await self._readers.run(partial(self.look, work))

    glance = read  # a network lies between: never on the loop

    async def snapshot(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self._snapshot, work)

    def _snapshot(self, work: Callable[[Connection], T]) -> T:
        engine = _engine(self._url, "", isolation_level="REPEATABLE READ")
        try:
            with engine.begin() as db:
                db.execute(text("SET TRANSACTION READ ONLY"))
                unlimited(db)
                return work(db)
        except DBAPIError as fault:
            raise told(fault) from fault
        finally:
            engine.dispose()

    @staticmethod
    def found(url: URL, work: Callable[[Connection], T]) -> T:
        """Run it in one transaction on a database that is not open yet. Blocks."""
        engine = _engine(url, "")
        try:
            with engine.begin() as db:
                return work(db)
        except DBAPIError as fault:
            raise _unopened(fault) from fault
        finally:
            engine.dispose()

    async def write(self, work: Callable[[Connection], T]) -> T:
        return await self._writers.run(partial(self._change, work))

    async def put(self, work: Callable[[Connection], T]) -> T:
        return await self._writers.run(partial(self._put, work))

    def close(self) -> None:
        self._writers.close()
        self._readers.close()
        self._reading.close()
        self._writing.close()

    def look(self, work: Callable[[Connection], T]) -> T:
        return _tried(lambda: work(self._reading.mine()))

    def _change(self, work: Callable[[Connection], T]) -> T:
        def transaction() -> T:
            db = self._writing.mine()
            db.exec_driver_sql("BEGIN")
            try:
                result = work(db)
                with _once():
                    db.exec_driver_sql("COMMIT")
            except BaseException:
                _undo(db)
                raise
            return result

        return _tried(transaction)

    def _put(self, work: Callable[[Connection], T]) -> T:
        def statement() -> T:
            db = self._writing.living()
            with _once():
                return work(db)

        return _tried(statement)


def _tried(work: Callable[[], T]) -> T:
    """What it gives, at another try where that may succeed at once. Raises what callers learn."""
    for remaining in reversed(range(TRIES)):
        try:
            return work()
        except DBAPIError as fault:
            if not remaining or not may_repeat(fault):
                raise told(fault) from fault
    raise AssertionError("the last try returns or raises")


@contextmanager
def _once() -> Iterator[None]:
    """A connection lost in here leaves it open whether the write stands: it is not tried again."""
    try:
        yield
    except DBAPIError as fault:
        if fault.connection_invalidated:
            raise _away(fault.orig) from fault
        raise


def _undo(db: Connection) -> None:
    """A connection that died has undone it already."""
    if not db.invalidated:
        db.exec_driver_sql("ROLLBACK")


class _Lines:
    """A connection for each thread that asks for one; a pool would cost more than the statements between."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._local = threading.local()
        self._open: set[Connection] = set()

    def mine(self) -> Connection:
        """This thread's connection, a new one where it has died. Raises DBAPIError where the server does not answer."""
        db: Connection | None = getattr(self._local, "db", None)
        if db is not None and db.invalidated:
            self._open.discard(db)
            db.close()
            db = self._local.db = None
        if db is None:
            db = self._local.db = self._engine.connect()
            self._open.add(db)
        return db

    def living(self) -> Connection:
        """The same, and not one that the server closed while nobody used it: for what must not be tried twice."""
        db = self.mine()
        driver: Any = db.connection.dbapi_connection
        said = select.poll()
        said.register(driver.fileno(), select.POLLIN)
        if said.poll(0):  # unasked, the server says goodbye and little else
            db.invalidate()
        return self.mine()

    def close(self) -> None:
        """All of them. Nobody asks any more."""
        while self._open:
            self._open.pop().close()
        self._engine.dispose()


def _engine(url: URL, options: str, **more: Any) -> Engine:
    given = url.query.get("options", "")
    said: dict[str, Any] = {"options": f"{given} {options}".strip()}
    if url.query.get(POOLER) == "true":
        said = {"prepare_threshold": None}
    return create_engine(
        url.difference_update_query(["options", POOLER]),
        poolclass=NullPool,
        connect_args={**said, "connect_timeout": 5, "tcp_user_timeout": 10_000},
        **more,
    )


def may_repeat(fault: Exception) -> bool:
    """Whether the same work may succeed at once: the database said so, or the connection had died in the pool."""
    if not isinstance(fault, DBAPIError):
        return False
    return fault.connection_invalidated or getattr(fault.orig, "sqlstate", None) in AGAIN


def told(fault: Exception) -> Exception:
    """The fault as callers learn it: a Refusal for what may pass by itself or what a text cannot hold."""
    cause: Any = getattr(fault, "orig", fault)
    if isinstance(fault, DataError):
        return InvalidParameter(detail=f"PostgreSQL: {cause}")
    if isinstance(fault, OperationalError | InterfaceError) or getattr(cause, "sqlstate", None) in {*AGAIN, READ_ONLY}:
        return _away(cause)
    return fault


def _unopened(fault: Exception) -> Exception:
    """The same, of an address that was never any good, or of rights that a server's user has not."""
    cause: Any = getattr(fault, "orig", None)
    if isinstance(fault, ProgrammingError) and cause.sqlstate is None:  # no server said it
        return SettingFault(f"database_url: {cause}")
    if isinstance(cause, InsufficientPrivilege):
        return SchemaFault(
            f"PostgreSQL: {cause.diag.message_primary}: let the user of database_url own the database, or its schema"
        )
    return told(fault)


def _away(cause: object) -> ServiceUnavailable:
    return ServiceUnavailable(detail=f"PostgreSQL: {type(cause).__name__}: {cause}")
