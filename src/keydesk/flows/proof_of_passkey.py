"""Sign-in by a passkey (WebAuthn): the browser is asked to sign random bytes, and what it signs is judged."""

import secrets

from keydesk.domain.passkey import WEB_AUTHN
from keydesk.domain.sign_in import Challenge, Round, SignIn
from keydesk.errors import InvalidParameter, NotAuthorized
from keydesk.flows import passkeys
from keydesk.flows.call import Call
from keydesk.store import passkeys as kept


async def proof_of_passkey(s: SignIn, call: Call) -> Challenge | None:
    """The user holds one of their passkeys (PK-01 to PK-05). Asks WEB_AUTHN."""
    if s.answering != WEB_AUTHN:
        return await _ask(s, call)
    credential = s.said.get("CREDENTIAL")
    if not credential:
        raise InvalidParameter("Missing required parameter CREDENTIAL")
    if not await passkeys.assert_passkey(s.pool, s.known, credential, s.carried.passkey, call):
        raise NotAuthorized
    s.carried.rounds.append(Round(WEB_AUTHN, True))
    return None


async def _ask(s: SignIn, call: Call) -> Challenge:
    s.carried.passkey = secrets.token_bytes(32)
    theirs = await call.store.glance(kept.of_user, s.known.key)
    options = passkeys.request_options(s.pool, theirs, s.carried.passkey, call)
    return Challenge(WEB_AUTHN, {"CREDENTIAL_REQUEST_OPTIONS": options}, available=s.offered)
