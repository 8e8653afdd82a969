"""A user of a live pool, as its API tells of them, and the user that they are here. Passwords and apps are not told."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from keydesk.domain import identity
from keydesk.domain.pool import Pool
from keydesk.domain.user import Status, User

CARRIED: Final = ("SMS_MFA", "EMAIL_OTP")  # second factors that need nothing but an attribute
READ_ONLY: Final = frozenset({"sub", identity.ATTRIBUTE})


class LiveUser(msgspec.Struct, kw_only=True, frozen=True):
    """`attributes` are all that are told, `sub` among them; times are epoch milliseconds, 0 where none was told."""

    username: str
    attributes: Mapping[str, str]
    status: str = Status.CONFIRMED
    enabled: bool = True
    factors: tuple[str, ...] = ()
    preferred: str = ""
    groups: tuple[str, ...] = ()
    created: int = 0
    modified: int = 0

    @property
    def sub(self) -> str:
        return self.attributes["sub"]

    @property
    def has_app(self) -> bool:
        """Whether they have an authenticator app, which cannot be carried."""
        return "SOFTWARE_TOKEN_MFA" in self.factors


def arrived(live: LiveUser, pool: Pool, now: int) -> User:
    """The user that they are here, without a password."""
    user = User(
        sub=live.sub, pool=pool.id, username=live.username, status=Status.CONFIRMED, created=live.created or now
    )
    status = live.status if live.status in set(Status) else Status.RESET_REQUIRED  # COMPROMISED, ARCHIVED, UNKNOWN
    return replace(renewed(user, live, now), status=Status(status), enabled=live.enabled)


def renewed(user: User, live: LiveUser, now: int) -> User:
    """The user with what the live pool tells; of attributes, what it does not tell stays."""
    told = {name: value for name, value in live.attributes.items() if name not in READ_ONLY}
    linked = identity.told(live.attributes[identity.ATTRIBUTE]) if identity.ATTRIBUTE in live.attributes else None
    switched_on = tuple(one for one in live.factors if one in CARRIED)
    return replace(
        user,
        attributes={**user.attributes, **told},
        identities=user.identities if linked is None else linked,
        factors=(*(one for one in user.factors if one not in CARRIED), *switched_on),
        preferred_factor=live.preferred if live.preferred in switched_on else user.preferred_factor,
        modified=live.modified or now,
    )


def read(said: Mapping[str, Any], *, groups: Iterable[str] = ()) -> LiveUser:
    """From what GetUser, AdminGetUser, ListUsers or ListUsersInGroup say of a user, as botocore gives it."""
    told = said.get("UserAttributes") or said.get("Attributes") or ()
    return LiveUser(
        username=said["Username"],
        attributes={one["Name"]: one.get("Value", "") for one in told},
        status=said.get("UserStatus", Status.CONFIRMED),
        enabled=said.get("Enabled", True),
        factors=tuple(said.get("UserMFASettingList", ())),
        preferred=said.get("PreferredMfaSetting", ""),
        groups=tuple(groups),
        created=_milliseconds(said.get("UserCreateDate")),
        modified=_milliseconds(said.get("UserLastModifiedDate")),
    )


def _milliseconds(moment: datetime | None) -> int:
    return round(moment.timestamp() * 1000) if moment else 0
