"""Users, and the names that lead to them. The database keeps names apart: of two who want one name, one is refused.

Where the pool ignores case, names and searched columns are folded; the document holds what was said.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, delete, insert, select, text, update
from sqlalchemy.exc import IntegrityError

from keydesk.domain.names import folded, of_user, taken
from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User, UserKey
from keydesk.errors import AliasExists, ConcurrentModification, ResourceNotFound, UsernameExists
from keydesk.store import documents
from keydesk.store.documents import UserRow
from keydesk.store.faults import lacks_parent
from keydesk.store.hot import Hot, Row
from keydesk.store.tables import groups, memberships, names, pools, users

PROVABLE: Final = ("email", "phone_number")
SEARCHED: Final = ("email", "phone_number", "name", "given_name", "family_name", "preferred_username")
INDEXED: Final = 512  # characters of a searched value: a filter holds no more, and no index row may exceed 2,704 bytes

# What a User is put together from: one row for each of its groups, one without a group where there is none.
COLUMNS: Final = (
    *(users.c[name] for name in ("doc", "status", "enabled", "rev", "failures", "failed", "created", "modified")),
    groups.c.doc.label("group_doc"),
)
_GROUP: Final = len(COLUMNS) - 1  # the place of the group's document
JOINED: Final = users.outerjoin(
    memberships, (memberships.c.pool == users.c.pool) & (memberships.c.sub == users.c.sub)
).outerjoin(groups, (groups.c.pool == memberships.c.pool) & (groups.c.name == memberships.c.group))

_HERE: Final = (users.c.pool == bindparam("pool")) & (users.c.sub == bindparam("sub"))
_ONE: Final = Hot(select(*COLUMNS).select_from(JOINED).where(_HERE))
_CALLED: Final = Hot(
    select(*COLUMNS)
    .select_from(JOINED.join(names, (names.c.pool == users.c.pool) & (names.c.sub == users.c.sub)))
    .where(names.c.pool == bindparam("pool"), names.c.name == bindparam("name"))
)
_POOL: Final = select(pools.c.doc).where(pools.c.id == bindparam("id"))
_FAILURES: Final = Hot(select(users.c.failures, users.c.failed).where(_HERE))
_LOCK: Final = select(users.c.sub).where(_HERE).with_for_update()
_SHARE: Final = select(users.c.sub).where(_HERE).with_for_update(read=True)
_NAMES: Final = select(names.c.name, names.c.kind).where(
    names.c.pool == bindparam("pool"), names.c.sub == bindparam("sub")
)
_TAKEN: Final = select(names.c.name).where(
    names.c.pool == bindparam("pool"), names.c.name.in_(bindparam("names", expanding=True))
)
_OWNER: Final = (
    select(names.c.sub, names.c.kind)
    .where(names.c.pool == bindparam("pool"), names.c.name == bindparam("name"))
    .with_for_update()
)
_MOVE_NAME: Final = text("UPDATE names SET sub = :sub, kind = :kind WHERE pool = :pool AND name = :name")
_ADD: Final = insert(users)
_ADD_NAME: Final = insert(names)
_DROP_NAME: Final = delete(names).where(names.c.pool == bindparam("pool"), names.c.name == bindparam("name"))
_CHANGE: Final = update(users).where(
    users.c.pool == bindparam("in"), users.c.sub == bindparam("of"), users.c.rev == bindparam("was")
)
_COUNT_FAILURE: Final = text(
    "UPDATE users SET failures = CASE WHEN failed + :quiet <= :now THEN 1 ELSE failures + 1 END, failed = :now"
    " WHERE pool = :pool AND sub = :sub RETURNING failures"
)
_FORGET: Final = text("UPDATE users SET failures = 0, failed = 0 WHERE pool = :pool AND sub = :sub AND failures > 0")
_REMOVE: Final = delete(users).where(_HERE)


def called(db: Connection, pool: str, name: str) -> User | None:
    """The user whom the name (folded as the pool wants it) leads to."""
    return one(db, _CALLED, {"pool": pool, "name": name})


def by_key(db: Connection, key: UserKey) -> User | None:
    return one(db, _ONE, key._asdict())


def held(db: Connection, key: UserKey) -> User | None:
    """The user as it is now, and as it stays until this write ends: others who want to change it wait."""
    return by_key(db, key) if db.execute(_LOCK, key._asdict()).first() else None


def steady(db: Connection, key: UserKey) -> User | None:
    """The user as it is now, and as it stays until this write ends; others may want it to stay at the same time."""
    return by_key(db, key) if stays(db, key) else None


def stays(db: Connection, key: UserKey) -> bool:
    """Whether there is such a user; then there is until this write ends."""
    return db.execute(_SHARE, key._asdict()).first() is not None


def one(db: Connection, statement: Hot, of: Mapping[str, Any]) -> User | None:
    """The user of a statement over COLUMNS."""
    rows = statement.rows(db, of)
    return of_rows(rows) if rows else None


def of_rows(rows: Sequence[Row]) -> User:
    """The user of rows that begin with COLUMNS; there is one at least."""
    held = [documents.group(row[_GROUP]) for row in rows if row[_GROUP] is not None]
    return documents.user(UserRow(*rows[0][:_GROUP]), held)


def add(db: Connection, user: User, names: Mapping[str, str]) -> None:
    """A new user with its names, kind to folded value (`domain.names.of_user`).

    Raises UsernameExists or AliasExists where a name is taken, ResourceNotFound where the pool is gone.
    """
    pool = _pool(db, user.pool)
    try:
        db.execute(_ADD, _row(pool, user))
    except IntegrityError as fault:
        raise (_pool_gone(user.pool) if lacks_parent(fault) else UsernameExists()) from fault
    for name, kind in _by_name(names).items():
        _add_name(db, pool, user, kind, name)


def add_many(db: Connection, pool: Pool, people: Sequence[User]) -> list[str]:
    """New users of a pool, all at once, but for those of whose names one leads to somebody already.

    Gives for each user the kind of that name, "" where the user was added. Raises ConcurrentModification where somebody
    takes a name at this very moment, or the pool is gone.
    """
    wanted = [of_user(user.username, user.attributes, pool) for user in people]
    every = {name for mine in wanted for name in mine.values()}
    taken = set(db.execute(_TAKEN, {"pool": pool.id, "names": list(every)}).scalars()) if every else set()
    users_rows: list[dict[str, Any]] = []
    names_rows: list[dict[str, Any]] = []
    kinds: list[str] = []
    for user, mine in zip(people, wanted, strict=True):
        kinds.append(next((kind for kind, name in mine.items() if name in taken), ""))
        if kinds[-1]:
            continue
        taken |= set(mine.values())
        users_rows.append(_row(pool, user))
        names_rows += [
            {"pool": pool.id, "name": name, "kind": kind, "sub": user.sub} for name, kind in _by_name(mine).items()
        ]
    try:
        if users_rows:
            db.execute(_ADD, users_rows)
            db.execute(_ADD_NAME, names_rows)
    except IntegrityError as fault:
        raise ConcurrentModification from fault
    return kinds


def change(db: Connection, user: User, names: Mapping[str, str] | None = None) -> User:
    """Stores the user if nobody changed it since `user.rev` was read; gives it with its new rev.

    `names` are all its names from now on; None leaves them. Failures are counted elsewhere and stay. Raises
    ConcurrentModification, UsernameExists, AliasExists.
    """
    changed, pool = replace(user, rev=user.rev + 1), _pool(db, user.pool)
    row = {"in": user.pool, "of": user.sub, "was": user.rev, "rev": changed.rev, **_columns(pool, user)}
    if db.execute(_CHANGE, row).rowcount != 1:
        raise ConcurrentModification
    if names is not None:
        _rename(db, pool, user, _by_name(names))
    return changed


def take_name(db: Connection, pool: Pool, user: User, kind: str, name: str) -> None:
    """Moves an alias to the user; its former owner's `<kind>_verified` becomes "false" (T-136, T-137).

    `name` is folded. Does nothing where it is the user's already. Raises AliasExists where the name is no proved alias
    of its owner, but the user name or the preferred one.
    """
    at = {"pool": user.pool, "name": name}
    owner: Any = db.execute(_OWNER, at).one_or_none()
    if owner is None:
        return _add_name(db, pool, user, kind, name)
    if owner.sub == user.sub:
        return None
    if owner.kind not in PROVABLE:
        raise AliasExists(taken(kind, pool))
    _unprove(db, UserKey(user.pool, owner.sub), owner.kind, user.modified)
    db.execute(_MOVE_NAME, {**at, "sub": user.sub, "kind": kind})
    return None


def remove(db: Connection, key: UserKey) -> bool:
    """With names, memberships, sessions and codes. Whether there was one."""
    return db.execute(_REMOVE, key._asdict()).rowcount == 1


def failures(db: Connection, key: UserKey) -> tuple[int, int]:
    """Wrong passwords in a row, and when the last one was; zeros where there is no such user."""
    found = _FAILURES.rows(db, key._asdict())
    return (found[0][0], found[0][1]) if found else (0, 0)


def count_failure(db: Connection, key: UserKey, now: int, quiet: int) -> int:
    """One more wrong password in a row; gives how many there are now. Atomic over all nodes.

    The row starts anew where the last one is `quiet` milliseconds ago.
    """
    counted: int | None = db.execute(_COUNT_FAILURE, {**key._asdict(), "now": now, "quiet": quiet}).scalar_one_or_none()
    return counted or 0


def forget_failures(db: Connection, key: UserKey) -> None:
    """Writes only where there is something to forget."""
    db.execute(_FORGET, key._asdict())


def _unprove(db: Connection, key: UserKey, kind: str, now: int) -> None:
    former = held(db, key)
    if former is not None:
        attributes = {**former.attributes, f"{kind}_verified": "false"}
        change(db, replace(former, attributes=attributes, modified=now))


def _rename(db: Connection, pool: Pool, user: User, wanted: dict[str, str]) -> None:
    present = {name: kind for name, kind in db.execute(_NAMES, user.key._asdict())}
    for name, kind in present.items():
        if wanted.get(name) != kind:
            db.execute(_DROP_NAME, {"pool": user.pool, "name": name})
    for name, kind in wanted.items():
        if present.get(name) != kind:
            _add_name(db, pool, user, kind, name)


def _add_name(db: Connection, pool: Pool, user: User, kind: str, name: str) -> None:
    try:
        db.execute(_ADD_NAME, {"pool": user.pool, "name": name, "kind": kind, "sub": user.sub})
    except IntegrityError as fault:
        if lacks_parent(fault):
            raise ConcurrentModification from fault
        raise (UsernameExists() if kind == "username" else AliasExists(taken(kind, pool))) from fault


def _by_name(names: Mapping[str, str]) -> dict[str, str]:
    """Name to kind; where a user has one name in two ways the first counts."""
    kinds: dict[str, str] = {}
    for kind, name in names.items():
        kinds.setdefault(name, kind)
    return kinds


def _pool(db: Connection, id: str) -> Pool:
    doc = db.execute(_POOL, {"id": id}).scalar_one_or_none()
    if doc is None:
        raise _pool_gone(id)
    return documents.pool(doc)


def _row(pool: Pool, user: User) -> dict[str, Any]:
    return {"sub": user.sub, "pool": user.pool, "rev": user.rev, "created": user.created, **_columns(pool, user)}


def _columns(pool: Pool, user: User) -> dict[str, Any]:
    searched = {kind: value and folded(kind, value, pool)[:INDEXED] for kind, value in _searched(user).items()}
    return {
        "username": folded("username", user.username, pool),
        "status": Status(user.status).value,
        "enabled": user.enabled,
        "doc": documents.of_user(user),
        "modified": user.modified,
        **searched,
    }


def _pool_gone(pool: str) -> ResourceNotFound:
    return ResourceNotFound(f"User pool {pool} does not exist.")


def _searched(user: User) -> dict[str, str | None]:
    return {kind: user.attributes.get(kind) for kind in SEARCHED}
