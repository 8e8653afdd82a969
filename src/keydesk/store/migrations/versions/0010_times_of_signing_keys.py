"""From when a signing key signs, and how long it is published. One from before signs, and nothing ends it yet."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("signing_keys", schema=None) as batch_op:
        batch_op.add_column(sa.Column("active", sa.BigInteger(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("until", sa.BigInteger(), server_default="0", nullable=False))
