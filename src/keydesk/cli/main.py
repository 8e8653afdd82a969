"""`keydesk`: the command and its sub-commands."""

import sys

import typer

from keydesk import __version__
from keydesk.cli import backups, cognito, dev, doctor, keys, replay, serve, totp, traces, triggers
from keydesk.cli.listen import CANNOT_OPEN
from keydesk.errors import Refusal
from keydesk.runtime.folder import NoHandler
from keydesk.runtime.live_api import LiveFault
from keydesk.store.copying import CopyFault
from keydesk.triggers.sample import NoSuchTrigger

TO_BE_MENDED = (*CANNOT_OPEN, CopyFault, LiveFault, NoHandler, NoSuchTrigger)  # by who typed the line
app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.command("dev")(dev.dev)
app.command("serve")(serve.serve)
app.command("doctor")(doctor.doctor)
app.command("traces")(traces.traces)
app.command("trace")(traces.trace)
app.command("replay")(replay.replay)
app.add_typer(triggers.app, name="triggers")
app.add_typer(keys.app, name="keys")
app.command("backup")(backups.backup)
app.command("restore")(backups.restore)
app.command("export")(backups.export)
app.command("import")(backups.import_)
app.add_typer(cognito.app, name="cognito")
app.command("totp")(totp.totp)


@app.callback(invoke_without_command=True)
def top(version: bool = typer.Option(False, "--version", help="Print the version and stop.")) -> None:
    """An identity server that speaks Amazon Cognito's user-pool API and runs its Lambda triggers."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command. What a person can mend is one line, never a trace."""
    try:
        app()
    except TO_BE_MENDED as fault:
        print("keydesk:", " ".join(_told(fault).split()), file=sys.stderr)
        sys.exit(2)


def _told(fault: Exception) -> str:
    match fault:
        case Refusal():
            return f"{fault} {fault.detail}"
        case OSError(filename=str(file)):
            return f"{file}: {fault.strerror}"
        case OSError(strerror=str(why)):
            return why
        case _:
            return str(fault)
