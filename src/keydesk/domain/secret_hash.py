"""SECRET_HASH: proof that the caller knows the client's secret, one for each user name."""

import base64
import hmac
from collections.abc import Sequence
from enum import Enum
from hashlib import sha256

from keydesk.errors import InvalidParameter, NotAuthorized


class Where(Enum):
    """Where the hash travels; each has its own sentences (missing, wrong)."""

    MEMBER = (  # a member of the request: SignUp, ConfirmSignUp, ForgotPassword, …
        "Client {client} is configured for secret but secret was not received",
        "Unable to verify secret hash for client {client}",
    )
    PARAMETER = (  # among AuthParameters or ChallengeResponses
        "Client {client} is configured with secret but SECRET_HASH was not received",
        "Unable to verify secret hash for client {client}",
    )
    REFRESH = (  # beside a refresh token
        "Client {client} is configured with secret but SECRET_HASH was not received",
        "SecretHash does not match for the client: {client}",
    )


def of(secret: str, username: str, client_id: str) -> str:
    """base64(HMAC-SHA256(secret, username + client id))."""
    return base64.b64encode(hmac.digest(_bytes(secret), _bytes(username + client_id), sha256)).decode()


def check(client_id: str, secrets: Sequence[str], usernames: tuple[str, ...], said: str | None, where: Where) -> None:
    """Raises `NotAuthorized` unless the hash is right for one of `usernames`: what was typed, and the lasting name.

    Any of the client's secrets will do; all are tried, so that the time tells nothing (OA-06). A client without a
    secret takes no hash: `InvalidParameter` when one comes.
    """
    if not secrets:
        if said:
            raise InvalidParameter(f"App client {client_id} is not configured for secret but secret hash was received")
        return
    missing, wrong = where.value
    if not said:
        raise NotAuthorized(missing.format(client=client_id))
    matches = [
        hmac.compare_digest(_bytes(of(secret, name, client_id)), _bytes(said))
        for secret in secrets
        for name in usernames
    ]
    if not any(matches):
        raise NotAuthorized(wrong.format(client=client_id))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
