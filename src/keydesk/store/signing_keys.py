"""The pools' signing keys: the private half sealed, the public half as its JWK."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, insert, select

from keydesk.store.tables import signing_keys


class SigningKeyRow(NamedTuple):
    """`private` is sealed; `public` is the JWK as JSON; `created` in epoch milliseconds."""

    kid: str
    pool: str
    private: bytes
    public: bytes
    created: int


_COLUMNS: Final = [signing_keys.c[name] for name in SigningKeyRow._fields]
_OF_POOL: Final = (
    select(*_COLUMNS)
    .where(signing_keys.c.pool == bindparam("pool"))
    .order_by(signing_keys.c.created, signing_keys.c.kid)
)
_POOL_OF: Final = select(signing_keys.c.pool).where(signing_keys.c.kid == bindparam("kid"))


def of_pool(db: Connection, pool: str) -> list[SigningKeyRow]:
    """Oldest first; the last one signs. Empty where there is no such pool."""
    return [SigningKeyRow(*row) for row in db.execute(_OF_POOL, {"pool": pool})]


def public(db: Connection, pool: str) -> list[bytes]:
    """The JWKs of the pool, oldest first."""
    return [row.public for row in of_pool(db, pool)]


def pool_of(db: Connection, kid: str) -> str | None:
    """The pool whose key has this id."""
    found: str | None = db.execute(_POOL_OF, {"kid": kid}).scalar_one_or_none()
    return found


def add(db: Connection, key: SigningKeyRow) -> None:
    db.execute(insert(signing_keys), key._asdict())
