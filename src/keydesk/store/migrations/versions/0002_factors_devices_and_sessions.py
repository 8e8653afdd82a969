"""Second factors, devices, passkeys, what is told of sessions, and local keys."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kms_keys",
        sa.Column("region", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("material", sa.LargeBinary(), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("region", "id", name=op.f("pk_kms_keys")),
    )
    op.create_table(
        "devices",
        sa.Column("sub", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("key", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["sub"], ["users.sub"], name=op.f("fk_devices_sub"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("sub", "key", name=op.f("pk_devices")),
    )
    op.create_table(
        "passkeys",
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("sub", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_passkeys_pool"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sub"], ["users.sub"], name=op.f("fk_passkeys_sub"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool", "id", name=op.f("pk_passkeys")),
    )
    with op.batch_alter_table("passkeys", schema=None) as batch_op:
        batch_op.create_index("ix_passkeys_sub", ["sub"], unique=False)

    op.create_table(
        "spent_refreshes",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("session", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["session"], ["sessions.id"], name=op.f("fk_spent_refreshes_session"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_spent_refreshes")),
    )
    with op.batch_alter_table("spent_refreshes", schema=None) as batch_op:
        batch_op.create_index("ix_spent_refreshes_session", ["session"], unique=False)

    op.create_table(
        "traces",
        sa.Column("id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("sub", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("username", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("outcome", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("fired", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_traces")),
    )
    with op.batch_alter_table("traces", schema=None) as batch_op:
        batch_op.create_index("ix_traces_at", ["at", "id"], unique=False)
        batch_op.create_index("ix_traces_pool_at", ["pool", "at", "id"], unique=False)
        batch_op.create_index("ix_traces_username_at", ["username", "at", "id"], unique=False)

    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "device",
                sa.String().with_variant(sa.String(collation="C"), "postgresql"),
                server_default="",
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column(
                "ip",
                sa.String().with_variant(sa.String(collation="C"), "postgresql"),
                server_default="",
                nullable=False,
            )
        )
        batch_op.add_column(
            sa.Column(
                "agent",
                sa.String().with_variant(sa.String(collation="C"), "postgresql"),
                server_default="",
                nullable=False,
            )
        )
        batch_op.add_column(sa.Column("active", sa.BigInteger(), server_default="0", nullable=False))
