"""With what pools sign what they send to SAML providers: the private half sealed, and its certificate."""

from typing import Final, NamedTuple

from sqlalchemy import Connection, bindparam, select, text
from sqlalchemy.exc import IntegrityError

from keydesk.errors import ResourceNotFound
from keydesk.store.tables_around import saml_keys

_CERTIFICATE: Final = select(saml_keys.c.certificate).where(saml_keys.c.pool == bindparam("pool"))
_CLAIM: Final = text(
    "INSERT INTO saml_keys (pool, private, certificate, created)"
    " VALUES (:pool, :private, :certificate, :created) ON CONFLICT (pool) DO NOTHING"
)


class SamlKeyRow(NamedTuple):
    """`private` is sealed; `certificate` is X.509 in DER; `created` in epoch milliseconds."""

    pool: str
    private: bytes
    certificate: bytes
    created: int


def certificate(db: Connection, pool: str) -> bytes | None:
    """The certificate of the pool's key; None where none was made yet."""
    found: bytes | None = db.execute(_CERTIFICATE, {"pool": pool}).scalar_one_or_none()
    return found


def claim(db: Connection, key: SamlKeyRow) -> bytes:
    """Keeps the key if the pool has none; gives the certificate of what it has now. Raises ResourceNotFound."""
    try:
        db.execute(_CLAIM, key._asdict())
    except IntegrityError as fault:
        raise ResourceNotFound(f"User pool {key.pool} does not exist.") from fault
    kept: bytes = db.execute(_CERTIFICATE, {"pool": key.pool}).scalar_one()
    return kept
