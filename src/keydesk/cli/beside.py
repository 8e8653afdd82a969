"""Commands that work beside a running server: on its database and with its keys, in workers of their own."""

import asyncio
import json
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

import typer
from rich.console import Console

from keydesk import log
from keydesk.app import house
from keydesk.domain.pool import Pool
from keydesk.flows.call import Desk
from keydesk.flows.first_pool import POOL_FACT
from keydesk.settings import SettingFault, Settings, load
from keydesk.store import facts, pools
from keydesk.store.store import Store

WIDEST: Final = 4000  # columns: no value is cut, however narrow the terminal
T = TypeVar("T")
Data = Annotated[str | None, typer.Option(help="Folder for the embedded database and the sealing key.")]
PoolId = Annotated[str | None, typer.Option("--pool", help="Pool id; the first pool of `keydesk dev` without it.")]

UserName = Annotated[str | None, typer.Option("--user", help="A user of the pool, to make the event from.")]
Event = Annotated[str, typer.Option("--event", help="A file with an event or a part of one; - reads the input.")]
Variables = Annotated[
    list[str] | None,
    typer.Option("--env", help="A variable of the function, as NAME=VALUE; as often as there are any."),
]


def console(width: int | None = None) -> Console:
    """Prints what is said, unbroken; a table as well where the `width` is WIDEST."""
    return Console(width=width, soft_wrap=True, highlight=False, emoji=False)


def run(work: Callable[[Desk], Awaitable[T]], data: str | None, *, alone: bool = False, found: bool = False) -> T:
    """Do it at the desk of the server's data. `alone`: in an empty place of its own, where no data is needed.

    `found`: where there is no data yet, it is founded.

    Raises SettingFault where there is no data.
    """

    async def opened() -> T:
        async with _desk(data, alone=alone, found=found) as desk:
            return await work(desk)

    log.configure("error", pretty=True)
    return asyncio.run(opened())


async def chosen(desk: Desk, said: str | None) -> Pool:
    """The pool that was said, or the first one. Raises SettingFault where there is none."""
    name = said or await desk.store.read(facts.value, POOL_FACT)
    pool = await desk.store.read(pools.named, name) if name else None
    if pool is None:
        raise SettingFault(f"there is no pool {name}" if name else "say which pool with --pool")
    return pool


@asynccontextmanager
async def _desk(data: str | None, *, alone: bool, found: bool) -> AsyncIterator[Desk]:
    with tempfile.TemporaryDirectory(prefix="keydesk-") as empty:
        settings = load(data=empty, database_url="", key_file="", kms_key="") if alone else load(data=data)
        if not alone:
            database(settings, there=not found)
        address = f"http://{settings['host']}:{settings['port']}"
        async with house(settings, address, open=not settings["admin_keys"]) as opened:
            yield opened.desk


def database(settings: Settings, *, there: bool = False) -> str | Path:
    """Where the database is. Raises SettingFault where it should be `there` already, and is not."""
    where = settings.database
    if there and not Store.founded(where):
        if settings["database_url"]:
            raise SettingFault("the database of database_url is empty: start a server on it first, or name another")
        raise SettingFault(f"there is no database in {settings['data']}: start `keydesk dev` first, or say --data")
    return where


def partial(said: str) -> dict[str, Any]:
    """The event, or part of one, that an option names. Raises SettingFault for what is none."""
    if not said:
        return {}
    text = sys.stdin.read() if said == "-" else text_in(Path(said))
    try:
        document = json.loads(text)
    except ValueError as fault:
        raise SettingFault(f"{said}: no JSON: {fault}") from None
    if not isinstance(document, dict):
        raise SettingFault(f"{said}: an event is a JSON object")
    return document


def text_in(file: Path) -> str:
    """What a file says. Raises SettingFault where that is no text, OSError."""
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        raise SettingFault(f"{file}: this is no text in UTF-8") from None


def variables(said: list[str] | None) -> dict[str, str]:
    """What `--env` says. Raises SettingFault for what is no NAME=VALUE."""
    parted = [one.partition("=") for one in said or ()]
    for name, sign, _ in parted:
        if not (name and sign):
            raise SettingFault(f"{name or '='}: a variable is said as NAME=VALUE")
    return {name: value for name, _, value in parted}
