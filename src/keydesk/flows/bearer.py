"""Who holds an access token: the session, and with it the client, the pool and the user."""

from dataclasses import dataclass
from typing import Any, Final

from keydesk.crypto import jwt
from keydesk.domain.client import Client
from keydesk.domain.pool import Pool
from keydesk.domain.session import Session
from keydesk.domain.user import User, UserKey
from keydesk.errors import NotAuthorized, Refusal, UserDisabled, UserNotFound
from keydesk.flows.call import Call
from keydesk.shapes.operations import OPERATIONS
from keydesk.store import sign_ins, users

USER_SCOPE: Final = "aws.cognito.signin.user.admin"
INVALID: Final = "Invalid Access Token"
REVOKED: Final = "Access Token has been revoked"
WITHOUT_SCOPE: Final = "Access Token does not have required scopes"


@dataclass(frozen=True, slots=True)
class Bearer:
    """The user behind an access token that is valid now."""

    session: Session
    client: Client
    pool: Pool
    user: User


async def bearer(token: str, call: Call) -> Bearer:
    """The holder of a valid access token. Raises NotAuthorized for any other token (TK-01 to TK-08)."""
    claims = await _verified(token, call)
    if "event_id" not in claims:  # a client's own token: nobody is behind it
        raise NotAuthorized(WITHOUT_SCOPE)
    found = await call.store.glance(sign_ins.bearer, claims["pool"], str(claims["event_id"]))
    if found is None:
        raise await _gone(claims, call)
    session, client, pool, user = found
    _hold(claims, session, pool.id, call.now())
    call.about(user, pool, client.id)
    if not user.enabled:
        raise UserDisabled
    if session.over(user.signed_out):
        raise NotAuthorized(REVOKED)
    return Bearer(session, client, pool, user)


async def _verified(token: str, call: Call) -> dict[str, Any]:
    """The claims of a token that one of our pools signed, with that pool in `pool`. Its `kid` is only a look-up."""
    try:
        pool = await call.desk.keyring.pool_of(jwt.unverified(token).kid)
        if pool is None:
            raise NotAuthorized(INVALID)
        return {**jwt.verify(token, await call.desk.keyring.public(pool)), "pool": pool}
    except jwt.WrongSignature:
        raise NotAuthorized("Could not verify signature for Access Token") from None
    except jwt.TokenRefused:
        raise NotAuthorized(INVALID) from None


async def _gone(claims: dict[str, Any], call: Call) -> Refusal:
    """Why no session is behind a token that we signed: it was revoked, or its user deleted, if that may be said here.

    Amplify signs a user out by these words: https://github.com/aws-amplify/amplify-js/pull/1303
    """
    key = UserKey(claims["pool"], str(claims.get("sub")))
    if UserNotFound.code in OPERATIONS[call.operation].errors and await call.store.glance(users.by_key, key) is None:
        return UserNotFound()
    return NotAuthorized(REVOKED)


def _hold(claims: dict[str, Any], session: Session, pool: str, now: int) -> None:
    """The verified claims are those of an access token of this session, still in time, and not for somebody else."""
    exp, scope = claims.get("exp"), claims.get("scope")
    of_session = (claims.get("client_id"), claims.get("sub"), claims["pool"]) == (session.client, session.sub, pool)
    ours = claims.get("aud", session.client) == session.client
    if claims.get("token_use") != "access" or not (of_session and ours) or not isinstance(exp, int | float):
        raise NotAuthorized(INVALID)
    if exp * 1000 <= now:
        raise NotAuthorized("Access Token has expired")
    if USER_SCOPE not in str(scope).split():
        raise NotAuthorized(WITHOUT_SCOPE)
