"""A user's own passkeys: registered in two calls, listed, removed.

Between the two calls the challenge is kept sealed beside the sign-ins that wait, under its own digest, and taken once.
"""

import secrets
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, Final

import msgspec
import structlog

from keydesk.crypto import passkey as webauthn
from keydesk.crypto.passkey import Account, Made, Party, PasskeyRefused, Reason, Registration
from keydesk.crypto.seal import SealBroken, token_digest
from keydesk.domain import passkey as rules
from keydesk.domain import places
from keydesk.domain.passkey import MOST, Passkey
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.errors import (
    InvalidParameter,
    LimitExceeded,
    NotAuthorized,
    Refusal,
    ResourceNotFound,
    UserNotFound,
    WebAuthnChallengeNotFound,
    WebAuthnClientMismatch,
    WebAuthnConfigurationMissing,
    WebAuthnCredentialNotSupported,
    WebAuthnNotEnabled,
    WebAuthnOriginNotAllowed,
    WebAuthnRelyingPartyMismatch,
)
from keydesk.flows import paging
from keydesk.flows.bearer import Bearer
from keydesk.flows.call import Call
from keydesk.flows.passkeys import LARGEST, comes_from, known, party, usable
from keydesk.store import passkeys, waiting

log = structlog.get_logger("keydesk.passkeys")

VALIDITY: Final = 300_000  # milliseconds from the start of a registration to its end
REFUSALS: Final[dict[Reason, type[Refusal]]] = {
    Reason.RELYING_PARTY: WebAuthnRelyingPartyMismatch,
    Reason.UNSUPPORTED: WebAuthnCredentialNotSupported,
}


async def start(who: Bearer, call: Call) -> dict[str, Any]:
    """Options for `navigator.credentials.create`, good for one registration within five minutes.

    Raises WebAuthnNotEnabled, WebAuthnConfigurationMissing, LimitExceeded.
    """
    ours = _open_to(who.pool, call)
    if not ours.id:
        raise WebAuthnConfigurationMissing
    kept = await call.store.glance(passkeys.of_user, who.user.key)
    if len(kept) >= MOST:
        raise LimitExceeded(f"A user may have {MOST} passkeys at most.")
    challenge = secrets.token_bytes(webauthn.CHALLENGE_SIZE)
    digest = _digest(challenge)
    sealed = call.desk.sealer.seal(challenge, places.passkey_challenge(digest), who.pool.id)
    row = waiting.Row(who.pool.id, who.client.id, who.user.sub, sealed, call.now() + VALIDITY)
    await call.store.write(waiting.keep, digest, row)
    account = Account(who.user.sub.encode(), _shown(who.pool, who.user))
    return webauthn.creation_options(ours, account, challenge, known(usable(who.pool, kept, call)))


async def complete(who: Bearer, document: object, call: Call) -> None:
    """Keep the passkey that the browser made (PK-01 to PK-07). One try uses the challenge up.

    Raises InvalidParameter for what is no such credential, LimitExceeded, and every WebAuthn refusal.
    """
    ours = _open_to(who.pool, call)
    said = _read(document)
    challenge = await _taken(who, said, call)
    if not comes_from(said.origin, said.across, ours):
        raise WebAuthnOriginNotAllowed
    try:
        made = await call.think(webauthn.verify_registration, said, ours, challenge)
    except PasskeyRefused as refused:
        raise _refusal(refused) from None
    try:
        await call.store.write(passkeys.add, _passkey(who, made, ours, call), MOST)
    except UserNotFound:
        raise NotAuthorized("User does not exist.") from None  # deleted meanwhile, and the token with it


async def page(who: Bearer, said: str | None, limit: int | None, call: Call) -> tuple[list[Passkey], str | None]:
    """The user's passkeys, the oldest first, and the token of the next page."""
    after = paging.after(said, call, who.user.sub)
    kept = await call.store.glance(passkeys.of_user, who.user.key)  # twenty at most
    rows = sorted((each for each in kept if _position(each) > after), key=_position)
    return paging.cut(rows, limit or MOST, _position, call, who.user.sub)


async def remove(who: Bearer, credential_id: str, call: Call) -> None:
    """Raises ResourceNotFound where the user has no such passkey."""
    try:
        id = urlsafe_b64decode(credential_id + "=" * (-len(credential_id) % 4))
    except ValueError:
        id = b""
    if not await call.store.write(passkeys.remove, who.pool.id, id, who.user.sub):
        raise ResourceNotFound("The passkey does not exist.")


def shown_id(passkey: Passkey) -> str:
    """The credential id as browsers know it: base64url without padding."""
    return urlsafe_b64encode(passkey.id).decode().rstrip("=")


def _open_to(pool: Pool, call: Call) -> Party:
    if not rules.allowed(pool):
        raise WebAuthnNotEnabled
    return party(pool, call)


def _read(document: object) -> Registration:
    if not isinstance(document, dict) or len(msgspec.json.encode(document)) > LARGEST:
        raise _invalid()
    try:
        return webauthn.read_registration(document)
    except PasskeyRefused as refused:
        raise _refusal(refused) from None


async def _taken(who: Bearer, said: Registration, call: Call) -> bytes:
    """The challenge that the user was given, once."""
    digest = _digest(said.challenge)
    row = await call.store.write(waiting.take, digest, call.now())
    if row is None or (row.pool, row.sub) != (who.pool.id, who.user.sub):
        raise WebAuthnChallengeNotFound
    if row.client != who.client.id:
        raise WebAuthnClientMismatch
    try:
        return call.desk.sealer.open(row.doc, places.passkey_challenge(digest))
    except SealBroken:
        raise WebAuthnChallengeNotFound from None


def _passkey(who: Bearer, made: Made, ours: Party, call: Call) -> Passkey:
    return Passkey(
        id=made.id,
        pool=who.pool.id,
        sub=who.user.sub,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=rules.called(made.model),
        transports=made.transports,
        attachment=made.attachment,
        relying_party=ours.id,
        synced=made.synced,
        created=call.now(),
    )


def _shown(pool: Pool, user: User) -> str:
    """What the user signs in with: the user name, or the address or number where the pool makes up user names."""
    typed = (user.attributes.get(name) for name in pool.username_attributes)
    return next((value for value in typed if value), user.username)


def _refusal(refused: PasskeyRefused) -> Refusal:
    log.info("passkey not registered", reason=refused.reason.name, why=refused.detail)
    wanted = REFUSALS.get(refused.reason)
    return wanted() if wanted else _invalid()


def _invalid() -> InvalidParameter:
    return InvalidParameter("Credential data is not valid")


def _position(passkey: Passkey) -> str:
    return f"{passkey.created:016}:{passkey.id.hex()}"


def _digest(challenge: bytes) -> bytes:
    """The colon keeps it apart from every Session string."""
    return token_digest("passkey:" + challenge.hex())
