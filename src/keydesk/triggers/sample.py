"""Sample events: what any trigger would be sent, for a made-up user or a real one, made of the catalog's Structs."""

from collections.abc import Mapping
from typing import Any, Final

import msgspec

from keydesk.domain.pool import Pool, Semantics
from keydesk.shapes.types import UserPoolType
from keydesk.triggers.catalog import CATALOG, AnyTrigger
from keydesk.triggers.event import Occasion, envelope
from keydesk.triggers.payloads import GroupConfiguration

POOL: Final = Pool(
    id="us-east-1_EXAMPLE00", region="us-east-1", account="000000000000", name="example", settings=UserPoolType()
)
CLIENT: Final = "1example23456789"
SUB: Final = "5bc0b3a4-2f1e-4d0a-9c55-0d4f0b6e1a27"

# Members of any request, by their names in Python. What is not here is absent, or null where it must be there.
MEMBERS: Final[Mapping[str, Any]] = {
    "user_attributes": {
        "sub": SUB,
        "cognito:user_status": "CONFIRMED",
        "email": "ada@example.com",
        "email_verified": "true",
        "name": "Ada",
    },
    "validation_data": {"ip": "192.0.2.7"},
    "client_metadata": {"source": "app"},
    "new_device_used": False,
    "group_configuration": GroupConfiguration(groups_to_override=["staff"]),
    "scopes": ["aws.cognito.signin.user.admin"],
    "session": [],
    "challenge_name": "CUSTOM_CHALLENGE",
    "private_challenge_parameters": {"answer": "5"},
    "challenge_answer": "5",
    "password": "Correct-horse-9",
    "code_parameter": "{####}",
    "link_parameter": "{##Click Here##}",
    "username_parameter": None,
    "code": "AYADeExampleOfACodeThatOnlyTheKeyOfThePoolOpens",
}
# … and where a source sends others: by trigger and suffix, or by trigger alone.
OTHERWISE: Final[Mapping[str, Mapping[str, Any]]] = {
    "PreSignUp": {"user_attributes": {"email": "ada@example.com", "name": "Ada"}},
    "CustomMessage_AdminCreateUser": {"username_parameter": "{username}"},
    "CustomEmailSender": {"type": "customEmailSenderRequestV1"},
    "CustomSMSSender": {"type": "customSMSSenderRequestV1"},
    "UserMigration": {"user_attributes": None},
    "UserMigration_ForgotPassword": {"password": msgspec.UNSET},
    "PreTokenGeneration_ClientCredentials": {
        "user_attributes": {},
        "group_configuration": GroupConfiguration(),
        "scopes": ["orders/read"],
    },
}


class NoSuchTrigger(ValueError):
    """The name is no trigger's, or the source or the version none of its own; the text lists those that are."""


def trigger_named(name: str) -> AnyTrigger:
    """A row of the catalog by any usual spelling: PreSignUp, pre_sign_up, pre-sign-up. Raises NoSuchTrigger."""
    plain = _plain(name)
    for trigger in CATALOG:
        if _plain(trigger.name) == plain:
            return trigger
    raise NoSuchTrigger(f"{name} is no trigger. There are {', '.join(trigger.name for trigger in CATALOG)}.")


def event_for(
    trigger: AnyTrigger,
    source: str = "",
    version: str = "",
    *,
    pool: Pool = POOL,
    username: str = "ada",
    client: str = CLIENT,
    members: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """A sample event. `source` is a suffix of `triggerSource`, `version` a LambdaVersion; empty takes the usual one.

    `members` are the request's own, by their names in Python. Raises NoSuchTrigger.
    """
    usual = "Authentication" if "Authentication" in trigger.sources else trigger.sources[0]
    suffix = source.removeprefix(f"{trigger.prefix or trigger.name}_") or usual
    if suffix not in trigger.sources:
        raise NoSuchTrigger(f"{trigger.name} has no source {source}. It has {', '.join(trigger.sources)}.")
    number = trigger.versions.get(version) if version else next(iter(trigger.versions.values()))
    if number is None:
        raise NoSuchTrigger(f"{trigger.name} has no version {version}. It has {', '.join(trigger.versions)}.")
    said = {**MEMBERS, **OTHERWISE.get(trigger.name, {}), **OTHERWISE.get(f"{trigger.name}_{suffix}", {})}
    if number == "1":
        said.pop("scopes", None)
    if suffix == "ClientCredentials":
        username = client  # there is no user
    said |= members or {}
    request = trigger.request(**{name: said[name] for name in trigger.request.__struct_fields__ if name in said})
    occasion = Occasion(pool, Semantics.KEYDESK, username, client, "")
    return dict(msgspec.json.decode(envelope(trigger, suffix, occasion, request, number)))


def laid_over(event: dict[str, Any], partial: Mapping[str, Any]) -> dict[str, Any]:
    """The event with what a partial one says in place of its own, member by member."""
    laid = dict(event)
    for name, value in partial.items():
        held = laid.get(name)
        laid[name] = laid_over(held, value) if isinstance(held, dict) and isinstance(value, dict) else value
    return laid


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())
