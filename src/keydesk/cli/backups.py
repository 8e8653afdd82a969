"""`keydesk backup`, `restore`, `export` and `import`: files made beside a running server, and their way back."""

import asyncio
import time
from pathlib import Path
from typing import Annotated, Any

import typer

from keydesk.cli.beside import Data, database, run, text_in
from keydesk.crypto.parcel import SHORTEST, Parcel
from keydesk.crypto.seal import SealBroken
from keydesk.flows import backups, transfer
from keydesk.flows.call import Desk
from keydesk.settings import SettingFault, load
from keydesk.store import pools
from keydesk.store.store import Store

File = Annotated[Path, typer.Argument(help="The file; - is the standard output or input.")]
PassphraseFile = Annotated[
    Path | None, typer.Option(help="A file whose first line is the passphrase; without it you are asked.")
]


def backup(file: File, data: Data = None) -> None:
    """Write everything in the database to a file, as it is at this moment, while servers run. It stays sealed."""
    settings = load(data=data)

    async def work() -> None:
        store = await asyncio.to_thread(Store.open, database(settings, there=True))
        try:
            counts = await backups.save(store, file, time.time_ns() // 1_000_000)
        finally:
            store.close()
        if file != backups.STANDARD:
            typer.echo(f"{counts.total()} rows in {file}, {counts['users']} users among them")
            typer.echo("It opens with the key-encryption key of this server only: keep that elsewhere, and keep it.")

    asyncio.run(work())


def restore(file: File, data: Data = None) -> None:
    """Fill an empty database from a backup, whichever database it was made of. All of it is there, or nothing."""
    settings = load(data=data)
    counts = backups.restore(database(settings), file)
    typer.echo(f"{counts.total()} rows restored, {counts['users']} users among them")
    typer.echo("Put the key file that was in use when the backup was made in its place, and start the server.")


def export(
    file: File,
    pool: Annotated[list[str] | None, typer.Option("--pool", help="A pool's id; everything without it.")] = None,
    passphrase_file: PassphraseFile = None,
    plain: Annotated[bool, typer.Option("--plain", help="Secrets in the clear, for whoever has the file.")] = False,
    data: Data = None,
) -> None:
    """Write what means the same elsewhere, in the format of docs/export.md; secrets are sealed under a passphrase."""
    parcel = None if plain else Parcel(_passphrase(passphrase_file, new=True))

    async def work(desk: Desk) -> None:
        there = {one.id for one in await desk.store.read(pools.every)}
        if unknown := set(pool or ()) - there:
            raise SettingFault(f"there is no pool {', '.join(sorted(unknown))}")
        counts = await transfer.export(desk, file, parcel, pool or ())
        if file != backups.STANDARD:
            typer.echo(f"{counts.total()} rows in {file}, {counts['users']} users among them")

    run(work, data)


def import_(file: File, passphrase_file: PassphraseFile = None, data: Data = None) -> None:
    """Bring what was exported to this server's database, beside what is there. Killed half-way, run it again."""

    if file == backups.STANDARD:
        raise SettingFault("an import reads its file twice: say its name")

    def opening(said: dict[str, Any] | None) -> Parcel | None:
        if said is None:
            return None
        try:
            return Parcel(_passphrase(passphrase_file), said)
        except SealBroken:
            raise SettingFault("this is not the passphrase of the export") from None

    async def work(desk: Desk) -> None:
        brought = await transfer.bring(desk, file, opening)
        typer.echo(f"{brought.new.total()} rows imported, {brought.new['users']} users among them")
        for table, count in brought.taken.items():
            typer.echo(f"{count} rows of {table} were here already, and are left as they were")

    run(work, data, found=True)


def _passphrase(file: Path | None, *, new: bool = False) -> str:
    if file is not None:
        said = text_in(file).split("\n")[0].rstrip("\r")
    else:
        said = str(typer.prompt("Passphrase", hide_input=True, confirmation_prompt=new, err=True))
    if len(said) < SHORTEST:
        raise SettingFault(f"a passphrase has {SHORTEST} characters or more")
    return said
