"""A client's secrets: a second one is added, the first is taken away when nobody uses it any more.

What proves a client is in `credentials`; here is what administrators do. A client without secrets stays one.
"""

from msgspec.structs import replace

from keydesk.crypto.seal import same
from keydesk.domain.client import MOST_SECRETS, Client, Secret
from keydesk.errors import InvalidParameter, LimitExceeded, ResourceNotFound
from keydesk.flows import clients, pools
from keydesk.flows.call import Call
from keydesk.flows.credentials import client_secrets


async def add(pool_id: str, client_id: str, said: str | None, call: Call) -> tuple[Secret, str]:
    """One more secret, `said` or made here: what is kept of it, and its value.

    Raises ResourceNotFound, LimitExceeded for a third secret, InvalidParameter for one that the client has already,
    or for a public client: whoever uses it would be locked out by a first secret.
    """
    value = said or clients.random_secret()

    def edit(client: Client) -> Client:
        if not client.secrets:
            raise InvalidParameter(f"Client {client_id} is not configured with a secret.")
        if len(client.secrets) >= MOST_SECRETS:
            raise LimitExceeded(f"A user pool client has at most {MOST_SECRETS} secrets.")
        if any([same(held.encode(), value.encode()) for held in client_secrets(client, call)]):
            raise InvalidParameter("The client has this secret already.")
        created = max(call.now(), client.secrets[-1].created + 1)  # ids differ, whatever the clock does
        return replace(client, secrets=(*client.secrets, clients.secret(client, value, created, call)))

    changed = await clients.change(client_id, await pools.here(pool_id, call), edit, call)
    return changed.secrets[-1], value


async def listed(pool_id: str, client_id: str, call: Call) -> tuple[Secret, ...]:
    """All of them, the oldest first. Raises ResourceNotFound."""
    client = await clients.here(client_id, await pools.here(pool_id, call), call)
    return client.secrets


async def remove(pool_id: str, client_id: str, secret_id: str, call: Call) -> None:
    """From now on this one proves nothing. Raises ResourceNotFound, InvalidParameter for the last one."""

    def edit(client: Client) -> Client:
        rest = tuple(secret for secret in client.secrets if secret.id != secret_id)
        if len(rest) == len(client.secrets):
            raise ResourceNotFound(f"Client secret {secret_id} does not exist.")
        if not rest:
            raise InvalidParameter("The last secret of a client cannot be deleted.")
        return replace(client, secrets=rest)

    await clients.change(client_id, await pools.here(pool_id, call), edit, call)
