"""`keydesk serve`: the production face. Every signed operation is verified; there is no outbox."""

import os
import secrets
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Annotated, Final

import structlog
import typer

from keydesk import log as logging
from keydesk.app import House, house
from keydesk.cli import supervisor
from keydesk.cli.listen import bound, handed, hold_reloads, is_everywhere, is_loopback, run
from keydesk.crypto.key_file import check_private, put_new
from keydesk.crypto.tokens import new_token
from keydesk.settings import SettingFault, Settings, load

log = structlog.get_logger("keydesk")

ADMIN_FILE: Final = "admin.key"
STANDARD_INPUT: Final = 0


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[str | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    data: Annotated[str | None, typer.Option(help="Folder for the embedded database and the sealing key.")] = None,
    workers: Annotated[str | None, typer.Option(help="Server processes behind one socket.")] = None,
    crew: Annotated[int, typer.Option(hidden=True)] = -1,  # the supervisor's socket, in one of its processes
) -> None:
    """Serve in production: administrators sign with their access keys, and every signature is verified.

    SIGTERM stops, and SIGHUP takes changed settings over without losing a request.
    """

    def current() -> Settings:
        return load(host=host, port=port, data=data, workers=workers)

    hold_reloads()
    settings = current()
    logging.configure(settings["log_level"], pretty=False)
    admin_keys(settings)
    if not settings["admin_keys"] and crew < 0:
        log.info("administrator's access key", file=str(_admin_file(settings)))
    listener, address = bound(settings) if crew < 0 else handed(crew)

    def opening() -> AbstractAsyncContextManager[House]:
        now = current()
        return house(now, address, open=False, keys=admin_keys(now))

    if settings.whole("workers") > 1 and crew < 0:
        raise typer.Exit(supervisor.run(settings.whole("workers"), listener, opening))

    async def ready(opened: House) -> None:
        database, isolated = "postgresql" if settings["database_url"] else "sqlite", opened.desk.isolation.level
        log.info("ready", address=address, database=database, isolation=isolated, process=os.getpid())
        if is_everywhere(settings["host"]) and not opened.desk.settings["issuer"]:
            log.warning("tokens and links name an address that nobody can connect to: set issuer", issuer=address)

    run(listener, opening, ready, leash=STANDARD_INPUT if crew >= 0 else None)


def admin_keys(settings: Settings) -> dict[str, str]:
    """Access key ids and their secrets. On loopback, where none are set, one random key is made and kept in a file.

    Raises SettingFault beyond loopback without keys (RQ-02, AU-14), and for a key that is not `id:secret`; KeyRefused.
    """
    said, where = settings["admin_keys"], "admin_keys"
    if not said:
        if not is_loopback(settings["host"]):
            raise SettingFault(
                "admin_keys is not set: beyond loopback anybody could try to administer. "
                "Set KEYDESK_ADMIN_KEYS=id:secret, or listen on 127.0.0.1"
            )
        said, where = _made(_admin_file(settings)), str(_admin_file(settings))
    keys: dict[str, str] = {}
    for pair in said.split(","):
        name, colon, secret = pair.strip().partition(":")
        if not (name and colon and len(secret) >= 16):
            raise SettingFault(f"{where} must be id:secret pairs, with secrets of 16 characters or more")
        if name in keys:
            raise SettingFault(f"{where} names the id {name} twice")
        keys[name] = secret
    return keys


def _admin_file(settings: Settings) -> Path:
    return Path(settings["data"]) / ADMIN_FILE


def _made(path: Path) -> str:
    """The key in the file, made at the first start; the file is its owner's alone (SE-07). Raises KeyRefused."""
    if not path.exists():
        put_new(path, f"KD{secrets.token_hex(9).upper()}:{new_token(30)}\n".encode())
    check_private(path, path.stat().st_mode, "access key")
    return path.read_text("ascii", "replace").strip()
