"""Alembic's entry: works on the connection it is handed, or on `-x url=…` from the command line."""

from alembic import context
from sqlalchemy import Connection, create_engine

from keydesk.store.schema import metadata
from keydesk.store.store import address


def _run(db: Connection) -> None:
    context.configure(connection=db, target_metadata=metadata, render_as_batch=True, compare_type=True)
    context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    _run(given)
else:
    engine = create_engine(address(context.get_x_argument(as_dictionary=True)["url"]))
    with engine.begin() as made:
        _run(made)
    engine.dispose()
