"""Every table, once.

A column for what is searched, joined or unique; one JSON document (`doc`) for the rest, typed by a Struct of the room
that owns it. Texts that are compared or ordered use the byte order on both databases. Times are epoch milliseconds.
What belongs to a user has its pool first in every key: decision 20.
"""

from sqlalchemy import (
    BigInteger,
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

from keydesk.store.columns import Millis, Serial, Text, metadata, of_user, pool_column

facts = Table(  # what the database knows of itself: which key it was founded with, the dev pool's id
    "facts",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

pools = Table(
    "pools",
    metadata,
    Column("id", Text, primary_key=True),
    Column("region", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("rev", Integer, nullable=False, default=1),
    Column("created", Millis, nullable=False),
    Column("modified", Millis, nullable=False),
    Index("ix_pools_region_id", "region", "id"),
)

clients = Table(
    "clients",
    metadata,
    Column("id", Text, primary_key=True),
    pool_column(),
    Column("name", Text, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("rev", Integer, nullable=False, default=1),
    Column("created", Millis, nullable=False),
    Column("modified", Millis, nullable=False),
    Index("ix_clients_pool_id", "pool", "id"),
)

# What things are sealed under: keys of a pool, or of the server, wrapped by a key that is not in the database (`kek`).
data_keys = Table(
    "data_keys",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("kek", Text, primary_key=True),
    Column("pool", Text, ForeignKey("pools.id", ondelete="CASCADE")),
    Column("wrapped", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
    Index("ix_data_keys_pool", "pool"),
)

signing_keys = Table(
    "signing_keys",
    metadata,
    Column("kid", Text, primary_key=True),
    pool_column(),
    Column("private", LargeBinary, nullable=False),  # sealed
    Column("public", LargeBinary, nullable=False),  # the JWK
    Column("created", Millis, nullable=False),
    Column("active", Millis, nullable=False, server_default="0"),  # from when it signs
    Column("until", Millis, nullable=False, server_default="0"),  # until when it is published; 0: no end is set
    Index("ix_signing_keys_pool", "pool"),
)

users = Table(
    "users",
    metadata,
    pool_column(primary=True),
    Column("sub", Text, primary_key=True),
    Column("username", Text, nullable=False),  # folded where the pool ignores case, as all that is searched here
    Column("status", Text, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("rev", Integer, nullable=False, default=1),
    Column("failures", Integer, nullable=False, default=0),  # wrong passwords in a row
    Column("failed", Millis, nullable=False, default=0),  # when the last of them was
    Column("created", Millis, nullable=False),
    Column("modified", Millis, nullable=False),
    # Searchable by ListUsers.
    Column("email", Text),
    Column("phone_number", Text),
    Column("name", Text),
    Column("given_name", Text),
    Column("family_name", Text),
    Column("preferred_username", Text),
    UniqueConstraint("pool", "username"),
    *(
        Index(f"ix_users_pool_{column}", "pool", column, "username")
        for column in (
            "status",
            "enabled",
            "email",
            "phone_number",
            "name",
            "given_name",
            "family_name",
            "preferred_username",
        )
    ),
)

# Every string a user can be called by in a pool: the username and, where the pool says so, e-mail, phone, preferred
# username. One table, so one look-up signs in by any of them, and no two users ever share one.
names = Table(
    "names",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("name", Text, primary_key=True),  # folded where the pool ignores case
    Column("kind", Text, nullable=False),  # username, email, phone_number, preferred_username
    Column("sub", Text, nullable=False),
    of_user("names"),
    Index("ix_names_pool_sub", "pool", "sub"),
)

groups = Table(
    "groups",
    metadata,
    pool_column(primary=True),
    Column("name", Text, primary_key=True),
    Column("doc", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
    Column("modified", Millis, nullable=False),
)

memberships = Table(
    "memberships",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("group", Text, primary_key=True),
    Column("username", Text, primary_key=True),
    Column("sub", Text, nullable=False),
    Column("created", Millis, nullable=False),
    ForeignKeyConstraint(["pool", "group"], ["groups.pool", "groups.name"], ondelete="CASCADE"),
    of_user("memberships"),
    Index("ix_memberships_pool_sub", "pool", "sub", "group"),
)

# What a user holds after a sign-in: one refresh token (by its digest) and every token made with it.
sessions = Table(
    "sessions",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("id", Text, primary_key=True),  # the event id of the sign-in
    Column("sub", Text, nullable=False),
    Column("client", Text, nullable=False),
    Column("refresh", LargeBinary, nullable=False),
    Column("origin", Text, nullable=False),  # origin_jti
    Column("revoked", Boolean, nullable=False, default=False),
    Column("created", Millis, nullable=False),
    Column("expires", Millis, nullable=False),
    Column("device", Text, nullable=False, server_default=""),  # the key of the device it was opened from, or ""
    Column("ip", Text, nullable=False, server_default=""),
    Column("agent", Text, nullable=False, server_default=""),
    Column("active", Millis, nullable=False, server_default="0"),  # when it last gave tokens
    of_user("sessions"),
    UniqueConstraint("pool", "refresh"),
    Index("ix_sessions_pool_sub", "pool", "sub"),
    Index("ix_sessions_expires", "expires"),
)

# Refresh tokens that were rotated away, by digest: good for a retry until `until`, and evidence of theft after it.
spent_refreshes = Table(
    "spent_refreshes",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("digest", LargeBinary, primary_key=True),
    Column("session", Text, nullable=False),
    Column("until", Millis, nullable=False),
    ForeignKeyConstraint(
        ["pool", "session"], ["sessions.pool", "sessions.id"], "fk_spent_refreshes_session", ondelete="CASCADE"
    ),
    Index("ix_spent_refreshes_pool_session", "pool", "session"),
)

# Devices that a user signed in from: confirmed ones, and those whose key was handed out and not confirmed yet.
devices = Table(
    "devices",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("sub", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("doc", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
    of_user("devices"),
)

# Passkeys, by the credential id that the authenticator made.
passkeys = Table(
    "passkeys",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("id", LargeBinary, primary_key=True),
    Column("sub", Text, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
    of_user("passkeys"),
    Index("ix_passkeys_pool_sub", "pool", "sub"),
)

# What calls did, for people who look for why. Ids are those of requests.
traces = Table(
    "traces",
    metadata,
    Column("id", Text, primary_key=True),
    Column("pool", Text, nullable=False),
    Column("sub", Text, nullable=False),
    Column("username", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("fired", Text, nullable=False),  # the triggers that ran, each between blanks
    Column("at", Millis, nullable=False),
    Column("bytes", Integer, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    # Whatever is looked for is found in it without reading a trace. It grows at its end alone, so that it costs a
    # sign-in less than an index for each would.
    Index("ix_traces_wanted", "at", "id", "pool", "sub", "username", "outcome", "fired"),
)

# Keys of the Key Management Service that is served locally, for the functions that send codes.
kms_keys = Table(
    "kms_keys",
    metadata,
    Column("region", Text, primary_key=True),
    Column("id", Text, primary_key=True),
    Column("material", LargeBinary, nullable=False),  # sealed
    Column("doc", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
)

# A sign-in that waits for the answer to a challenge, by the digest of its Session string: who answers says no more.
waiting = Table(
    "waiting",
    metadata,
    Column("session", LargeBinary, primary_key=True),
    pool_column(),
    Column("client", Text, nullable=False),
    Column("sub", Text),
    Column("doc", LargeBinary, nullable=False),  # sealed
    Column("expires", Millis, nullable=False),
    Index("ix_waiting_expires", "expires"),
)

# The one live code of a user for a purpose. A newer code replaces it.
codes = Table(
    "codes",
    metadata,
    Column("pool", Text, primary_key=True),
    Column("sub", Text, primary_key=True),
    Column("purpose", Text, primary_key=True),
    Column("digest", LargeBinary, nullable=False),
    Column("about", Text, nullable=False),  # the attribute value it proves, or ""
    Column("expires", Millis, nullable=False),
    of_user("codes"),
    Index("ix_codes_expires", "expires"),
)

# How often something was tried in the running window. A new code opens no new budget.
budgets = Table(
    "budgets",
    metadata,
    Column("pool", Text, primary_key=True),  # empty for what is counted of the whole server
    Column("subject", Text, primary_key=True),  # a user's sub, or a keyed digest of a name nobody has
    Column("purpose", Text, primary_key=True),
    Column("spent", Integer, nullable=False),
    Column("since", Millis, nullable=False),
    Index("ix_budgets_since", "since"),
)

functions = Table(
    "functions",
    metadata,
    Column("region", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False),  # of the archive; empty for a watched folder
    Column("doc", LargeBinary, nullable=False),  # configuration, aliases, policy; the environment inside is sealed
    Column("rev", Integer, nullable=False, default=1),
)

# Published versions. `doc` is the configuration at that time; policy, aliases and tags are those of `functions`.
function_versions = Table(
    "function_versions",
    metadata,
    Column("region", Text, primary_key=True),
    Column("name", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    ForeignKeyConstraint(["region", "name"], ["functions.region", "functions.name"], ondelete="CASCADE"),
)

archives = Table(  # zips by their SHA-256 in hexadecimal, kept while a function or a version names them
    "archives",
    metadata,
    Column("digest", Text, primary_key=True),
    Column("zip", LargeBinary, nullable=False),
)

log_groups = Table(
    "log_groups",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("region", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("retention", Integer),  # days; the server's own setting where there is none
    Column("tags", LargeBinary, nullable=False),
    Column("created", Millis, nullable=False),
    UniqueConstraint("region", "name"),
)

log_streams = Table(
    "log_streams",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("log_group", Serial, ForeignKey("log_groups.id", ondelete="CASCADE"), nullable=False),
    Column("name", Text, nullable=False),
    Column("created", Millis, nullable=False),
    Column("first", Millis, nullable=False),
    Column("last", Millis, nullable=False),
    Column("ingested", Millis, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    UniqueConstraint("log_group", "name"),
    Index("ix_log_streams_log_group_last", "log_group", "last", "name"),
)

# Two numbers in place of three texts: a busy function writes five lines a call.
log_events = Table(
    "log_events",
    metadata,
    Column("id", Serial, primary_key=True, autoincrement=True),
    Column("log_group", Serial, nullable=False),  # as the stream says; here for the index
    Column("stream", Serial, ForeignKey("log_streams.id", ondelete="CASCADE"), nullable=False),
    Column("at", Millis, nullable=False),
    Column("ingested", Millis, nullable=False),
    Column("message", Text, nullable=False),
    Index("ix_log_events_log_group_at", "log_group", "at", "id"),
    Index("ix_log_events_stream_at", "stream", "at", "id"),
)

# Sign-in calls, for CloudTrail's LookupEvents (T-079). Ids begin with the time, so that new rows go to the end.
api_events = Table(
    "api_events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("region", Text, nullable=False),
    Column("at", Millis, nullable=False),
    Column("name", Text, nullable=False),
    Column("username", Text, nullable=False),
    Column("access_key", Text, nullable=False),
    Column("doc", LargeBinary, nullable=False),
    Index("ix_api_events_region_at", "region", "at", "id"),
)
