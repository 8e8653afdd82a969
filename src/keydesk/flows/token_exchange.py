"""GetDerivedToken: a token for a service behind, in exchange for one that the user has already (RFC 8693).

The new one says no more than the old one, lives no longer, and has no refresh token. It hangs on the same session: when
that ends, nothing comes out of it any more. Who acts for the user stands in `act`, and stays there from then on.
"""

from dataclasses import dataclass
from typing import Any, Final

from keydesk.crypto import jwt
from keydesk.domain.claims import Token
from keydesk.domain.client import Client
from keydesk.domain.pool import Pool
from keydesk.domain.token import Claims
from keydesk.errors import InvalidParameter, NotAuthorized, OperationNotEnabled, ResourceNotFound, UserDisabled
from keydesk.flows import tokens
from keydesk.flows.call import Call
from keydesk.flows.client_rules import SCOPES as STANDARD_SCOPES
from keydesk.flows.clients import missing
from keydesk.flows.credentials import proves
from keydesk.flows.tokens import Grant
from keydesk.store import clients, pools, resource_servers, sign_ins
from keydesk.store.sign_ins import Held

USES: Final = {"ACCESS_TOKEN": Token.ACCESS, "ID_TOKEN": Token.ID}
SOURCE: Final = "TokenExchange"
DELEGATION, IMPERSONATION = "ALLOW_TOKEN_EXCHANGE_DELEGATION", "ALLOW_TOKEN_EXCHANGE_IMPERSONATION"
OF_THE_OLD: Final = ("device_key",)  # what a service behind has no business to know


@dataclass(frozen=True, slots=True)
class Shown:
    """A token that is shown, of the type that is said. `provider` made it, where it is not the pool's own."""

    token: str
    type: str
    provider: str | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """What is asked for. The new token is for `audience`, which is a resource server's where `resource` says so."""

    client_id: str
    secret: str | None
    subject: Shown
    actor: Shown | None
    scopes: list[str] | None
    audience: str = ""
    resource: bool = False
    wanted: str = "ACCESS_TOKEN"


@dataclass(frozen=True, slots=True)
class Derived:
    """The token, how long it lasts, and what it is good for."""

    token: str
    seconds: int
    scopes: list[str]


async def exchange(asked: Exchange, call: Call) -> Derived:
    """The new token. Raises Refusal."""
    pool, client = await _requesting(asked, call)
    said = await _verified(asked.subject, "subject", pool, call)
    held = await _holder(said, "subject", pool, call)
    if held is None:
        raise NotAuthorized("The subject token is a client's own: there is no user whom it stands for.")
    call.about(held.user, pool, client.id)
    await _check_audience(asked, pool, client, call)
    act = await _act(asked, said, pool, call)
    # No function says who acts, or for whom the token is.
    fixed = ({"act": act} if act else {}) | ({"aud": asked.audience} if asked.audience else {})
    grant = Grant(pool, client, held.user, held.session)
    made = _narrowed(tokens.standard(grant, call), said, asked, client)
    claimed = await tokens.claims(grant, SOURCE, None, call, made=made)
    claims = claimed.id if USES[asked.wanted] is Token.ID else claimed.access
    claims.pop("act", None)
    claims |= fixed
    token = tokens.sign(claims, await call.desk.keyring.signing(pool.id))
    return Derived(token, claims["exp"] - claims["iat"], str(claims.get("scope", "")).split())


async def _requesting(asked: Exchange, call: Call) -> tuple[Pool, Client]:
    """The client that asks, which has proved itself, or an administrator has for it; and its pool."""
    client = await call.store.glance(clients.named, asked.client_id)
    pool = await call.store.glance(pools.named, client.pool) if client else None
    if client is None or pool is None or (call.signed_by and pool.region != call.region):
        raise missing(asked.client_id)
    vouched = call.signed_by and asked.secret is None
    if not vouched and not proves(client, asked.secret, call):
        raise NotAuthorized(f"Unable to verify secret for client {client.id}")
    if pool.settings.user_pool_tier == "LITE":
        raise OperationNotEnabled("Token exchange is not enabled for the tier of the user pool.")
    flow = DELEGATION if asked.actor else IMPERSONATION
    if flow not in client.flows:
        raise NotAuthorized(f"{flow} is not enabled for client {client.id}")
    return pool, client


async def _verified(shown: Shown, what: str, pool: Pool, call: Call) -> dict[str, Any]:
    """The claims of a token of this pool that is good now. Raises InvalidParameter, NotAuthorized (TK-01 to TK-04)."""
    if shown.provider is not None or shown.type not in USES:
        raise InvalidParameter(f"The {what} token must be an access or ID token of the user pool itself.")
    try:
        said = jwt.verify(shown.token, await call.desk.keyring.public(pool.id))
    except jwt.TokenRefused:
        raise NotAuthorized(f"Invalid {what} token") from None
    exp = said.get("exp")
    if said.get("token_use") != USES[shown.type].value or not isinstance(exp, int | float):
        raise NotAuthorized(f"Invalid {what} token")
    if exp * 1000 <= call.now():
        raise NotAuthorized(f"The {what} token has expired")
    return said


async def _holder(said: dict[str, Any], what: str, pool: Pool, call: Call) -> Held | None:
    """The user behind a verified token, whose session goes on; None for a client's own token. Raises NotAuthorized."""
    if "event_id" not in said:
        return None
    held = await call.store.glance(sign_ins.bearer, pool.id, str(said["event_id"]))
    same = held is not None and (held.user.sub, held.pool.id) == (said.get("sub"), pool.id)
    if held is None or not same or held.session.over(held.user.signed_out):
        raise NotAuthorized(f"The {what} token has been revoked")
    if not held.user.enabled:
        raise UserDisabled
    return held


async def _act(asked: Exchange, subject: dict[str, Any], pool: Pool, call: Call) -> dict[str, Any]:
    """Who acts: the actor now, and within it who did before (RFC 8693, section 4.1). Empty where nobody ever did."""
    said_before = subject.get("act")
    before = said_before if isinstance(said_before, dict) else {}  # at the sign-in a function may have put anything
    if asked.actor is None:
        return dict(before)
    said = await _verified(asked.actor, "actor", pool, call)
    if await _holder(said, "actor", pool, call) is None and await call.store.glance(clients.named, said["sub"]) is None:
        raise NotAuthorized("The actor token has been revoked")
    return {"sub": said["sub"], **({"act": before} if before else {})}


async def _check_audience(asked: Exchange, pool: Pool, client: Client, call: Call) -> None:
    """Raises ResourceNotFound; and InvalidParameter for an ID token with which one app would sign in at another."""
    if asked.resource:
        if await call.store.glance(resource_servers.named, pool.id, asked.audience) is None:
            raise ResourceNotFound(f"Resource server {asked.audience} does not exist.")
    elif USES[asked.wanted] is Token.ID and asked.audience not in ("", client.id):
        other = await call.store.glance(clients.named, asked.audience)
        if other is not None:
            raise InvalidParameter("An ID token cannot be issued to another app client.")


def _narrowed(made: Claims, subject: dict[str, Any], asked: Exchange, client: Client) -> Claims:
    """Both tokens' claims, with no more scopes and no more time than the subject token has."""
    had = str(subject.get("scope", "")).split()
    allowed = client.settings.allowed_oauth_scopes or STANDARD_SCOPES
    scopes = had if asked.scopes is None else [one for one in had if one in asked.scopes and one in allowed]
    for claims in (made.id, made.access):
        claims["exp"] = min(claims["exp"], int(subject["exp"]))
        if asked.audience:
            claims["aud"] = asked.audience
    for name in OF_THE_OLD:
        made.access.pop(name, None)
    made.access.pop("scope", None)
    if scopes:
        made.access["scope"] = " ".join(scopes)
    return made
