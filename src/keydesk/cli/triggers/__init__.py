"""`keydesk triggers`: what people who write the functions of triggers need at hand."""

import typer

from keydesk.cli.triggers import kit, runs, state

app = typer.Typer(no_args_is_help=True, help=__doc__)
app.command("new")(kit.new)
app.command("event")(kit.event)
app.command("test")(runs.try_out)
app.command("lint")(runs.lint)
app.command("list")(state.list_)
app.command("rollback")(state.rollback)
