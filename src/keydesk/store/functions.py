"""Deployed functions, their published versions and their archives.

A function is one row; every change goes through `change`, which takes a function of what is stored, so that two
changes at once both count. Decoded rows are kept by their bytes: equal bytes are the same function.
"""

import functools
import re
import secrets
from collections.abc import Callable, Collection, Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, and_, bindparam, delete, func, insert, or_, select, text, update
from sqlalchemy.exc import IntegrityError

from keydesk.domain.function import LATEST, Alias, Deployed, Reference, by_arn
from keydesk.domain.function_refusals import Conflict
from keydesk.store.hot import Hot
from keydesk.store.tables import archives, function_versions, functions

_decoder: Final = msgspec.json.Decoder(Deployed)
_encode: Final = msgspec.json.encode

Edit = Callable[[Deployed], Deployed]

FORMERS: Final = 10  # codes that `$LATEST` had before, kept for a way back

_NUMBER: Final = re.compile(r"[1-9][0-9]{0,8}")
_HERE: Final = (functions.c.region == bindparam("region")) & (functions.c.name == bindparam("name"))
_KEY: Final = ("region", "name")
_ONE: Final = select(functions.c.doc).where(_HERE)
_LOCKED: Final = _ONE.with_for_update()
_VERSION: Final = select(function_versions.c.doc).where(
    function_versions.c.region == bindparam("region"),
    function_versions.c.name == bindparam("name"),
    function_versions.c.version == bindparam("version"),
)
_KEEP: Final = text("INSERT INTO archives (digest, zip) VALUES (:digest, :zip) ON CONFLICT (digest) DO NOTHING")


@functools.lru_cache(maxsize=1024)
def _decoded(doc: bytes) -> Deployed:
    return _decoder.decode(doc)


def named(db: Connection, region: str, name: str, qualifier: str = "") -> Deployed | None:
    """The function as the qualifier (a version, `$LATEST`, an alias, or nothing) shows it; None where there is none."""
    found = _first(db.execute(_ONE, {"region": region, "name": name}).scalar_one_or_none())
    return found and _qualified(db, found, qualifier)


def for_arns(db: Connection, arns: Iterable[str]) -> dict[str, Deployed]:
    """The functions behind ARNs, by ARN; what is not here is left out. One statement where no ARN has a qualifier."""
    asked, values = _asked(tuple(arns))
    if not asked:
        return {}
    docs = _several(len(values) // len(_KEY)).rows(db, values)
    here = {(one.region, one.name): one for (doc,) in docs if (one := _first(doc))}
    answer: dict[str, Deployed] = {}
    for arn, ref in asked.items():
        one = _answering(db, here.get((ref.region, ref.name)), ref)
        if one is not None:
            answer[arn] = one
    return answer


@functools.lru_cache(maxsize=1024)
def _asked(arns: tuple[str, ...]) -> tuple[dict[str, Reference], dict[str, str]]:
    """What the ARNs refer to, and the values of the statement that finds it. Shared: never change them."""
    asked = {arn: found for arn in arns if (found := by_arn(arn))}
    keys = {(ref.region, ref.name) for ref in asked.values()}
    return asked, {f"{what}{at}": value for at, key in enumerate(keys) for what, value in zip(_KEY, key, strict=True)}


@functools.cache
def _several(count: int) -> Hot:
    """So many functions by their keys. Kept for each count, because making a statement costs more than running it."""
    wanted = (
        and_(*(functions.c[what] == bindparam(f"{what}{at}", type_=functions.c[what].type) for what in _KEY))
        for at in range(count)
    )
    return Hot(select(functions.c.doc).where(or_(*wanted)))


def add(db: Connection, deployed: Deployed, archive: bytes = b"") -> None:
    """Store a new function with its archive. Raises Conflict where the name is taken in the region."""
    keep(db, deployed.digest, archive)
    row = {"region": deployed.region, "name": deployed.name, "digest": deployed.digest, "rev": deployed.rev}
    try:
        db.execute(insert(functions), {**row, "doc": _encode(deployed)})
    except IntegrityError as fault:
        raise Conflict(f"Function already exist: {deployed.name}") from fault


def change(db: Connection, region: str, name: str, edit: Edit, archive: bytes = b"") -> Deployed | None:
    """Replace the function by what `edit` makes of it, and give that back; None where there is none.

    `edit` may be run more than once and may raise. Where it gives back what it got, nothing is written.
    """
    found = _first(db.execute(_LOCKED, {"region": region, "name": name}).scalar_one_or_none())
    if found is None:
        return None
    edited = edit(found)
    if edited == found:
        return found
    edited = msgspec.structs.replace(edited, rev=found.rev + 1)
    keep(db, edited.digest, archive)
    here = (functions.c.region == region) & (functions.c.name == name)
    db.execute(update(functions).where(here).values(digest=edited.digest, doc=_encode(edited), rev=edited.rev))
    if edited.digest != found.digest:
        _keep_former(db, found)
        _forget(db, found.digest)
    return edited


def formers(db: Connection, region: str, name: str) -> list[Deployed]:
    """What `$LATEST` was before its code was replaced, newest first; as many as FORMERS."""
    here = function_versions.c
    rows = select(here.doc).where(here.region == region, here.name == name, here.version < 0)
    return _all(db, rows.order_by(here.version))


def _keep_former(db: Connection, found: Deployed) -> None:
    """Former codes are numbered downwards from -1: the newest has the least number, and none looks published."""
    if not found.digest:  # the watched folder's files are not ours to keep
        return
    here = function_versions.c
    own = (here.region == found.region, here.name == found.name, here.version < 0)
    number = (db.execute(select(func.min(here.version)).where(*own)).scalar_one() or 0) - 1
    bare = msgspec.structs.replace(found, tags={}, statements=(), aliases={}, concurrency=None)
    row = {"region": found.region, "name": found.name, "version": number, "digest": found.digest}
    db.execute(insert(function_versions), {**row, "doc": _encode(bare)})
    too_old = (*own, here.version >= number + FORMERS)
    codes = db.execute(select(here.digest).where(*too_old)).scalars().all()
    db.execute(delete(function_versions).where(*too_old))
    for digest in codes:
        _forget(db, digest)


def publish(
    db: Connection, ref: Reference, edit: Edit, stamp: Edit, archive: bytes = b""
) -> tuple[Deployed, Deployed] | None:
    """Change the function as `change` does and keep the outcome as its next version; gives both.

    `stamp` makes the version of it (its own description and revision). Where nothing changed since the last version,
    that one is given and no other is made.
    """
    latest = change(db, ref.region, ref.name, edit, archive)
    if latest is None:
        return None
    last = _published(db, latest, latest.next_version - 1)
    if last is not None and last.build == latest.build:
        return latest, latest.as_version(last, last.version)
    version = msgspec.structs.replace(stamp(latest), version=str(latest.next_version))
    bare = msgspec.structs.replace(version, qualifier="", tags={}, statements=(), aliases={}, concurrency=None)
    row = {"region": ref.region, "name": ref.name, "version": latest.next_version, "digest": version.digest}
    db.execute(insert(function_versions), {**row, "doc": _encode(bare)})
    latest = change(
        db, ref.region, ref.name, lambda one: msgspec.structs.replace(one, next_version=one.next_version + 1)
    )
    return (latest, latest.as_version(bare, bare.version)) if latest else None


def remove(db: Connection, region: str, name: str) -> bool:
    """Delete the function with all its versions. Whether there was one."""
    codes = digests(db, region, name)
    if not codes:
        return False
    for table in (function_versions, functions):
        db.execute(delete(table).where(table.c.region == region, table.c.name == name))
    for digest in codes:
        _forget(db, digest)
    return True


def remove_version(db: Connection, deployed: Deployed) -> None:
    """Delete one published version."""
    here = function_versions.c
    which = (here.region == deployed.region, here.name == deployed.name, here.version == int(deployed.version))
    db.execute(delete(function_versions).where(*which))
    _forget(db, deployed.digest)


def page(db: Connection, region: str, after: str, limit: int) -> list[Deployed]:
    """The functions of a region in the order of their names, from the one after `after`."""
    here = functions.c
    rows = select(here.doc).where(here.region == region, here.name > after).order_by(here.name).limit(limit)
    return _all(db, rows)


def folders(db: Connection, region: str) -> list[Deployed]:
    """The functions of a region that come from a watched folder."""
    rows = select(functions.c.doc).where(functions.c.region == region, functions.c.digest == "")
    return _all(db, rows.order_by(functions.c.name))


def versions(db: Connection, region: str, name: str, after: int = 0, limit: int = 10_000) -> list[Deployed]:
    """The published versions, oldest first, each qualified by its number, without what belongs to the function."""
    here = function_versions.c
    rows = select(here.doc).where(here.region == region, here.name == name, here.version > after)
    found = _all(db, rows.order_by(here.version).limit(limit))
    return [msgspec.structs.replace(one, qualifier=one.version) for one in found]


def digests(db: Connection, region: str, name: str) -> set[str]:
    """Of every code that is kept of a function: its own, its versions' and the former ones."""
    found = set[str]()
    for table in (functions, function_versions):
        here = table.c
        found.update(db.execute(select(here.digest).where(here.region == region, here.name == name)).scalars())
    return found


def held(db: Connection, digests: Collection[str]) -> set[str]:
    """Those of these archives that are stored."""
    return set(db.execute(select(archives.c.digest).where(archives.c.digest.in_(digests))).scalars())


def archive(db: Connection, digest: str) -> bytes | None:
    """A zip by its SHA-256 in hexadecimal."""
    return db.execute(select(archives.c.zip).where(archives.c.digest == digest)).scalar_one_or_none()


def keep(db: Connection, digest: str, zipped: bytes) -> None:
    """Store an archive, unless it is here already or there is none."""
    if not zipped or db.execute(select(archives.c.digest).where(archives.c.digest == digest)).first():
        return
    db.execute(_KEEP, {"digest": digest, "zip": zipped})


def _forget(db: Connection, digest: str) -> None:
    """Delete an archive that nothing names any more."""
    for table in (functions, function_versions):
        if db.execute(select(table.c.name).where(table.c.digest == digest).limit(1)).first():
            return
    db.execute(delete(archives).where(archives.c.digest == digest))


def _first(doc: bytes | None) -> Deployed | None:
    return None if doc is None else _decoded(bytes(doc))


def _all(db: Connection, rows: Select[Any]) -> list[Deployed]:
    return [_decoded(bytes(doc)) for doc in db.execute(rows).scalars()]


def _answering(db: Connection, found: Deployed | None, ref: Reference) -> Deployed | None:
    if found is None or found.account != ref.account:
        return None
    return _qualified(db, found, ref.qualifier)


def _qualified(db: Connection, found: Deployed, qualifier: str) -> Deployed | None:
    if not qualifier:
        return found
    alias = found.aliases.get(qualifier)
    version = _target(alias) if alias else qualifier
    if version == LATEST:
        return msgspec.structs.replace(found, qualifier=qualifier)
    if not _NUMBER.fullmatch(version):
        return None
    published = _published(db, found, int(version))
    return published and found.as_version(published, qualifier)


def _published(db: Connection, found: Deployed, version: int) -> Deployed | None:
    key = {"region": found.region, "name": found.name, "version": version}
    return _first(db.execute(_VERSION, key).scalar_one_or_none())


def _target(alias: Alias) -> str:
    """The version that answers this time: the alias's own, or by chance one that takes a share of the calls."""
    chance = secrets.randbelow(1_000_000) / 1_000_000
    for version, weight in alias.weights.items():
        if chance < weight:
            return version
        chance -= weight
    return alias.version
