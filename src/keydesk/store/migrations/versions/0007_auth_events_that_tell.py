"""Which sign-in events later sign-ins are held against. The table was empty until now."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("auth_events", schema=None) as batch_op:
        batch_op.add_column(sa.Column("telling", sa.Boolean(), nullable=False))
        batch_op.create_index("ix_auth_events_sub_telling_at", ["sub", "telling", "at"], unique=False)
