"""One index of traces that answers whatever is looked for, in place of three."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("traces", schema=None) as batch_op:
        batch_op.drop_index("ix_traces_at")
        batch_op.drop_index("ix_traces_pool_at")
        batch_op.drop_index("ix_traces_username_at")
        batch_op.create_index(
            "ix_traces_wanted", ["at", "id", "pool", "sub", "username", "outcome", "fired"], unique=False
        )
