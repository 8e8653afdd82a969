"""The one door to the database: `read`, `glance`, `write` and `put` run a plain function `fn(db, …)`, and are awaited.

The function is synchronous, knows only its connection and arguments, and may be run again (the database asked for it),
so it must change nothing else, its arguments included. A function that raises undoes its write: what must stay (a spent
attempt) is returned, not raised.
"""

from collections.abc import Callable
from pathlib import Path
from types import CoroutineType
from typing import Concatenate, ParamSpec, Protocol, Self, TypeVar

from sqlalchemy import URL, Connection, make_url

from keydesk.store.migrate import version
from keydesk.store.postgresql import PostgreSQL
from keydesk.store.sqlite import SQLite

P = ParamSpec("P")
T = TypeVar("T")


class Database(Protocol):
    """What SQLite and PostgreSQL do differently, and nothing else."""

    @property
    def standby(self) -> bool: ...

    async def read(self, work: Callable[[Connection], T]) -> T: ...
    async def glance(self, work: Callable[[Connection], T]) -> T: ...
    def look(self, work: Callable[[Connection], T]) -> T: ...
    async def snapshot(self, work: Callable[[Connection], T]) -> T: ...
    async def write(self, work: Callable[[Connection], T]) -> T: ...
    async def put(self, work: Callable[[Connection], T]) -> T: ...
    def close(self) -> None: ...


class Store:
    """Several may be open on one database, in one process or many."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @classmethod
    def open(cls, where: str | Path) -> Self:
        """Opens the database (a SQLite file's path, `sqlite:///…` or `postgresql://…`) and brings its schema forward.

        Blocks; done once at start. Raises SchemaFault where the schema is newer than this program or cannot be brought
        forward, ServiceUnavailable where the server does not answer.
        """
        url = address(where)
        return cls(SQLite(url) if url.get_backend_name() == "sqlite" else PostgreSQL(url))

    @property
    def standby(self) -> bool:
        """Whether the server was a standby when it was opened, so that nothing can be written."""
        return self._database.standby

    async def read(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """A read that may take its time: on a thread. The connection refuses writes.

        Every statement sees what was committed when it began; there is no snapshot over several statements.
        """
        return await self._database.read(_work(fn, args, kwargs))

    async def glance(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """A read of a few rows by key. On SQLite it runs at once, on the event loop: a thread hop costs more than it.

        Never for anything whose cost grows with the data.
        """
        return await self._database.glance(_work(fn, args, kwargs))

    def at_once(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """A glance that holds up whoever asks, the loop too: for what is looked up by key once in months."""
        return self._database.look(_work(fn, args, kwargs))

    async def write(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Runs in a transaction; returns when it is committed and synced. Undone whole when the function raises.

        Raises ServiceUnavailable where the database cannot take it, or where nobody can know whether it did. When the
        awaiting task is cancelled, the write may happen all the same.
        """
        return await self._database.write(_work(fn, args, kwargs))

    async def put(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """A write of one statement, which is its own transaction: on PostgreSQL one journey there and back, not three.

        As durable as `write`, and it raises the same; a function that runs a second statement must not come here.
        """
        return await self._database.put(_work(fn, args, kwargs))

    async def snapshot(self, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """A read that sees one moment, however long it takes and whoever writes meanwhile. It is run once."""
        return await self._database.snapshot(_work(fn, args, kwargs))

    @staticmethod
    def found(
        where: str | Path, fn: Callable[Concatenate[Connection, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run it in one transaction on a database that nobody has open; what raises leaves nothing. Blocks."""
        url, work = address(where), _work(fn, args, kwargs)
        return SQLite.found(url, work) if url.get_backend_name() == "sqlite" else PostgreSQL.found(url, work)

    @staticmethod
    def founded(where: str | Path) -> bool:
        """Whether a server was ever opened on the database; nothing is made there. Blocks.

        Raises SchemaFault for a database of something else, ServiceUnavailable where the server does not answer.
        """
        url = address(where)
        if url.get_backend_name() == "sqlite":
            return Path(url.database or "").exists()
        return PostgreSQL.found(url, version) is not None

    def close(self) -> None:
        """Ends what was begun, then closes every connection."""
        self._database.close()


def address(where: str | Path) -> URL:
    """The database's address, from a path or a URL."""
    if isinstance(where, Path) or "://" not in where:
        return URL.create("sqlite", database=str(where))
    url = make_url(where)
    if url.get_backend_name() == "postgresql":
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        raise ValueError("the database must be postgresql://user:password@host/name or the path of an SQLite file")
    return url


def _work(
    fn: Callable[Concatenate[Connection, P], T], args: tuple[object, ...], kwargs: dict[str, object]
) -> Callable[[Connection], T]:
    def work(db: Connection) -> T:
        result = fn(db, *args, **kwargs)  # type: ignore[arg-type]
        if isinstance(result, CoroutineType):
            result.close()
            raise TypeError(f"{fn.__name__} is a coroutine function; nothing may be awaited inside a transaction")
        return result

    return work
