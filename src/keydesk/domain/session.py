"""What a user holds after a sign-in: a refresh token and all tokens made with it."""

from string import ascii_lowercase, digits
from typing import Final
from uuid import UUID

import msgspec

from keydesk.domain.user import UserKey

TOKEN_SESSION: Final = "tkn"
_DIGITS: Final = digits + ascii_lowercase
_LENGTH: Final = 25  # as many digits as 128 bits have in base 36


class Session(msgspec.Struct, kw_only=True):
    """`id` is the event id of the sign-in; every access token made in the session carries it as `event_id`."""

    id: str
    pool: str
    sub: str
    client: str
    refresh: bytes  # SHA-256 of the refresh token
    origin: str  # origin_jti
    created: int  # epoch milliseconds; `auth_time`
    expires: int
    revoked: bool = False
    device: str = ""  # the key of the device that it was opened from; empty where none was named
    ip: str = ""
    agent: str = ""
    active: int = 0  # epoch milliseconds; when it last gave tokens

    @property
    def user(self) -> UserKey:
        return UserKey(self.pool, self.sub)

    @property
    def public_id(self) -> str:
        """How the API names it: the bits of `id` in base 36, as long as the published form."""
        number, text = UUID(self.id).int, ""
        for _ in range(_LENGTH):
            number, digit = divmod(number, len(_DIGITS))
            text = _DIGITS[digit] + text
        return TOKEN_SESSION + text

    def over(self, signed_out: int) -> bool:
        """Whether it was ended, by itself or with all of the user's at `signed_out` (epoch milliseconds)."""
        return self.revoked or self.created <= signed_out


def by_public_id(public: str) -> str:
    """The session's `id`; empty where no session can have that name."""
    if not public.startswith(TOKEN_SESSION):
        return ""
    try:
        return str(UUID(int=int(public.removeprefix(TOKEN_SESSION), len(_DIGITS))))
    except ValueError:
        return ""
