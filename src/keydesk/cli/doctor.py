"""`keydesk doctor`: every setting with its origin, how far functions are isolated, and what is set but does nothing."""

import asyncio
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from keydesk.app import secret_files
from keydesk.cli import beside
from keydesk.domain.client import Client
from keydesk.domain.pool import Pool
from keydesk.flows import idle_triggers, providers
from keydesk.flows.stored_only import Settings as Kept
from keydesk.flows.stored_only import without_effect
from keydesk.flows.ui_customizations import shown
from keydesk.runtime import isolation
from keydesk.runtime.elsewhere import Directory
from keydesk.settings import SETTINGS, Settings, load
from keydesk.store import brandings, clients, domains, identity_providers, pools, terms, ui_customizations
from keydesk.store.store import Store


def doctor(
    data: Annotated[str | None, typer.Option(help="Folder for the embedded database and the sealing key.")] = None,
) -> None:
    """Print each setting with its origin, how far functions are isolated here, and what is set without effect yet."""
    settings = load(data=data)
    console = beside.console(width=beside.WIDEST)
    console.print(_settings(settings))
    console.print(*_isolated(settings), sep="\n")
    found, idle = asyncio.run(_in_vain(settings))
    for line in idle:
        console.print(f"[yellow]will not run[/yellow]  {escape(line)}")
    for line in found:
        console.print(f"[yellow]no effect yet[/yellow]  {escape(line)}")
    if idle:
        console.print(f"Reasons for which a trigger that is set will not run: {len(idle)}.")
    console.print("Nothing is set that has no effect." if not found else f"Settings without effect yet: {len(found)}.")


def _settings(settings: Settings) -> Table:
    table = Table("setting", "value", "origin", "environment variable", box=None, pad_edge=False)
    for setting in SETTINGS:
        value = settings[setting.name]
        shown = "(set, not shown)" if setting.secret and value else escape(value) or "(empty)"
        table.add_row(setting.name, shown, escape(settings.origins[setting.name]), setting.variable)
    return table


def _isolated(settings: Settings) -> list[str]:
    """How far functions are kept from the server, tried here and now as a server does at its start."""
    with tempfile.TemporaryDirectory() as elsewhere:
        data = Path(settings["data"]).absolute()
        data = data if data.is_dir() else Path(elsewhere)
        try:
            found = asyncio.run(isolation.find(settings["isolation"], data, secret_files(settings, data)))
        except OSError as fault:
            return [escape(f"isolation: cannot be tried by this user: {fault}")]
    colour = "green" if found.level == "full" else "yellow"
    said = [f"[{colour}]isolation: {escape(str(found))}[/{colour}]"]
    return said + [f"[yellow]not to be had[/yellow]  {escape(line)}" for line in found.failed]


async def _in_vain(settings: Settings) -> tuple[list[str], list[str]]:
    """What is stored and asks for something in vain, and their triggers that will not run.

    Nothing where there is no database yet.
    """
    if not await asyncio.to_thread(Store.founded, settings.database):
        return [], []
    store = await asyncio.to_thread(Store.open, settings.database)
    try:
        every = await store.read(pools.every)
        vain = [
            f"{owner}: {row.member} ({row.why})"
            for pool in every
            for owner, kept in await _kept(store, pool)
            for row in without_effect(kept)
        ]
        return vain, await _idle(store, [pool.id for pool in every], Directory.of(settings).reaches)
    finally:
        store.close()


async def _kept(store: Store, pool: Pool) -> list[tuple[str, Kept]]:
    """All that somebody may have set of a pool, each with whose it is."""
    found: list[tuple[str, Kept]] = [(pool.id, kept) for kept in (pool.settings, *pool.logs, *_notices(pool))]
    for client in await store.read(clients.of_pool, pool.id):
        found.append((client.id, client.settings))
        if client.sso_session is not None:
            found.append((client.id, client.sso_session))
        found += [(client.id, kept) for kept in _notices(client)]
    found += [(f"{pool.id}, {domain.domain}", domain) for domain in await store.read(domains.of_pool, pool.id)]
    for style in await store.read(ui_customizations.of_pool, pool.id):
        found.append((f"{pool.id}, {style.client}", shown(style, "")))
    for provider in await store.read(identity_providers.of_pool, pool.id):
        found.append((f"{pool.id}, {provider.name}", providers.described(provider)))
    for client_id, branding in (await store.read(brandings.of_pool, pool.id)).items():
        found.append((f"{pool.id}, {client_id}", branding))
    for one in await store.read(terms.of_pool, pool.id):
        found.append((f"{pool.id}, {one.client_id}, {one.terms_name}", one))
    return found


def _notices(holder: Pool | Client) -> list[Kept]:
    """What is said of notices, if anything is."""
    takeover = holder.risk.account_takeover_risk_configuration if holder.risk else None
    return [takeover.notify_configuration] if takeover and takeover.notify_configuration else []


async def _idle(store: Store, pool_ids: list[str], reaches: idle_triggers.Reaches) -> list[str]:
    """The triggers of the pools that will not run, each with its reasons."""
    now = time.time_ns() // 1_000_000
    found = [await idle_triggers.setup(store, pool_id, now, reaches=reaches) for pool_id in pool_ids]
    return [
        f"{setup.pool.id}: {one.trigger} ({one.why})" for setup in found if setup for one in idle_triggers.idle(setup)
    ]
