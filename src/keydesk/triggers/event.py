"""An event as a function sees it: the common envelope, filled for one occasion."""

import functools
import re
from dataclasses import dataclass, field
from typing import Final

import msgspec
from msgspec import UNSET

from keydesk.domain.pool import Pool, Semantics
from keydesk.domain.trace import Fired
from keydesk.domain.user import User
from keydesk.triggers.catalog import AnyTrigger
from keydesk.triggers.payloads import CallerContext, Event, Payload

NO_CLIENT: Final = "CLIENT_ID_NOT_APPLICABLE"  # AdminCreateUser (section 2)
UNKNOWN_SDK: Final = "aws-sdk-unknown-unknown"
_SDK: Final = re.compile(r"\baws-sdk-([A-Za-z]+)/([0-9][0-9.]*)")


@dataclass(frozen=True, slots=True)
class Occasion:
    """Whom and what a trigger is fired for. `client_id` None leaves the member out (AdminConfirmSignUp)."""

    pool: Pool
    semantics: Semantics
    username: str
    client_id: str | None
    agent: str  # the User-Agent header
    fired: list[Fired] = field(default_factory=list)  # of the call: what ran is noted there


@functools.lru_cache(maxsize=1000)
def sdk(agent: str) -> str:
    """The SDK that a User-Agent names, as `aws-sdk-js-2.1639.0`; else the unknown one."""
    found = _SDK.search(agent)
    return f"aws-sdk-{found[1]}-{found[2]}" if found else UNKNOWN_SDK


def envelope(trigger: AnyTrigger, suffix: str, occasion: Occasion, request: Payload, version: str = "1") -> bytes:
    """The event as JSON."""
    prefilled = trigger.form(version).prefilled
    context = CallerContext(aws_sdk_version=sdk(occasion.agent))
    if occasion.client_id is not None:
        context.client_id = occasion.client_id
    event = Event(
        version=version,
        trigger_source=trigger.source(suffix),
        region=occasion.pool.region,
        user_pool_id=occasion.pool.id,
        user_name=occasion.username,
        caller_context=context,
        request=request,
        response=UNSET if prefilled is None else dict(prefilled),
    )
    return msgspec.json.encode(event)


def attributes(pool: Pool, user: User) -> dict[str, str]:
    """`userAttributes` of a user who exists (section 2.1): what is stored, and what Cognito adds."""
    told = {"sub": user.sub, "cognito:user_status": user.status.value}
    for kind in ("email", "phone_number"):
        if kind in pool.alias_attributes and user.verified(kind):
            told[f"cognito:{kind}_alias"] = user.attributes[kind]
    if user.signed_out:
        told["cognito:token_nbf"] = str(user.signed_out)
    return told | user.told()
