"""Who calls a public operation: a client that proves itself by its secret, and the user it names, if there is one."""

from dataclasses import dataclass

from keydesk.domain.client import Client
from keydesk.domain.pool import Pool
from keydesk.domain.secret_hash import Where, check
from keydesk.domain.user import User
from keydesk.errors import UserNotFound
from keydesk.flows import protection
from keydesk.flows.call import Call
from keydesk.flows.clients import missing
from keydesk.flows.credentials import client_secrets
from keydesk.store import sign_ins


@dataclass(frozen=True, slots=True)
class Visitor:
    """`typed` is the user name as the client sent it."""

    client: Client
    pool: Pool
    typed: str
    user: User | None


def nobody() -> UserNotFound:
    """Nobody has the name that was typed, in the words of the operations with codes; a sign-in has its own:
    https://github.com/aws-amplify/aws-sdk-ios/issues/4837
    """
    return UserNotFound("Username/client id combination not found.")


async def visitor(client_id: str, username: str, secret_hash: str | None, call: Call) -> Visitor:
    """The client, its pool and the user.

    Raises ResourceNotFound, and NotAuthorized for a wrong secret hash, or from where the pool lets nobody in.
    """
    found = await call.store.glance(sign_ins.start, client_id, username)
    if found is None:
        raise missing(client_id)
    client, pool, user = found
    call.about(None, pool, client.id)
    names = (username, user.username) if user else (username,)
    check(client.id, client_secrets(client, call), names, secret_hash, Where.MEMBER)
    call.about(user)
    protection.refuse_address(pool.watch, pool, client, call)
    return Visitor(client, pool, username, user)
