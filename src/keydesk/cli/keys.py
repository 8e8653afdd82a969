"""`keydesk keys`: what is sealed under which key and which key signs, and how another takes its place."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer
from rich.table import Table

from keydesk.cli.beside import WIDEST, Data, console, run
from keydesk.crypto.kms import KeyService
from keydesk.flows import data_rotation, rewrapping, signing_rotation
from keydesk.flows.call import Desk
from keydesk.flows.rack import HeldByService, KeyFile
from keydesk.settings import SettingFault
from keydesk.store import data_keys, pools, signing_keys
from keydesk.store.signing_keys import SigningKeyRow, signing

app = typer.Typer(no_args_is_help=True, help=__doc__)

Pools = Annotated[list[str] | None, typer.Option("--pool", help="A pool's id; all pools without it.")]
After = Annotated[int, typer.Option("--after", help="Seconds that a new signing key is published before it signs.")]
SIGNING, DATA = "signing", "data"
YEAR: Final = 31_536_000  # seconds


@app.command("list")
def list_(data: Data = None) -> None:
    """Print every key: what wraps the data keys, whose data keys there are, which key signs for each pool."""
    run(_list, data)


@app.command("rotate")
def rotate(
    pool: Pools = None,
    only: Annotated[str, typer.Option(help="Rotate the `signing` keys or the `data` keys only.")] = "",
    after: After = signing_rotation.LEAD,
    data: Data = None,
) -> None:
    """New data keys, with everything sealed anew under them, and a new signing key for each pool. Servers may run."""
    if only not in ("", SIGNING, DATA):
        raise typer.BadParameter("--only is `signing` or `data`")
    if not 0 <= after <= YEAR:
        raise typer.BadParameter(f"--after is a number of seconds, {YEAR} at most")

    async def work(desk: Desk) -> None:
        chosen = await _chosen(desk, pool or ())
        if only != DATA:
            await _rotate_signing(desk, chosen, after)
        if only != SIGNING:
            await _rotate_data(desk, chosen if pool else ())

    run(work, data)


@app.command("back")
def back(pool: Pools = None, data: Data = None) -> None:
    """Let the signing key from before sign again, at once. A new key that has not signed yet goes away."""

    async def work(desk: Desk) -> None:
        for id in await _chosen(desk, pool or ()):
            row = await signing_rotation.back(desk, id)
            _say(f"{id}  {row.kid} signs" if row else f"{id}  has no other key to go back to")

    run(work, data)


@app.command("drop", context_settings={"ignore_unknown_options": True})  # one key id in 64 begins with a hyphen
def drop(kid: str, data: Data = None) -> None:
    """Forget a signing key that does not sign: tokens that it signed are refused from now on."""

    async def work(desk: Desk) -> None:
        pool = await signing_rotation.drop(desk, kid)
        if pool is None:
            raise SettingFault(f"{kid} is the key that signs, or no key: `keydesk keys rotate --after 0` first")
        _say(f"{pool}  {kid} is gone")

    run(work, data)


@app.command("rewrap")
def rewrap(
    key_file: Annotated[Path | None, typer.Option(help="Another key file; it is made where it is not there.")] = None,
    kms_key: Annotated[str, typer.Option(help="A key of a key management service, as in the setting.")] = "",
    finish: Annotated[bool, typer.Option("--finish", help="Let no other key open the data keys any more.")] = False,
    data: Data = None,
) -> None:
    """Wrap the data keys under another key-encryption key: a new one in the file's place, or the one that is said."""
    if sum([key_file is not None, bool(kms_key), finish]) > 1:
        raise typer.BadParameter("say one of --key-file, --kms-key and --finish")

    async def work(desk: Desk) -> None:
        if finish:
            _say(f"{await rewrapping.finish(desk.rack)} wrappings under other keys are gone")
        elif key_file:
            count = await rewrapping.to_file(desk.rack, key_file.absolute(), desk.clock())
            _say(f"{count} data keys are wrapped under {key_file} as well.{_then('key_file', str(key_file))}")
        elif kms_key:
            service = HeldByService(KeyService.named(kms_key, desk.settings["region"]))
            count = await rewrapping.to_service(desk.rack, service, desk.clock())
            _say(f"{count} data keys are wrapped under {kms_key} as well.{_then('kms_key', kms_key)}")
        else:
            await _in_place(desk)

    run(work, data)


def _then(setting: str, value: str) -> str:
    return f" Set {setting} to it on every server, restart them, then run: keydesk keys rewrap --finish"


async def _in_place(desk: Desk) -> None:
    file = desk.rack.keeper
    if not isinstance(file, KeyFile):
        raise SettingFault("the key-encryption key is not in a file: say --key-file or --kms-key")
    count = await rewrapping.in_place(desk.rack, file, desk.clock())
    _say(f"{count} data keys are wrapped under a new key in {file}")
    if desk.settings["database_url"]:
        _say("Copy the file to your other servers, then run: keydesk keys rewrap --finish")
    else:
        _say(f"{await rewrapping.finish(desk.rack)} wrappings under the key from before are gone")


async def _chosen(desk: Desk, said: Iterable[str]) -> list[str]:
    """The pools that were said, or all. Raises SettingFault for one that is not there."""
    there = [pool.id for pool in await desk.store.read(pools.every)]
    if unknown := set(said) - set(there):
        raise SettingFault(f"there is no pool {', '.join(sorted(unknown))}")
    return list(said) or there


async def _rotate_signing(desk: Desk, chosen: Iterable[str], after: int) -> None:
    for pool in chosen:
        row = await signing_rotation.forward(desk, pool, lead=after)
        _say(
            f"{pool}  {row.kid} signs from {_time(row.active)}" if row else f"{pool}  has a new key that waits already"
        )


async def _rotate_data(desk: Desk, only: Iterable[str]) -> None:
    whose = await data_rotation.begin(desk, list(only))
    _say(f"{len(whose)} new data keys seal")
    done = await data_rotation.reseal(desk)
    for table, count in done.items():
        _say(f"{count} sealed anew in {table}" if table != "left" else f"{count} left for the next run")
    _say("Running servers take the new keys within ten minutes; keys from before go a day after they gave way.")


async def _list(desk: Desk) -> None:
    rack, now = desk.rack, desk.clock()
    table = Table("key", "of", "since (UTC)", "", box=None, pad_edge=False)
    for kek, count in sorted((await desk.store.read(data_keys.counts)).items()):
        table.add_row(kek, "data keys", "", f"wraps {count}" + (f", from {rack.keeper}" if kek == rack.kek.id else ""))
    for row in await desk.store.read(data_keys.under, rack.kek.id):
        seals = rack.sealer.sealing(row.pool) == row.id
        table.add_row(row.id.hex(), row.pool or "server", _time(row.created), "seals" if seals else "opens")
    for pool in await _chosen(desk, ()):
        rows = await desk.store.read(signing_keys.of_pool, pool)
        for key in rows:
            table.add_row(key.kid, pool, _time(key.active), _does(key, rows, now))
    console(width=WIDEST).print(table)
    if rack.as_before:
        _say("Everything is sealed as before there were data keys, until the first `keydesk keys rotate`.")


def _does(key: SigningKeyRow, rows: Sequence[SigningKeyRow], now: int) -> str:
    if not key.published(now):
        return "is over"
    if signing(rows, now).kid == key.kid:
        return "signs"
    return "is to sign" if key.active > now else f"is published until {_time(key.until)}"


def _time(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S") if at else "before"


def _say(line: str) -> None:
    """At once, whoever reads."""
    print(line, flush=True)
