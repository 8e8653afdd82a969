"""The pool comes first in every key of what belongs to a user, so that a pool's rows can lie together (decision 20)."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

TEXT = sa.String().with_variant(sa.String(collation="C"), "postgresql")
USERS = "SELECT users.pool FROM users WHERE users.sub = {table}.{column}"
POOLS = {  # of the tables that had none, where it is found
    "spent_refreshes": "SELECT sessions.pool FROM sessions WHERE sessions.id = spent_refreshes.session",
    "devices": USERS.format(table="devices", column="sub"),
    "codes": USERS.format(table="codes", column="sub"),
    "auth_events": USERS.format(table="auth_events", column="sub"),
    "budgets": f"coalesce(({USERS.format(table='budgets', column='subject')}), '')",
}
KEYS = {  # primary keys that change
    "sessions": ["pool", "id"],
    "spent_refreshes": ["pool", "digest"],
    "devices": ["pool", "sub", "key"],
    "codes": ["pool", "sub", "purpose"],
    "budgets": ["pool", "subject", "purpose"],
    "auth_events": ["pool", "id"],
}
OF_USERS = ("names", "memberships", "sessions", "devices", "passkeys", "codes", "identities", "auth_events")
OF_POOLS = ("names", "sessions", "passkeys", "identities")  # which go with their users all the same
INDEXES = {  # those that begin with a user or a session, and go on so
    "names": {"sub": ["sub"]},
    "memberships": {"sub": ["sub", "group"]},
    "sessions": {"sub": ["sub"]},
    "spent_refreshes": {"session": ["session"]},
    "passkeys": {"sub": ["sub"]},
    "identities": {"sub": ["sub"]},
    "auth_events": {"sub_at": ["sub", "at", "id"], "sub_telling_at": ["sub", "telling", "at"]},
}


def upgrade() -> None:
    for table, pool in POOLS.items():
        op.add_column(table, sa.Column("pool", TEXT, nullable=True))
        op.execute(f"UPDATE {table} SET pool = ({pool})")
    at_once = op.get_bind().dialect.name == "sqlite"  # which copies a table for it: once
    if not at_once:
        for table in (*OF_USERS, "spent_refreshes"):
            with op.batch_alter_table(table) as batch:
                _free(table, batch)
    with op.batch_alter_table("users") as batch:
        _key("users", ["pool", "sub"], batch)
        batch.drop_index("ix_users_pool_sub")
    for table in (*OF_USERS, "spent_refreshes", "budgets"):
        with op.batch_alter_table(table) as batch:
            _change(table, batch, frees=at_once)


def _change(table: str, batch: BatchOperations, *, frees: bool) -> None:
    if frees:
        _free(table, batch)
    if table in POOLS:
        batch.alter_column("pool", existing_type=TEXT, nullable=False)
    if table in KEYS:
        _key(table, KEYS[table], batch)
    for name, columns in INDEXES.get(table, {}).items():
        batch.drop_index(f"ix_{table}_{name}")
        batch.create_index(f"ix_{table}_pool_{name}", ["pool", *columns], unique=False)
    if table == "sessions":
        batch.drop_constraint("uq_sessions_refresh", type_="unique")
        batch.create_unique_constraint("uq_sessions_pool_refresh", ["pool", "refresh"])
    if table in OF_USERS:
        batch.create_foreign_key(f"fk_{table}_sub", "users", ["pool", "sub"], ["pool", "sub"], ondelete="CASCADE")
    if table == "spent_refreshes":
        name = "fk_spent_refreshes_session"
        batch.create_foreign_key(name, "sessions", ["pool", "session"], ["pool", "id"], ondelete="CASCADE")


def _free(table: str, batch: BatchOperations) -> None:
    """It refers to nothing by a key that goes."""
    if table in OF_USERS:
        batch.drop_constraint(f"fk_{table}_sub", type_="foreignkey")
    if table in OF_POOLS:
        batch.drop_constraint(f"fk_{table}_pool", type_="foreignkey")
    if table == "spent_refreshes":
        batch.drop_constraint("fk_spent_refreshes_session", type_="foreignkey")


def _key(table: str, columns: list[str], batch: BatchOperations) -> None:
    batch.drop_constraint(f"pk_{table}", type_="primary")
    batch.create_primary_key(f"pk_{table}", columns)
