"""The keys of the local Key Management Service: the material sealed, all else as a document with the key's aliases."""

from collections.abc import Callable, Iterable
from typing import Final

import msgspec
from sqlalchemy import Connection, bindparam, delete, insert, select, update

from keydesk.domain.kms_key import KmsKey
from keydesk.store.tables import kms_keys

# Of a key, by its id; of a region, all of them.
_OF_REGION: Final = select(kms_keys.c.doc).where(kms_keys.c.region == bindparam("region")).order_by(kms_keys.c.id)
_HOLD: Final = _OF_REGION.with_only_columns(kms_keys.c.id).with_for_update()
_HERE: Final = (kms_keys.c.region == bindparam("at_region")) & (kms_keys.c.id == bindparam("at_id"))
_NAMED: Final = select(kms_keys.c.doc, kms_keys.c.material).where(_HERE)
_CHANGE: Final = update(kms_keys).where(_HERE)
_REMOVE: Final = delete(kms_keys).where(_HERE)

_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(KmsKey).decode

Edit = Callable[[list[KmsKey]], Iterable[KmsKey]]


def add(db: Connection, key: KmsKey, material: bytes) -> None:
    """`material` is sealed."""
    row = {"region": key.region, "id": key.id, "material": material, "doc": _encode(key), "created": key.created}
    db.execute(insert(kms_keys), row)


def named(db: Connection, region: str, key_id: str) -> tuple[KmsKey, bytes] | None:
    """The key and its sealed material."""
    row = db.execute(_NAMED, {"at_region": region, "at_id": key_id}).one_or_none()
    return None if row is None else (_decode(row.doc), row.material)


def of_region(db: Connection, region: str) -> list[KmsKey]:
    """All keys of a region, by their ids."""
    return [_decode(doc) for doc in db.execute(_OF_REGION, {"region": region}).scalars()]


def change(db: Connection, region: str, edit: Edit) -> None:
    """Store the keys that `edit` gives back, of all in the region, each with what it changes. It may raise a Refusal.

    All of them are held meanwhile: a name leads to one key, whoever else is giving names.
    """
    db.execute(_HOLD, {"region": region}).all()
    for key in edit(of_region(db, region)):  # read once they are held: with what others did meanwhile
        db.execute(_CHANGE, {"at_region": region, "at_id": key.id, "doc": _encode(key)})


def remove_due(db: Connection, now: int) -> int:
    """Deletes the keys whose day has come; gives how many."""
    due = [key for doc in db.execute(select(kms_keys.c.doc)).scalars() if (key := _decode(doc)).is_gone(now)]
    for key in due:
        db.execute(_REMOVE, {"at_region": key.region, "at_id": key.id})
    return len(due)
