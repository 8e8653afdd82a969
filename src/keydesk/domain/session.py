"""What a user holds after a sign-in: a refresh token and all tokens made with it."""

import msgspec


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

    def over(self, signed_out: int) -> bool:
        """Whether it was ended, by itself or with all of the user's at `signed_out` (epoch milliseconds)."""
        return self.revoked or self.created <= signed_out
