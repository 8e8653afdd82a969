"""Providers, resource servers, domains, looks, terms, sign-in events, imports and limits."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "provisioned_limits",
        sa.Column("region", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("category", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("value", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("region", "category", name=op.f("pk_provisioned_limits")),
    )
    op.create_table(
        "brandings",
        sa.Column("id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("client", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_brandings_pool"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_brandings")),
        sa.UniqueConstraint("pool", "client", name=op.f("uq_brandings_pool_client")),
    )
    op.create_table(
        "domains",
        sa.Column("domain", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_domains_pool"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domains")),
    )
    with op.batch_alter_table("domains", schema=None) as batch_op:
        batch_op.create_index("ix_domains_pool", ["pool"], unique=False)

    op.create_table(
        "identity_providers",
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_identity_providers_pool"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool", "name", name=op.f("pk_identity_providers")),
    )
    op.create_table(
        "resource_servers",
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("identifier", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_resource_servers_pool"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool", "identifier", name=op.f("pk_resource_servers")),
    )
    op.create_table(
        "terms",
        sa.Column("id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("client", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("name", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_terms_pool"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("pool", "client", "name", name=op.f("uq_terms_pool_client_name")),
    )
    op.create_table(
        "ui_customizations",
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("client", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("modified", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_ui_customizations_pool"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool", "client", name=op.f("pk_ui_customizations")),
    )
    op.create_table(
        "user_imports",
        sa.Column("id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.Column("file", sa.LargeBinary(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_user_imports_pool"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_user_imports")),
    )
    with op.batch_alter_table("user_imports", schema=None) as batch_op:
        batch_op.create_index("ix_user_imports_pool_created", ["pool", "created", "id"], unique=False)

    op.create_table(
        "auth_events",
        sa.Column("id", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("sub", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("doc", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["sub"], ["users.sub"], name=op.f("fk_auth_events_sub"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auth_events")),
    )
    with op.batch_alter_table("auth_events", schema=None) as batch_op:
        batch_op.create_index("ix_auth_events_at", ["at"], unique=False)
        batch_op.create_index("ix_auth_events_sub_at", ["sub", "at", "id"], unique=False)

    op.create_table(
        "identities",
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("provider", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("attribute", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("value", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("sub", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pool"], ["pools.id"], name=op.f("fk_identities_pool"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["sub"], ["users.sub"], name=op.f("fk_identities_sub"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("pool", "provider", "attribute", "value", name=op.f("pk_identities")),
    )
    with op.batch_alter_table("identities", schema=None) as batch_op:
        batch_op.create_index("ix_identities_sub", ["sub"], unique=False)

    op.create_table(
        "provider_identifiers",
        sa.Column("pool", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("identifier", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.Column("provider", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False),
        sa.ForeignKeyConstraint(
            ["pool", "provider"],
            ["identity_providers.pool", "identity_providers.name"],
            name=op.f("fk_provider_identifiers_pool"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("pool", "identifier", name=op.f("pk_provider_identifiers")),
    )
    with op.batch_alter_table("provider_identifiers", schema=None) as batch_op:
        batch_op.create_index("ix_provider_identifiers_pool_provider", ["pool", "provider"], unique=False)
