"""Limits of one pool beside those of a region."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("provisioned_limits")  # nothing has written to it yet
    op.create_table(
        "provisioned_limits",
        sa.Column("region", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("category", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("region", "pool", "category", name=op.f("pk_provisioned_limits")),
    )
