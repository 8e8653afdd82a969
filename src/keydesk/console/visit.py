"""Who visits the console, and whether a form is theirs: a sealed cookie, a token in each form, and the origin.

Under `keydesk dev` nobody signs in, as any credentials are accepted there; everything else holds alike.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from keydesk.crypto.ids import new_uuid
from keydesk.crypto.seal import token_digest
from keydesk.domain.user import UserKey
from keydesk.errors import NotAuthorized, Refusal, TooManyRequests
from keydesk.flows.call import Desk
from keydesk.store import budgets
from keydesk.wire.host import is_own

PATH: Final = "/_keydesk"
PLACE: Final = "console visit"
IDLE: Final = 30 * 60_000  # milliseconds without a request
LONGEST: Final = 8 * 3_600_000
TRIES: Final = 10  # wrong keys from one address, in
WINDOW: Final = 15 * 60_000
ALL_TRIES: Final = 300  # … and from all addresses together
NOBODY: Final = "keydesk"  # the access key id of the console's own requests in development


class Visit(msgspec.Struct, frozen=True):
    """One person's time at the console. `proof` is the digest of the key's secret: another secret ends the visit."""

    id: str
    key: str  # the access key id
    proof: str
    begun: int  # epoch milliseconds
    seen: int


class Forged(Refusal):
    """A request that a page of somebody else's may have made."""

    code = "ForgedRequest"
    status = 403
    default = "This request does not come from a page of the console. Go back, reload the page, and try again."


def at_home(request: Request, desk: Desk) -> bool:
    """Whether the server is called by a name of its own. Another may be a stranger's (DNS rebinding)."""
    own = is_own(request.headers.get("host", ""), desk.address)
    return own or not desk.open  # in production a name may be any; the visitor is signed in


async def of(request: Request, desk: Desk, keys: Mapping[str, str]) -> Visit | None:
    """The visit that the request belongs to; None where somebody has to sign in."""
    visit, now = _opened(request, desk), desk.clock()
    if visit is None or now - visit.seen > IDLE or now - visit.begun > LONGEST:
        return new(desk, NOBODY, "") if desk.open else None
    if desk.open:
        return msgspec.structs.replace(visit, seen=now)
    secret = keys.get(visit.key)
    if secret is None or not hmac.compare_digest(_proof(secret), visit.proof):
        return None
    left, _ = await desk.store.glance(budgets.failures, UserKey("", visit.id), PLACE)
    return None if left else msgspec.structs.replace(visit, seen=now)


def new(desk: Desk, key: str, secret: str) -> Visit:
    """A visit that begins now."""
    return Visit(new_uuid(), key, _proof(secret), desk.clock(), desk.clock())


async def sign_in(key: str, secret: str, ip: str, desk: Desk, keys: Mapping[str, str]) -> Visit:
    """A new visit for who knows an administrator's key. Raises NotAuthorized, TooManyRequests."""
    now = desk.clock()
    for subject, limit in ((f"console {ip}", TRIES), ("console", ALL_TRIES)):
        if not await desk.store.write(budgets.spend, UserKey("", subject), PLACE, limit=limit, window=WINDOW, now=now):
            raise TooManyRequests("Too many attempts to sign in. Try again in a quarter of an hour.")
    if not hmac.compare_digest(_proof(keys.get(key, "")), _proof(secret)) or not secret:
        raise NotAuthorized("Incorrect access key id or secret.")
    await desk.store.write(budgets.forget, UserKey("", f"console {ip}"), PLACE)
    return new(desk, key, secret)


async def sign_out(visit: Visit, desk: Desk) -> None:
    """The visit is over on all nodes, whoever still has the cookie."""
    await desk.store.write(budgets.count_failure, UserKey("", visit.id), PLACE, desk.clock(), LONGEST)


def form_token(visit: Visit, desk: Desk) -> str:
    """What each form of a visit carries: nobody else can know it."""
    return desk.sealer.code_digest(visit.id, PLACE).hex()


def check_form(request: Request, said: str, visit: Visit | None, desk: Desk) -> None:
    """Raises Forged for a form that another site's page may have sent. `visit` None: before the sign-in."""
    origin, host = request.headers.get("origin"), request.headers.get("host", "")
    site = request.headers.get("sec-fetch-site")
    if site not in (None, "same-origin"):
        raise Forged
    # Our own pages send no referrer, so browsers call their origin "null", as a stranger's sandbox is called.
    if origin == "null" and site is None:
        raise Forged
    if origin not in (None, "null") and urlsplit(origin).netloc != host:
        raise Forged
    if visit is not None and not hmac.compare_digest(said.encode(), form_token(visit, desk).encode()):
        raise Forged


def keep(response: Response, request: Request, visit: Visit, desk: Desk) -> None:
    """Give the visitor the cookie."""
    sealed = desk.sealer.hand_out(msgspec.json.encode(visit), PLACE)
    value = urlsafe_b64encode(sealed).rstrip(b"=").decode()
    secure = _secure(request)
    response.set_cookie(_name(request), value, path=PATH, secure=secure, httponly=True, samesite="strict")


def drop(response: Response, request: Request) -> None:
    """Take the cookie back."""
    secure = _secure(request)  # browsers ignore a word about a __Secure- cookie without it
    response.delete_cookie(_name(request), path=PATH, secure=secure, httponly=True, samesite="strict")


def _secure(request: Request) -> bool:
    """Whether the browser came by TLS, which ends at a proxy: one that is trusted says so (`X-Forwarded-Proto`)."""
    return request.url.scheme == "https"


def _name(request: Request) -> str:
    return "__Secure-keydesk" if _secure(request) else "keydesk-console"


def _opened(request: Request, desk: Desk) -> Visit | None:
    said = request.cookies.get(_name(request), "")
    try:
        sealed = urlsafe_b64decode(said + "=" * (-len(said) % 4))
        return msgspec.json.decode(desk.sealer.take_back(sealed, PLACE), type=Visit)
    except Exception:
        return None


def _proof(secret: str) -> str:
    return token_digest(secret).hex()
