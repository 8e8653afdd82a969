"""The one place that makes and checks a password's credential.

A pool with a client that allows SRP keeps the SRP verifier, any other pool argon2id; the setting `argon2id` keeps that
hash beside a verifier, and then both must match. A credential is sealed to its user; earlier ones (the policy's
PasswordHistorySize) are sealed in with it. A verifier costs less than a change of threads, so it is computed in place.
"""

from typing import Final

import msgspec

from keydesk.crypto import passwords
from keydesk.crypto.passwords import Kind
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.errors import PasswordHistoryPolicyViolation
from keydesk.flows.call import Call

Hashes = list[bytes]  # one, or a verifier and an argon2id hash


class Kept(msgspec.Struct, array_like=True):
    """What is sealed: the hashes of the password, and those of the ones before it, newest first."""

    now: Hashes
    before: list[Hashes] = []


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Kept).decode


async def make(user: User, pool: Pool, has_srp: bool, password: str, call: Call) -> bytes:
    """A sealed credential for a new password of this user; what they had becomes history, as long as the policy asks.

    `has_srp` says whether any client of the pool allows SRP. Raises PasswordHistoryPolicyViolation for a password that
    the policy's history still knows, TooManyRequests where too many hashes wait.
    """
    kept = _opened(user, call)
    past = [kept.now, *kept.before][: _history(pool)] if kept else []
    for hashes in past:
        if await _match(hashes, password, user.username, pool, call):
            raise PasswordHistoryPolicyViolation
    return _sealed(user, Kept(await _hashes(_wanted(has_srp, call), password, user.username, pool, call), past), call)


async def matches(user: User | None, pool: Pool, has_srp: bool, password: str, call: Call) -> bool:
    """Whether this is the user's password. Nobody, and a user without one, costs what a wrong password costs."""
    kept = _opened(user, call) if user else None
    hashes = kept.now if kept else [passwords.nobody(kind) for kind in _wanted(has_srp, call)]
    return await _match(hashes, password, user.username if user else "", pool, call)


async def renewed(user: User, pool: Pool, has_srp: bool, password: str, call: Call) -> bytes:
    """A new sealed credential where the stored one is not of the kind the pool wants now; empty where it is.

    Ask only with a password that `matches`; the write that ends the sign-in stores the answer.
    """
    kept = _opened(user, call)
    wanted = _wanted(has_srp, call)
    if kept is None or [passwords.kind(hashed) for hashed in kept.now] == wanted:
        return b""
    return _sealed(user, Kept(await _hashes(wanted, password, user.username, pool, call), kept.before), call)


async def spend(has_srp: bool, pool: Pool, call: Call) -> None:
    """Take the time that making a credential takes, for nobody."""
    await _match([passwords.nobody(kind) for kind in _wanted(has_srp, call)], "", "", pool, call)


def _wanted(has_srp: bool, call: Call) -> list[Kind]:
    if not has_srp:
        return [Kind.ARGON2ID]
    return [Kind.SRP, Kind.ARGON2ID] if call.desk.settings.flag("argon2id") else [Kind.SRP]


async def _hashes(kinds: list[Kind], password: str, username: str, pool: Pool, call: Call) -> Hashes:
    hashes = []
    for kind in kinds:
        if kind is Kind.ARGON2ID:
            hashes.append(await call.think(passwords.make, kind, password, username, pool.srp_name))
        else:
            hashes.append(passwords.make(kind, password, username, pool.srp_name))
    return hashes


async def _match(hashes: Hashes, password: str, username: str, pool: Pool, call: Call) -> bool:
    """Whether the password matches all hashes. Every one is tried, so that the time tells nothing."""
    answers = []
    for hashed in hashes:
        if passwords.kind(hashed) is Kind.ARGON2ID:
            answers.append(await call.think(passwords.matches, hashed, password, username, pool.srp_name))
        else:
            answers.append(passwords.matches(hashed, password, username, pool.srp_name))
    return all(answers)


def _history(pool: Pool) -> int:
    policy = pool.settings.policies.password_policy if pool.settings.policies else None
    return (policy.password_history_size if policy else None) or 0


def _opened(user: User, call: Call) -> Kept | None:
    if not user.credential:
        return None
    return _decode(call.desk.sealer.open(user.credential, f"user:{user.sub}"))


def _sealed(user: User, kept: Kept, call: Call) -> bytes:
    return call.desk.sealer.seal(_encode(kept), f"user:{user.sub}")
