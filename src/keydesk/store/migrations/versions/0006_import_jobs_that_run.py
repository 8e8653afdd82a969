"""Import jobs that a node holds while it runs them, and their files in parts."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("user_imports")  # nothing has written to it yet
    op.create_table(
        "user_imports",
        sa.Column("id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("status", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("holder", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("lease", sa.BigInteger(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_user_imports_pool"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_imports")),
    )
    with op.batch_alter_table("user_imports", schema=None) as batch_op:
        batch_op.create_index("ix_user_imports_pool_created", ["pool", "created", "id"], unique=False)
        batch_op.create_index("ix_user_imports_status_created", ["status", "created"], unique=False)

    op.create_table(
        "user_import_parts",
        sa.Column("job", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("upload", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["job"], ["user_imports.id"], name=op.f("fk_user_import_parts_job"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("job", "upload", "number", name=op.f("pk_user_import_parts")),
    )
    with op.batch_alter_table("user_import_parts", schema=None) as batch_op:
        batch_op.create_index("ix_user_import_parts_created", ["created"], unique=False)
