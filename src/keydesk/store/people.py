"""Transactions in a user's life: what happens together, or not at all. Each judges by what is stored when it runs.

What they change they are told as plain functions of the user (`Edit`), so that a change meanwhile is never lost.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, NamedTuple

from msgspec.structs import replace
from sqlalchemy import Connection, bindparam, select

from keydesk.domain.names import of_user
from keydesk.domain.pool import Pool
from keydesk.domain.user import User, UserKey
from keydesk.errors import UserNotFound
from keydesk.store import budgets, codes, documents, sessions, users
from keydesk.store.tables import clients, names
from keydesk.store.users import PROVABLE

Edit = Callable[[User], User]
Proved = Callable[[User, str], User]  # the user, and what the code was about

RECOVERY: Final = "forgot_password"
SIGN_UP: Final = "sign_up"
# Whoever is right with such a code has the account, and needs no tries on it any more. Not so with an attribute: its
# code goes wherever the user says, so being right with one's own would buy tries at somebody else's (CO-03).
OF_THE_ACCOUNT: Final = frozenset({RECOVERY, SIGN_UP})
_CLIENTS: Final = select(clients.c.doc).where(clients.c.pool == bindparam("pool")).order_by(clients.c.id)
_TAKEN: Final = select(names.c.name).where(
    names.c.pool == bindparam("pool"), names.c.name.in_(bindparam("names", expanding=True))
)


class Verdict(Enum):
    """What a code was worth."""

    RIGHT = auto()
    WRONG = auto()
    LATE = auto()  # it was the right one, but its time is over
    NONE = auto()  # no code is waiting
    TOO_OFTEN = auto()


class Judgement(NamedTuple):
    """What a code was worth, and the waiting code it was held against."""

    verdict: Verdict
    waiting: codes.Code | None = None


class NewCode(NamedTuple):
    """A code to keep: for what it is good, its keyed digest, the value it proves, and when it dies."""

    purpose: str
    digest: bytes
    about: str
    expires: int


@dataclass(frozen=True, slots=True)
class Budget:
    """So many tries in a window of milliseconds, by name."""

    name: str
    limit: int
    window: int
    now: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """A code somebody said. `digest` makes its digest for the value that the waiting code is about."""

    purpose: str
    digest: Callable[[str], bytes]
    budget: Budget


def allows_srp(db: Connection, pool: str) -> bool:
    """Whether any client of the pool lets users sign in by SRP. Ends at the first that does; most pools have few.

    So does a pool without clients: users may be made before the first of them, which by default lets them.
    """
    allow = (documents.client(doc).allows_srp for doc in db.execute(_CLIENTS, {"pool": pool}).scalars())
    return next(allow, True) or any(allow)


def taken(db: Connection, pool: str, wanted: dict[str, str]) -> str | None:
    """The kind of the first of these names (kind to folded value) that leads to somebody already."""
    found = set(db.execute(_TAKEN, {"pool": pool, "names": list(wanted.values())}).scalars())
    return next((kind for kind, name in wanted.items() if name in found), None)


def create(db: Connection, pool: Pool, user: User, code: NewCode | None, *, move: bool) -> User:
    """A new user, and the code that waits for them. With `move` a proved alias leaves its former owner.

    Raises UsernameExists, AliasExists, ResourceNotFound.
    """
    own, moving = _split(pool, user, move)
    users.add(db, user, own)
    for kind, name in moving.items():
        users.take_name(db, pool, user, kind, name)
    if code:
        _keep(db, user.key, code)
    return user


def change(
    db: Connection, pool: Pool, key: UserKey, edit: Edit, *, fresh: Iterable[NewCode] = (), move: bool = False
) -> User:
    """The user as `edit` makes it, names and all, and `fresh` codes that wait from now on.

    A code that went to an address which the user no longer has is dead, and so is one to replace a password that has
    been replaced meanwhile. Raises UserNotFound, AliasExists, and what
    `edit` raises.
    """
    user = users.held(db, key)
    if user is None:
        raise UserNotFound
    changed = _store(db, pool, user, edit(user), move)
    for code in fresh:
        _keep(db, key, code)
    return changed


def use_step(db: Connection, key: UserKey, totp: bytes, step: int) -> int | None:
    """Use up the codes of the authenticator app `totp` (sealed) to the end of a time step; gives the user's new rev.

    None where the step, or a later one, was used already, or the app is no longer the user's (AU-08).
    """
    user = users.held(db, key)
    if user is None or not user.still(totp, user.totp) or user.totp_step >= step:
        return None
    return users.change(db, replace(user, totp_step=step)).rev


def prove(
    db: Connection, pool: Pool, key: UserKey, attempt: Attempt, edit: Proved | None = None, *, move: bool = False
) -> Judgement:
    """Spend one try; where the code is right, use it up and change the user as `edit` says. A wrong try stays spent.

    Raises UserNotFound, AliasExists, and what `edit` raises: then the code was right, and it waits on.
    """
    user = users.held(db, key)
    if user is None:
        raise UserNotFound
    if not spend(db, key, attempt.budget):
        return Judgement(Verdict.TOO_OFTEN)
    waiting = codes.live(db, key, attempt.purpose)
    taken = codes.take(db, key, attempt.purpose, attempt.digest(waiting.about if waiting else ""))
    if taken is None or waiting is None:
        return Judgement(Verdict.WRONG if waiting else Verdict.NONE)
    if waiting.expires <= attempt.budget.now:
        return Judgement(Verdict.LATE)
    if edit:
        _store(db, pool, user, edit(user, waiting.about), move)
    if attempt.purpose in OF_THE_ACCOUNT:
        budgets.forget(db, key, attempt.budget.name)
    return Judgement(Verdict.RIGHT, waiting)


def prove_nobody(db: Connection, nobody: UserKey, budget: Budget) -> bool:
    """What `prove` costs, for a key that no user has, so that the time tells nothing (EN-02); whether in budget."""
    users.held(db, nobody)
    users.by_key(db, nobody)
    if not spend(db, nobody, budget):
        return False
    codes.live(db, nobody, budget.name)
    codes.take(db, nobody, budget.name, b"")
    return True


def reset(db: Connection, pool: Pool, key: UserKey, edit: Edit) -> User:
    """As `change`, for a new password of a user who has proved a code: wrong passwords are forgotten (AU-07)."""
    changed = change(db, pool, key, edit)
    users.forget_failures(db, key)
    return changed


def ask(db: Connection, key: UserKey, budget: Budget, code: NewCode) -> bool:
    """Keep a new code if it is within the budget; whether it is. Raises UserNotFound."""
    if not spend(db, key, budget):
        return False
    _keep(db, key, code)
    return True


def ask_nobody(db: Connection, nobody: UserKey, budget: Budget) -> bool:
    """What `ask` costs, for a key that no user has (EN-02); whether it is within the budget."""
    if not spend(db, nobody, budget):
        return False
    codes.forget(db, nobody, budget.name)
    return True


def spend(db: Connection, whose: UserKey, budget: Budget) -> bool:
    """Whether one more try is within the budget."""
    return budgets.spend(db, whose, budget.name, limit=budget.limit, window=budget.window, now=budget.now)


def sign_out(db: Connection, key: UserKey, now: int) -> None:
    """Every token of the user dies. Raises UserNotFound."""
    if users.held(db, key) is None:
        raise UserNotFound
    sessions.revoke_all(db, key, now)


def disable(db: Connection, pool: Pool, key: UserKey, now: int) -> None:
    """The user may do nothing, and no token comes back when they may again (TK-08). Raises UserNotFound."""
    change(db, pool, key, lambda user: replace(user, enabled=False, modified=now))
    sessions.revoke_all(db, key, now)


def _store(db: Connection, pool: Pool, before: User, after: User, move: bool) -> User:
    own, moving = _split(pool, after, move)
    changed = users.change(db, after, own)
    for kind, name in moving.items():
        users.take_name(db, pool, changed, kind, name)
    for kind in PROVABLE:
        if before.attributes.get(kind) != after.attributes.get(kind):
            codes.forget(db, after.key, f"attribute:{kind}")
            codes.forget(db, after.key, RECOVERY)
    if before.credential != after.credential:
        codes.forget(db, after.key, RECOVERY)
    return changed


def _split(pool: Pool, user: User, move: bool) -> tuple[dict[str, str], dict[str, str]]:
    """The user's names: those that must be free, and the proved aliases that are taken from whoever has them."""
    wanted = of_user(user.username, user.attributes, pool)
    moving = {kind for kind in PROVABLE if move and kind in pool.alias_attributes}
    return (
        {kind: name for kind, name in wanted.items() if kind not in moving},
        {kind: name for kind, name in wanted.items() if kind in moving},
    )


def _keep(db: Connection, key: UserKey, code: NewCode) -> None:
    codes.keep(db, key, code.purpose, code.digest, codes.Code(code.about, code.expires))
