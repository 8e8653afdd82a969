"""`keydesk totp`: the QR code of an authenticator app's secret, in the terminal, or the code that the app shows now.

A secret on the command line is seen by everyone who may list processes, and kept by the shell: standard input is not.
"""

import sys
import time
from typing import Annotated

import segno
import typer

from keydesk.crypto import totp as codes

BORDER = 2  # blank modules around the QR code; cameras want some, terminals have little room


def totp(
    secret: Annotated[
        str, typer.Argument(help="What AssociateSoftwareToken gave, or an otpauth:// link; - reads standard input.")
    ] = "-",
    user: Annotated[str, typer.Option(help="The name that the app shows.")] = "user",
    issuer: Annotated[str, typer.Option(help="The service that the app shows.")] = "Keydesk",
    code: Annotated[bool, typer.Option("--code", help="Print the code of this moment, and nothing else.")] = False,
) -> None:
    """Show an authenticator app its secret as a QR code, or be the app in a script."""
    try:
        read, link = codes.read(sys.stdin.readline() if secret == "-" else secret)
        if code:
            typer.echo(codes.code_at(read, time.time_ns() // 1_000_000))
            return
        link = link or codes.link(read, user, issuer)
        drawn = segno.make(link, error="m", micro=False)
    except ValueError as fault:
        raise typer.BadParameter(str(fault)) from None
    drawn.terminal(sys.stdout, border=BORDER, compact=_has_blocks())
    typer.echo(link)


def _has_blocks() -> bool:
    """Whether the terminal can show half a character's height; else the code is drawn in reversed blanks."""
    try:
        "▀▄█".encode(sys.stdout.encoding)
    except UnicodeEncodeError:
        return False
    return True
