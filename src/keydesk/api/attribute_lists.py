"""Attributes as the API writes them: lists of names and values, `sub` first."""

from collections.abc import Iterable

from keydesk.domain.attribute import check_given, readable
from keydesk.domain.client import Client
from keydesk.domain.user import User
from keydesk.flows.delivery import Delivery
from keydesk.flows.factors import SMS
from keydesk.shapes.types import AttributeType, CodeDeliveryDetailsType, MFAOptionType, UserType


def told(listed: Iterable[AttributeType] | None) -> dict[str, str]:
    """Names to values; of two with one name the last counts. A missing value is an empty one."""
    return {each.name: each.value or "" for each in listed or ()}


def given(listed: Iterable[AttributeType] | None) -> dict[str, str]:
    """The attributes that a request writes. Raises InvalidParameter for what no request gives."""
    check_given({each.name: each.value for each in listed or ()})
    return told(listed)


def mapped(listed: Iterable[AttributeType] | None) -> dict[str, str] | None:
    """ValidationData as a map; None where nothing was passed (T-112)."""
    return None if listed is None else told(listed)


def shown(user: User, names: Iterable[str] | None = None) -> list[AttributeType]:
    """The user's attributes, those in `names` only where it is given."""
    everything = user.told()
    asked = everything if names is None else [name for name in everything if name in set(names)]
    return [AttributeType(name=name, value=everything[name]) for name in asked]


def shown_to_client(user: User, client: Client) -> list[AttributeType]:
    """What the client's ReadAttributes let it see."""
    return shown(user, readable(client.settings.read_attributes, user.told()))


def described(user: User, names: Iterable[str] | None = None) -> UserType:
    """The user as the lists and AdminCreateUser show it."""
    return UserType(
        username=user.username,
        attributes=shown(user, names),
        user_create_date=seconds(user.created),
        user_last_modified_date=seconds(user.modified),
        enabled=user.enabled,
        user_status=user.status.value,
        mfa_options=by_sms(user),
    )


def by_sms(user: User) -> list[MFAOptionType] | None:
    """MFAOptions: the older way to tell that codes go to the phone number; None where they do not."""
    return [MFAOptionType(delivery_medium="SMS", attribute_name="phone_number")] if SMS in user.factors else None


def delivered(delivery: Delivery) -> CodeDeliveryDetailsType:
    return CodeDeliveryDetailsType(
        destination=delivery.destination,
        delivery_medium=delivery.medium.value,
        attribute_name=delivery.attribute,
    )


def seconds(millis: int) -> float:
    """A moment as the JSON protocol writes it."""
    return millis / 1000
