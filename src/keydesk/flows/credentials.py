"""The one place that makes and checks a password's credential.

A pool with a client that allows SRP keeps the SRP verifier, any other pool argon2id; the setting `argon2id` keeps that
hash beside a verifier, and then both must match. A credential is sealed to its user; earlier ones (the policy's
PasswordHistorySize) are sealed in with it. A verifier costs less than a change of threads, so it is computed in place.
Who was imported with another system's hash keeps it until their first sign-in, which makes it one of the house's own.
"""

from dataclasses import dataclass
from typing import Final

import msgspec

from keydesk.crypto import passwords
from keydesk.crypto.passwords import Kind, SrpVerifier
from keydesk.crypto.seal import Sealer, same
from keydesk.domain import places
from keydesk.domain.client import Client, Secret
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.errors import PasswordHistoryPolicyViolation
from keydesk.flows.call import Call
from keydesk.store import people

Hashes = list[bytes]  # one, or a verifier and an argon2id hash


class Kept(msgspec.Struct, array_like=True):
    """What is sealed: the hashes of the password, and those of the ones before it, newest first."""

    now: Hashes
    before: list[Hashes] = []


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether the password is right, and then what to store in place of the old credential; empty where it may stay."""

    right: bool
    replacement: bytes = b""


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(Kept).decode


async def make(pool: Pool, sub: str, username: str, password: str, call: Call, *, before: bytes = b"") -> bytes:
    """A sealed credential for a new password. `before` is the user's credential until now, which becomes history.

    Raises PasswordHistoryPolicyViolation for a password that the policy's history still knows, TooManyRequests where
    too many hashes wait.
    """
    kept = _opened(sub, before, call)
    past = [kept.now, *kept.before][: _history(pool)] if kept else []
    for hashes in past:
        if await _match(hashes, password, username, pool, call):
            raise PasswordHistoryPolicyViolation
    hashes = await _hashes(await _wanted(pool, call), password, username, pool, call)
    return _sealed(pool, sub, Kept(hashes, past), call)


def adopted(user: User, algorithm: str, encoded: str, sealer: Sealer) -> bytes:
    """A sealed credential of a hash that another system made. Raises `foreign.Unfit`."""
    kept = Kept([passwords.adopt(algorithm, encoded)])
    return sealer.seal(_encode(kept), places.password(user.sub), user.pool)


async def matches(user: User, pool: Pool, password: str, call: Call, *, asking: Client | None = None) -> Proof:
    """Whether this is the user's password. A user without one costs what a wrong password costs.

    A right password whose credential is not of the kind that the pool wants by now comes with a new one. `asking` is
    a client of the pool that was loaded already, and may save a look at all of them.
    """
    kept = _opened(user.sub, user.credential, call)
    wanted = await _wanted(pool, call, asking)
    if kept is None or not await _match(kept.now, password, user.username, pool, call):
        await _take_as_long(kept.now if kept else [], wanted, password, pool, call)
        return Proof(False)
    if [passwords.kind(hashed) for hashed in kept.now] == wanted:
        return Proof(True)
    hashes = await _hashes(wanted, password, user.username, pool, call)
    return Proof(True, _sealed(pool, user.sub, Kept(hashes, kept.before), call))


def srp_verifier(user: User, call: Call) -> SrpVerifier | None:
    """What SRP needs of the user's password; None where there is none, or it is kept as argon2id only."""
    kept = _opened(user.sub, user.credential, call)
    found = [passwords.srp_verifier(hashed) for hashed in kept.now] if kept else []
    return next((one for one in found if one), None)


async def refuse_nobody(pool: Pool, password: str, call: Call, *, asking: Client | None = None) -> None:
    """Take the time that a wrong password takes, for a user who does not exist (EN-02)."""
    await _take_as_long([], await _wanted(pool, call, asking), password, pool, call)


async def _take_as_long(tried: Hashes, wanted: list[Kind], password: str, pool: Pool, call: Call) -> None:
    """What a wrong password has not cost yet, so that it costs the same whoever is named (EN-02).

    In a pool into which hashes were imported that is a check of each algorithm that was among them.
    """
    if not tried or passwords.kind(tried[0]) is None:
        await _match([passwords.nobody(kind) for kind in wanted], password, "", pool, call)
    done = {passwords.foreign_algorithm(hashed) for hashed in tried}
    for algorithm, decoy in pool.decoys.items():
        if algorithm not in done:
            await _match([passwords.adopt(algorithm, decoy)], password, "", pool, call)


def client_secrets(client: Client, call: Call) -> tuple[str, ...]:
    """The client's secrets, the oldest first; none where it is public."""
    return tuple(in_the_clear(client, secret, call) for secret in client.secrets)


def in_the_clear(client: Client, secret: Secret, call: Call) -> str:
    """A secret of the client as it was made."""
    return call.desk.sealer.open(secret.sealed, places.client(client.id)).decode()


def proves(client: Client, said: str | None, call: Call) -> bool:
    """Whether this is one of the client's secrets, or it has none and none was said. All are compared (OA-06)."""
    told = (said or "").encode("utf-8", "surrogatepass")
    return any([same(secret.encode(), told) for secret in client_secrets(client, call) or ("",)])


async def _wanted(pool: Pool, call: Call, asking: Client | None = None) -> list[Kind]:
    """The kinds of hash that the pool keeps now."""
    if not (asking and asking.allows_srp) and not await call.store.glance(people.allows_srp, pool.id):
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
        if passwords.kind(hashed) is Kind.SRP:
            answers.append(passwords.matches(hashed, password, username, pool.srp_name))
        else:
            answers.append(await call.think(passwords.matches, hashed, password, username, pool.srp_name))
    return all(answers)


def _history(pool: Pool) -> int:
    policy = pool.password_policy
    return (policy.password_history_size if policy else None) or 0


def _opened(sub: str, credential: bytes, call: Call) -> Kept | None:
    return _decode(call.desk.sealer.open(credential, places.password(sub))) if credential else None


def _sealed(pool: Pool, sub: str, kept: Kept, call: Call) -> bytes:
    return call.desk.sealer.seal(_encode(kept), places.password(sub), pool.id)
