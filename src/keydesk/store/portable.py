"""What an export holds: the tables whose rows mean the same on another server, and why the others are left out."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import ColumnElement, Connection, LargeBinary, Table, false, null, select, text

from keydesk.store import data_keys
from keydesk.store import tables as here
from keydesk.store import tables_around as around
from keydesk.store.copying import AT_ONCE

JSON: Final = frozenset({"doc", "public", "tags"})  # columns of bytes that are documents


class Portable(NamedTuple):
    """A table, and what a row of it is."""

    table: Table
    says: str

    @property
    def name(self) -> str:
        return str(self.table.name)

    @property
    def columns(self) -> dict[str, bool]:
        """The names of its columns, and whether they hold bytes."""
        return {str(one.name): isinstance(one.type, LargeBinary) for one in self.table.c}

    @property
    def pool(self) -> ColumnElement[str] | None:
        """The pool that a row belongs to; None for what is the server's."""
        if self.table is here.pools:
            return here.pools.c.id
        if "pool" in self.table.c:
            return self.table.c.pool
        return None


PORTABLE: Final = (
    Portable(here.pools, "A user pool; `doc.settings` as DescribeUserPool tells them."),
    Portable(here.clients, "An app client; `doc.settings` as DescribeUserPoolClient tells them."),
    Portable(here.signing_keys, "A signing key, and from when it signs and until when it is published."),
    Portable(here.users, "A user: attributes, status, sealed password and authenticator."),
    Portable(here.names, "A name that leads to a user: the user name, and aliases."),
    Portable(here.groups, "A group of a pool."),
    Portable(here.memberships, "That a user is in a group."),
    Portable(here.devices, "A device that a user confirmed."),
    Portable(here.passkeys, "A passkey of a user: its public key and counter."),
    Portable(here.sessions, "What a user holds: the digest (SHA-256) of a refresh token, and what was made with it."),
    Portable(here.spent_refreshes, "The digest of a refresh token that gave way, for as long as its session lasts."),
    Portable(around.identity_providers, "An identity provider of a pool."),
    Portable(around.provider_identifiers, "An identifier that leads to a provider."),
    Portable(around.identities, "Whom a provider's word stands for."),
    Portable(around.saml_keys, "With what a pool signs what it sends to SAML providers."),
    Portable(around.resource_servers, "A resource server and its scopes."),
    Portable(around.domains, "A domain of a pool."),
    Portable(around.brandings, "A style of the managed login pages."),
    Portable(around.ui_customizations, "A style of the classic pages."),
    Portable(around.terms, "Terms that users agree to."),
    Portable(around.auth_events, "What happened to a user at the door."),
    Portable(here.archives, "A function's code: a zip by its SHA-256."),
    Portable(here.functions, "A function: configuration, aliases, policy, sealed variables."),
    Portable(here.function_versions, "A published version, or code that `$LATEST` had before."),
    Portable(here.kms_keys, "A key of the local Key Management Service."),
    Portable(around.provisioned_limits, "A limit of requests a second."),
)
LEFT_OUT: Final[Mapping[str, str]] = {
    "data_keys": "every server seals with keys of its own",
    "facts": "what a database knows of itself",
    "waiting": "sign-ins between two calls: they last for minutes",
    "codes": "codes on their way are digests under the server's own key: users ask for new ones",
    "budgets": "tries in a running window",
    "user_imports": "jobs end where they began",
    "user_import_parts": "their files",
    "traces": "records of this server, for some days; a backup has them",
    "api_events": "records of this server, for some days; a backup has them",
    "log_groups": "records of this server, for some days; a backup has them",
    "log_streams": "records of this server, for some days; a backup has them",
    "log_events": "records of this server, for some days; a backup has them",
}
_BY_NAME: Final = {one.name: one for one in PORTABLE}


def named(name: str) -> Portable | None:
    """The table of this name, if rows of it are taken."""
    return _BY_NAME.get(name)


def rows(db: Connection, one: Portable, pools: Sequence[str]) -> Iterator[Any]:
    """All rows in the order of their keys, or those of some pools; `whose` is the pool, None for the server's."""
    table, pool = one.table, one.pool
    statement = select(*table.c, (null() if pool is None else pool).label("whose")).order_by(*table.primary_key)
    if pools:
        statement = statement.where(false() if pool is None else pool.in_(pools))
    yield from db.execute(statement, execution_options={"yield_per": AT_ONCE})


def add(
    db: Connection, to: Portable, new: Iterable[Mapping[str, Any]], keys: Mapping[str, Iterable[data_keys.Row]]
) -> int:
    """Add rows; one whose key is taken is left as it is here. Gives how many are new. `keys` are for new pools."""
    added = 0
    for row in new:
        columns = ", ".join(f'"{name}"' for name in row)
        values = ", ".join(f":{name}" for name in row)
        statement = text(f'INSERT INTO "{to.name}" ({columns}) VALUES ({values}) ON CONFLICT DO NOTHING')
        if db.execute(statement, dict(row)).rowcount == 1:
            added += 1
            data_keys.add(db, keys.get(str(row.get("id")), ()))
    return added
