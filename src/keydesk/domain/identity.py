"""An identity of a user at an outside provider: what Cognito shows of it, as an attribute and in an ID token."""

from collections.abc import Iterable
from typing import Final

import msgspec

ATTRIBUTE: Final = "identities"
SUBJECT: Final = "Cognito_Subject"  # names the user by what the provider calls its subject
MOST: Final = 5  # that may be linked to one user


class Identity(msgspec.Struct, kw_only=True, frozen=True, omit_defaults=True):
    """`attribute` and `value` are what the provider has to say for this user to come in."""

    provider: str
    kind: str  # the provider's type
    attribute: str = SUBJECT
    value: str
    issuer: str | None = None
    primary: bool = False  # the user was made for it, and was not there before
    created: int  # epoch milliseconds

    def is_at(self, provider: str, attribute: str, value: str) -> bool:
        """Whether these words of a provider mean this identity."""
        return (self.provider, self.attribute, self.value) == (provider, attribute, value)


class _Shown(msgspec.Struct, rename="camel", kw_only=True):
    user_id: str
    provider_name: str
    provider_type: str
    issuer: str | None = None
    primary: bool | str = False
    date_created: int | str = 0


def attribute(identities: Iterable[Identity]) -> str:
    """The value of the attribute `identities`: JSON."""
    return msgspec.json.encode([_shown(one) for one in identities]).decode()


def claim(identities: Iterable[Identity]) -> list[dict[str, str | None]]:
    """The claim `identities`, where truths and times are texts."""
    said = (_shown(one) for one in identities)
    texts = (
        msgspec.structs.replace(one, primary=str(one.primary).lower(), date_created=str(one.date_created))
        for one in said
    )
    return [msgspec.to_builtins(one) for one in texts]


def told(attribute: str) -> tuple[Identity, ...]:
    """The identities that the value of the attribute tells; truths and times may be texts in it.

    Raises msgspec.MsgspecError.
    """
    shown = msgspec.json.decode(attribute, type=list[_Shown])
    return tuple(
        Identity(
            provider=one.provider_name,
            kind=one.provider_type,
            value=one.user_id,
            issuer=one.issuer,
            primary=str(one.primary).lower() == "true",
            created=int(one.date_created),
        )
        for one in shown
    )


def _shown(one: Identity) -> _Shown:
    return _Shown(
        user_id=one.value,
        provider_name=one.provider,
        provider_type=one.kind,
        issuer=one.issuer,
        primary=one.primary,
        date_created=one.created,
    )
