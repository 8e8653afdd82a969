"""Tables of what stands around a pool: providers, resource servers, domains, looks, terms, imports, limits."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    Table,
    UniqueConstraint,
)

from keydesk.store.columns import Millis, Text, metadata, of_user, pool_column

# Who else may vouch for a pool's users: outside providers, and what else than their names leads to them.
identity_providers = Table(
    "identity_providers",
    metadata,
    pool_column(primary=True),
    Column("name", Text, primary_key=True),
    Column("doc", LargeBinary, nullable=False),  # the client secret inside is sealed
    Column("created", Millis, nullable=False),
    Column("modified", Millis, nullable=False),
)

provider_identifiers = Table(
    "provider_identifiers",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("identifier", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    ForeignKeyConstraint(
        ["pool", "provider"], ["identity_providers.pool", "identity_providers.name"], ondelete="CASCADE"
    ),
    Index("ix_provider_identifiers_pool_provider", "pool", "provider"),
)

# Whom a provider's word stands for: the user that an attribute's value, as the provider says it, leads to.
identities = Table(
    "identities",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("provider", Text, primary_key=True),
    Column("attribute", Text, primary_key=True),  # Cognito_Subject, or an attribute that the provider's claims map to
    Column("value", Text, primary_key=True),
    Column("sub", Text, nullable=False),
    Column("created", Millis, nullable=False),
    of_user("identities"),
    Index("ix_identities_pool_sub", "pool", "sub"),
)

# With what a pool signs what it sends to SAML providers; made when somebody asks for it.
saml_keys = Table(
    "saml_keys",
    metadata,
    pool_column(primary=True),
    Column("private", LargeBinary, nullable=False),  # sealed
    Column("certificate", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
)

resource_servers = Table(
    "resource_servers",
    metadata,
    pool_column(primary=True),
    Column("identifier", Text, primary_key=True),
    Column("doc", LargeBinary, nullable=False),
)

domains = Table(
    "domains",
    metadata,
    Column("domain", Text, primary_key=True),
    pool_column(),
    Column("doc", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
    Index("ix_domains_pool", "pool"),
)

# How the hosted pages look: managed login's brandings by id, and the classic pages' style by client (or ALL).
brandings = Table(
    "brandings",
    metadata,
    Column("id", Text, primary_key=True),
    pool_column(),
    Column("client", Text, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
    Column("modified", Millis, nullable=False),
    UniqueConstraint("pool", "client"),
)

ui_customizations = Table(
    "ui_customizations",
    metadata,
    pool_column(primary=True),
    Column("client", Text, primary_key=True),
    Column("doc", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
    Column("modified", Millis, nullable=False),
)

terms = Table(
    "terms",
    metadata,
    Column("id", Text, primary_key=True),
    pool_column(),
    Column("client", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
    Column("modified", Millis, nullable=False),
    UniqueConstraint("pool", "client", "name"),
)

# What happened to a user at the door, for threat protection and for AdminListUserAuthEvents.
auth_events = Table(
    "auth_events",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("sub", Text, nullable=False),
    Column("at", Millis, nullable=False),
    Column("telling", Boolean, nullable=False),  # whether later sign-ins are held against it
    Column("doc", LargeBinary, nullable=False),
    of_user("auth_events"),
    Index("ix_auth_events_pool_sub_at", "pool", "sub", "at", "id"),
    Index("ix_auth_events_pool_sub_telling_at", "pool", "sub", "telling", "at"),
    Index("ix_auth_events_at", "at"),
)

# Import jobs. A node that holds one until `lease` works on it; whoever changes the row moves `rev` on.
user_imports = Table(
    "user_imports",
    metadata,
    Column("id", Text, primary_key=True),
    pool_column(),
    Column("status", Text, nullable=False),
    Column("holder", Text, nullable=False),
    Column("lease", Millis, nullable=False),
    Column("rev", Integer, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
    Index("ix_user_imports_pool_created", "pool", "created", "id"),
    Index("ix_user_imports_status_created", "status", "created"),
)

# Their files in pieces, sealed, by the upload that brought them; gone when the job has ended.
user_import_parts = Table(
    "user_import_parts",
    metadata,
    Column("job", Text, ForeignKey("user_imports.id", ondelete="CASCADE"), primary_key=True, nullable=False),
    Column("upload", Text, primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("sealed", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
    Index("ix_user_import_parts_created", "created"),
)

# How many requests a second are let through; what has no row is not limited. `pool` is empty for a whole region.
provisioned_limits = Table(
    "provisioned_limits",
    metadata,
    Column("region", Text, primary_key=True),
    Column("pool", Text, primary_key=True),
    Column("category", Text, primary_key=True),
    Column("value", Integer, nullable=False),
)
