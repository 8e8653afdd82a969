"""Sign-ins between two calls: kept sealed under a digest of their Session string, and taken once.

The string is good for one answer from the same client, within the client's AuthSessionValidity (SR-07). It is random,
and says under our mark until when it waits: so who comes too late is told from who comes a second time, though nothing
is kept of what was taken.
"""

from base64 import urlsafe_b64decode
from secrets import token_bytes
from typing import Final

import msgspec

from keydesk.crypto.seal import SealBroken, same, token_digest
from keydesk.crypto.tokens import as_token
from keydesk.domain import places
from keydesk.domain.sign_in import SignIn, Waiting
from keydesk.errors import InvalidSession, NotAuthorized
from keydesk.flows.call import Call
from keydesk.flows.clients import missing
from keydesk.store import clients, waiting

LATE: Final = "Invalid session for the user, session is expired."
USED: Final = "Invalid session for the user, session can only be used once."
_TIME: Final = 6  # bytes
_RANDOM: Final = 66
_MARKED: Final = 96  # characters of the two together
_MARK: Final = 24  # bytes of a keyed digest


async def keep(s: SignIn, challenge: str, call: Call, *, under: str = "") -> str:
    """Keep the sign-in until the challenge is answered; gives its Session string: `under`, or a new one."""
    user = s.user
    kept = Waiting(
        way=s.way.value,
        flow=s.flow,
        client=s.client.id,
        username=user.username if user else s.typed,
        standing=user.standing() if user else b"",
        typed=s.typed,
        challenge=challenge,
        event_id=s.event_id,
        validation=s.validation,
        done=s.done,
        carried=s.carried,
    )
    expires = call.now() + s.client.auth_session_seconds * 1000
    row = waiting.Row(s.pool.id, s.client.id, user.sub if user else None, doc=b"", expires=expires)
    return await renew(row, kept, call, under=under)


async def renew(row: waiting.Row, kept: Waiting, call: Call, *, under: str = "") -> str:
    """Keep what was taken under a new Session string, or under this one, for as long as it was to wait anyway."""
    session = under or _new(row.expires, call)
    digest = token_digest(session)
    sealed = call.desk.sealer.seal(msgspec.json.encode(kept), places.waiting(digest), row.pool)
    await call.store.put(waiting.keep, digest, row._replace(doc=sealed))
    return session


async def take(session: str, client_id: str | None, call: Call) -> tuple[waiting.Row, Waiting]:
    """What waits under a Session string, once. `client_id` None: the operation does not name a client.

    Raises NotAuthorized for a used, late, foreign or made-up string, ResourceNotFound where there is no such client.
    """
    digest = token_digest(session)
    row = await call.store.put(waiting.take, digest, call.now())
    if row is None or client_id not in (None, row.client):
        if client_id is not None and await call.store.glance(clients.named, client_id) is None:
            raise missing(client_id)
        raise NotAuthorized(USED if row is None and _in_time(session, call) else LATE)
    try:
        return row, msgspec.json.decode(call.desk.sealer.open(row.doc, places.waiting(digest)), type=Waiting)
    except SealBroken:
        raise InvalidSession from None


async def give_back(session: str, row: waiting.Row, call: Call) -> None:
    """What was said was no answer: the same string may be used again."""
    await call.store.put(waiting.keep, token_digest(session), row)


def _new(until: int, call: Call) -> str:
    marked = as_token(until.to_bytes(_TIME, "big") + token_bytes(_RANDOM))
    return marked + _mark(marked, call)


def _mark(marked: str, call: Call) -> str:
    return as_token(call.desk.sealer.code_digest(marked, places.SESSION)[:_MARK])


def _in_time(session: str, call: Call) -> bool:
    """Whether it is one of ours that would wait still."""
    marked, mark = session[:_MARKED], session[_MARKED:].encode("utf-8", "surrogatepass")
    if not same(mark, _mark(marked, call).encode()):
        return False
    return int.from_bytes(urlsafe_b64decode(marked)[:_TIME], "big") > call.now()
