"""A user: attributes, status, and the sealed credential."""

from enum import StrEnum
from hashlib import sha256
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from keydesk.domain import identity
from keydesk.domain.identity import Identity


class Status(StrEnum):
    """What DescribeUser calls UserStatus."""

    UNCONFIRMED = "UNCONFIRMED"
    CONFIRMED = "CONFIRMED"
    FORCE_CHANGE_PASSWORD = "FORCE_CHANGE_PASSWORD"
    RESET_REQUIRED = "RESET_REQUIRED"
    EXTERNAL_PROVIDER = "EXTERNAL_PROVIDER"


class UserKey(NamedTuple):
    """Who it is: a user is one of a pool. What is kept of users is found by both."""

    pool: str
    sub: str


class User(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A user as stored. `attributes` holds what can be written; values are texts, booleans `"true"` and `"false"`."""

    sub: str
    pool: str
    username: str
    status: Status
    enabled: bool = True
    attributes: dict[str, str] = {}
    identities: tuple[Identity, ...] = ()  # at outside providers
    credential: bytes = b""  # sealed; empty where the user has no password
    temporary_until: int = 0  # epoch milliseconds; when a temporary password dies
    signed_out: int = 0  # epoch milliseconds; tokens from before are dead (`cognito:token_nbf`)
    factors: tuple[str, ...] = ()  # second factors that are switched on: SMS_MFA, EMAIL_OTP, SOFTWARE_TOKEN_MFA…
    preferred_factor: str = ""  # one of them, or ""
    totp: bytes = b""  # sealed secret of the authenticator app; empty where none was verified
    totp_offered: bytes = b""  # sealed; handed out, and not verified yet
    totp_name: str = ""  # what the user calls the device that the app is on
    totp_step: int = 0  # the time step of the last code that was taken: neither it nor an earlier one counts again
    groups: tuple[str, ...] = ()  # names, most preferred first; loaded beside the user, kept in `memberships`
    roles: tuple[str, ...] = ()  # role ARNs of those groups, in the same order
    preferred_role: str = ""
    failures: int = 0  # wrong passwords in a row; a column, counted atomically
    failed: int = 0  # epoch milliseconds of the last of them
    created: int = 0
    modified: int = 0
    rev: int = 1
    resealed: tuple[tuple[bytes, bytes], ...] = ()  # digests of what the last new seal replaced, and by what

    @property
    def key(self) -> UserKey:
        return UserKey(self.pool, self.sub)

    def standing(self) -> bytes:
        """A digest of what a waiting sign-in rests on: the user, whether they may sign in, password, last sign-out.

        A temporary password that was replaced, or a namesake made later, has another (SR-07, TK-05).
        """
        rests_on = (self.sub, self.status, self.enabled, self.signed_out, self.credential)
        return sha256(msgspec.json.encode(rests_on)).digest()

    def told(self) -> dict[str, str]:
        """Every attribute, with those that only the server gives."""
        told = {"sub": self.sub}
        if self.identities:
            told[identity.ATTRIBUTE] = identity.attribute(self.identities)
        return told | self.attributes

    def stands(self, as_before: bytes) -> bool:
        """Whether a sign-in that waits since the user's standing was this may go on."""
        return self.still(as_before, self.standing())

    def still(self, then: bytes, now: bytes) -> bool:
        """Whether what rests on the user's secrets is what it was then, be it under a new seal."""
        return then == now or (_digest(then), _digest(now)) in self.resealed

    def under_new_seal(self, **secrets: bytes) -> "User":
        """The user with the same secrets, sealed anew."""
        after = replace(self, **secrets)
        changed = [(self.standing(), after.standing()), *((getattr(self, name), new) for name, new in secrets.items())]
        after.resealed = tuple((_digest(old), _digest(new)) for old, new in changed if old != new)
        return after

    def verified(self, attribute: str) -> bool:
        """Whether the e-mail or phone number is proved to be the user's."""
        return self.attributes.get(f"{attribute}_verified") == "true"


def _digest(value: bytes) -> bytes:
    return sha256(value).digest()[:16]
