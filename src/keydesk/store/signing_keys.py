"""The pools' signing keys: the private half sealed, the public half as its JWK, and the times of each.

A new key is published before it signs, and stays published after another signs. All of it is said in times, so that
every server does the same without being told.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from keydesk.store.tables import signing_keys


class SigningKeyRow(NamedTuple):
    """`private` is sealed; `public` is the JWK as JSON. Times in epoch milliseconds."""

    kid: str
    pool: str
    private: bytes
    public: bytes
    created: int
    active: int = 0  # when it began to sign, or will
    until: int = 0  # how long its signatures count and it is published; 0: until another is to sign

    def published(self, now: int) -> bool:
        return not self.until or self.until > now


_COLUMNS: Final = [signing_keys.c[name] for name in SigningKeyRow._fields]
_OF_POOL: Final = (
    select(*_COLUMNS)
    .where(signing_keys.c.pool == bindparam("pool"))
    .order_by(signing_keys.c.created, signing_keys.c.kid)
)
_HELD: Final = _OF_POOL.with_for_update()
_POOL_OF: Final = select(signing_keys.c.pool).where(signing_keys.c.kid == bindparam("kid"))
_TIMES: Final = (
    update(signing_keys)
    .where(signing_keys.c.kid == bindparam("of"))
    .values(active=bindparam("from_"), until=bindparam("to"))
)
_REMOVE: Final = delete(signing_keys).where(signing_keys.c.kid == bindparam("of"))
_SPENT: Final = delete(signing_keys).where(signing_keys.c.until > 0, signing_keys.c.until <= bindparam("now"))


def signing(rows: Sequence[SigningKeyRow], now: int) -> SigningKeyRow:
    """The one that signs now: of those that may, the one that began last; the oldest where by the clock none may."""
    able = [row for row in rows if row.active <= now and row.published(now)]
    return max(able or rows[:1], key=lambda row: (row.active, row.created, row.kid))


def of_pool(db: Connection, pool: str) -> list[SigningKeyRow]:
    """Oldest first. Empty where there is no such pool."""
    return [SigningKeyRow(*row) for row in db.execute(_OF_POOL, {"pool": pool})]


def held(db: Connection, pool: str) -> list[SigningKeyRow]:
    """As `of_pool`, and as they stay until this write ends."""
    return [SigningKeyRow(*row) for row in db.execute(_HELD, {"pool": pool})]


def public(db: Connection, pool: str) -> list[bytes]:
    """The JWKs of the pool, oldest first."""
    return [row.public for row in of_pool(db, pool)]


def pool_of(db: Connection, kid: str) -> str | None:
    """The pool whose key has this id."""
    found: str | None = db.execute(_POOL_OF, {"kid": kid}).scalar_one_or_none()
    return found


def add(db: Connection, key: SigningKeyRow) -> None:
    db.execute(insert(signing_keys), key._asdict())


def time(db: Connection, key: SigningKeyRow) -> None:
    """Store the key's times."""
    db.execute(_TIMES, {"of": key.kid, "from_": key.active, "to": key.until})


def remove(db: Connection, kid: str) -> None:
    db.execute(_REMOVE, {"of": kid})


def remove_spent(db: Connection, now: int) -> int:
    """Delete those whose signatures count no more; gives how many."""
    return db.execute(_SPENT, {"now": now}).rowcount
