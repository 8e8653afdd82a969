"""Data keys, wrapped. What was sealed before stays as it is: its key becomes the first of them when a server starts."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_keys",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("kek", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_data_keys_pool"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", "kek", name=op.f("pk_data_keys")),
    )
    with op.batch_alter_table("data_keys", schema=None) as batch_op:
        batch_op.create_index("ix_data_keys_pool", ["pool"], unique=False)
