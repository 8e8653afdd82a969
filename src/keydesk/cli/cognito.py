"""`keydesk cognito`: a user pool of Amazon Cognito moves in, and its users follow as they sign in."""

from collections import Counter
from collections.abc import Iterable
from typing import Annotated

import typer

from keydesk.cli.beside import Data, chosen, console, run
from keydesk.domain.pool import Pool
from keydesk.flows import moving_in, moving_users
from keydesk.flows.call import Call, Desk
from keydesk.runtime.live_api import LiveApi
from keydesk.store.arrivals import Became

app = typer.Typer(no_args_is_help=True, help=__doc__)

Live = Annotated[str, typer.Argument(help="The pool's id, the same there and here.")]
NOT_TOLD = (
    "passwords: each is tried at the live pool at its owner's first sign-in here, where --take-over says so",
    "passkeys, remembered devices, sessions and refresh tokens: people sign in once more",
    "signing keys: tokens that the live pool gave are not known here",
)


@app.command("import")
def import_(
    pool: Live,
    take_over: Annotated[
        bool, typer.Option("--take-over", help="From now on try who has no password here at the live pool.")
    ] = False,
    endpoint_url: Annotated[str, typer.Option(help="The user-pool API; Amazon's own without it.")] = "",
    data: Data = None,
) -> None:
    """Bring a live pool here under its own id, with clients, secrets, groups and users. Run it again to catch up.

    Credentials are found as the AWS CLI finds them. Servers may run meanwhile.
    """
    api = LiveApi(pool, endpoint_url)

    async def work(desk: Desk) -> None:
        region = pool.partition("_")[0]
        call = Call(desk=desk, operation="cognito import", region=region, request_id="", ip="", agent="")
        here, moved = await moving_in.move(api, call, take_over=take_over)
        for kind, counts in moved.counts.items():
            typer.echo(f"{kind}: {_told(counts)}")
        apps = await _people(desk, api, here, moved.groups)
        lost = f"authenticator apps of {apps} users: they prove an address here, and set up their app anew"
        typer.echo("\nWhat the API does not tell, or what is to be done here:")
        for note in (*moved.notes, *([lost] if apps else []), *NOT_TOLD):
            typer.echo(f"- {note}")

    run(work, data, found=True)


@app.command("left")
def left(
    pool: Annotated[str, typer.Argument(help="The pool's id.")],
    names: Annotated[bool, typer.Option("--names", help="Print a line for each: user name, status, e-mail.")] = False,
    data: Data = None,
) -> None:
    """Who has no password here yet: they have not signed in since the import."""

    async def work(desk: Desk) -> None:
        counts: Counter[str] = Counter()
        async for user in moving_users.left(desk, await chosen(desk, pool)):
            counts[user.status] += 1
            if names:
                typer.echo("\t".join((user.username, user.status, user.attributes.get("email", ""))))
        typer.echo(f"{counts.total()} users have no password here", err=names)

    run(work, data)


async def _people(desk: Desk, api: LiveApi, pool: Pool, groups: Iterable[str]) -> int:
    """Users and memberships, told as they come; gives how many users have an authenticator app."""
    users, apps = Counter[Became](), 0
    with console().status("users") as status:
        async for became, lost in moving_users.move(desk, api, pool):
            users.update(became)
            apps += lost
            status.update(f"{users.total()} users")
    typer.echo(f"users: {_told(users)}")
    for group in groups:
        typer.echo(f"group {group}: {await moving_users.join(desk, api, pool, group)} members")
    return apps


def _told(counts: Counter[Became]) -> str:
    return ", ".join(f"{counts[one]} {one}" for one in Became if counts[one]) or "none"
