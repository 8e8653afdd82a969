"""With what pools sign what they send to SAML providers."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saml_keys",
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("private", sa.LargeBinary(), nullable=False),
        sa.Column("certificate", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_saml_keys_pool"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool", name=op.f("pk_saml_keys")),
    )
