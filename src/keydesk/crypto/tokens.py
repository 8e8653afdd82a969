"""Random strings that people hand on: Session strings, refresh tokens, secrets.

None begins with a hyphen. One in 64 would, and the AWS CLI and others take `--session -x…` for two options.
"""

import secrets
from base64 import urlsafe_b64encode


def new_token(size: int) -> str:
    """So many random bytes in Base64url."""
    return as_token(secrets.token_bytes(size))


def as_token(data: bytes) -> str:
    """Random bytes in Base64url, without its padding (RFC 4648 section 5), and with an `A` for a hyphen in front."""
    said = urlsafe_b64encode(data).decode().rstrip("=")
    return f"A{said[1:]}" if said.startswith("-") else said
