"""Passkeys at sign-in: the question for the browser, and the answer judged. Registration is in passkey_registration."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec
import structlog

from keydesk.crypto import passkey as webauthn
from keydesk.crypto.passkey import Assertion, Kept, Known, Party, PasskeyRefused, Reason
from keydesk.domain import passkey as rules
from keydesk.domain.passkey import Passkey
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.flows.call import Call
from keydesk.store import passkeys

log = structlog.get_logger("keydesk.passkeys")

LARGEST: Final = 32_768  # characters of a credential's JSON: an attestation with certificates has a quarter of it


def party(pool: Pool, call: Call) -> Party:
    """The pool's relying party; its id is empty where the pool has none (docs/passkeys.md)."""
    return Party(rules.relying_party(pool, call.desk.address), rules.verifies(pool))


def usable(pool: Pool, kept: Iterable[Passkey], call: Call) -> list[Passkey]:
    """The passkeys that can sign in now: none where the pool forbids them, none of an earlier relying party."""
    ours = party(pool, call).id
    return [each for each in kept if each.relying_party == ours] if rules.allowed(pool) else []


def request_options(pool: Pool, kept: Iterable[Passkey], challenge: bytes, call: Call) -> str:
    """CREDENTIAL_REQUEST_OPTIONS of a WEB_AUTHN challenge. `challenge` is random and good once."""
    return webauthn.request_options(party(pool, call), challenge, known(usable(pool, kept, call)))


async def assert_passkey(pool: Pool, user: User, credential: str, challenge: bytes, call: Call) -> bool:
    """Whether CREDENTIAL is the user's passkey's signature on the challenge, and noted as a use of it (PK-01 to PK-05).

    Everything that is wrong with it gives False: why goes to the log only. Of uses at one time one counts.
    """
    try:
        said = webauthn.read_assertion(_document(credential))
        passkey = await call.store.glance(passkeys.by_id, pool.id, said.id)
        if passkey is None:
            raise PasskeyRefused(Reason.UNPROVED, "the pool does not know the passkey")
        ours = party(pool, call)
        _check_whose(passkey, user, said, ours)
        kept = Kept(passkey.public_key, passkey.sign_count)
        used = await call.think(webauthn.verify_assertion, said, ours, challenge, kept)
    except PasskeyRefused as refused:
        log.info("passkey refused", pool=pool.id, reason=refused.reason.name, why=refused.detail)
        return False
    noted = await call.store.write(passkeys.use, passkey, sign_count=used.sign_count, synced=used.synced)
    if not noted:
        log.info("passkey refused", pool=pool.id, reason=Reason.UNPROVED.name, why="it was used or removed meanwhile")
    return noted


def known(kept: Iterable[Passkey]) -> list[Known]:
    """What a browser is told of passkeys."""
    return [Known(each.id, each.transports) for each in kept]


def comes_from(origin: str, across: bool, ours: Party) -> bool:
    """Whether a page of the relying party asked, not a frame of another site (PK-02)."""
    return rules.welcomes(ours.id, origin) and not across


def _check_whose(passkey: Passkey, user: User, said: Assertion, ours: Party) -> None:
    if passkey.sub != user.sub or said.handle not in (None, user.sub.encode()):
        raise PasskeyRefused(Reason.UNPROVED, "the passkey is another user's")
    if passkey.relying_party != ours.id:
        raise PasskeyRefused(Reason.RELYING_PARTY, "the passkey is of another relying party")
    if not comes_from(said.origin, said.across, ours):
        raise PasskeyRefused(Reason.RELYING_PARTY, f"the origin is not allowed: {said.origin}")


def _document(credential: str) -> dict[str, Any]:
    """Raises PasskeyRefused for what is no JSON object, or too large to be an answer."""
    if len(credential) > LARGEST:
        raise PasskeyRefused(Reason.FORM, "too large")
    try:
        return msgspec.json.decode(credential, type=dict[str, Any])
    except (msgspec.DecodeError, ValueError, RecursionError):
        raise PasskeyRefused(Reason.FORM, "no JSON object") from None
