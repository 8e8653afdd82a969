"""`keydesk dev`: loopback, embedded storage, any credentials, a pool and a client to begin with."""

from pathlib import Path
from typing import Annotated, Final

import typer
from rich.markup import escape

from keydesk import log as logging
from keydesk.app import House, house
from keydesk.cli.beside import console
from keydesk.cli.listen import bound, is_loopback, run
from keydesk.flows import first_pool
from keydesk.settings import SettingFault, load

BLOCK: Final = """\
[bold]Keydesk[/bold] is ready at [bold]{address}[/bold] (development: any AWS credentials are accepted)

  user pool   {pool}
  client      {client}
  data        {data}
{functions}
Paste this into a terminal, and the AWS CLI and boto3 speak to it:

  export AWS_ENDPOINT_URL={address}
  export AWS_ACCESS_KEY_ID=keydesk AWS_SECRET_ACCESS_KEY=keydesk AWS_DEFAULT_REGION={region}

  aws cognito-idp sign-up --client-id {client} --username ada --password 'Correct-horse-9' \\
      --user-attributes Name=email,Value=ada@example.com
  aws cognito-idp admin-confirm-sign-up --user-pool-id {pool} --username ada
  aws cognito-idp initiate-auth --client-id {client} --auth-flow USER_PASSWORD_AUTH \\
      --auth-parameters USERNAME=ada,PASSWORD=Correct-horse-9

  console: {address}/_keydesk/
  codes and invitations: {address}/_keydesk/outbox
  an AWS CLI older than 1.29 or 2.13 needs --endpoint-url {address} in each line
"""


def dev(
    port: Annotated[str | None, typer.Option(help="Port to listen on; 0 takes a free one.")] = None,
    data: Annotated[str | None, typer.Option(help="Folder for the embedded database and the sealing key.")] = None,
    functions: Annotated[
        Path | None, typer.Option(help="Folder of handlers, wired to triggers by their names.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="Loopback address to listen on.")] = None,
) -> None:
    """Develop against it: one command, no account, no Docker. Edit a handler, and the next sign-in runs it."""
    settings = load(host=host, port=port, data=data)
    if not is_loopback(settings["host"]):
        raise SettingFault(f"`keydesk dev` listens on loopback only, not on {settings['host']}: use `keydesk serve`")
    if functions is not None and not functions.is_dir():
        raise SettingFault(f"{functions} is not a folder")
    logging.configure(settings["log_level"], pretty=True)
    listener, address = bound(settings)

    async def ready(opened: House) -> None:
        pool, client = await first_pool.ensure(opened.desk)
        if opened.door.before:
            await opened.door.before()
        block = BLOCK.format(
            address=address,
            pool=pool,
            client=client,
            data=escape(settings["data"]),
            region=settings["region"],
            functions=f"  functions   {escape(str(functions))}\n" if functions else "",
        )
        console().print(block)

    run(listener, lambda: house(load(host=host, port=port, data=data), address, open=True, folder=functions), ready)
