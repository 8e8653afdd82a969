"""CloudTrail's LookupEvents (JSON 1.1): the sign-in calls of a region, newest first (T-079).

Runs of functions are not in it, as in AWS: they stand in the functions' own logs.
"""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from keydesk.aws.body import body, place, token
from keydesk.errors import Refusal, UnknownOperation
from keydesk.flows import watching
from keydesk.flows.call import Desk
from keydesk.store.api_events import ApiEvent, Lookup
from keydesk.wire.request import Answer, Request, json
from keydesk.wire.signature import Caller

TARGET: Final = "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101."
SOURCE: Final = "cognito-idp.amazonaws.com"
MOST: Final = 50
_END_OF_TIME: Final = 253_402_300_799  # the last second of the year 9999

# Which column an attribute asks for; those without one are the same for every event here.
COLUMNS: Final = {"EventId": "id", "EventName": "name", "Username": "username", "AccessKeyId": "access_key"}
CONSTANT: Final = {"EventSource": SOURCE, "ReadOnly": "false", "ResourceName": None, "ResourceType": None}


class InvalidLookupAttributes(Refusal):
    code = "InvalidLookupAttributesException"
    default = "The lookup attributes are not valid."


class InvalidMaxResults(Refusal):
    code = "InvalidMaxResultsException"
    default = f"MaxResults must be from 1 to {MOST}."


class InvalidNextToken(Refusal):
    code = "InvalidNextTokenException"
    default = "The next token is invalid, or was made for other parameters."


class InvalidTimeRange(Refusal):
    code = "InvalidTimeRangeException"
    default = "The start time must be before the end time, and both must be times."


class InvalidEventCategory(Refusal):
    code = "InvalidEventCategoryException"
    default = "Keydesk has management events only: leave EventCategory out."


class Attribute(msgspec.Struct, rename="pascal", frozen=True):
    """What to look for."""

    attribute_key: str
    attribute_value: str


class LookupEvents(msgspec.Struct, rename="pascal", frozen=True, kw_only=True):
    """What a client asks. Times are seconds since 1970."""

    lookup_attributes: list[Attribute] | None = None
    start_time: float | None = None
    end_time: float | None = None
    event_category: str | None = None
    max_results: int | None = None
    next_token: str | None = None


async def answer(request: Request, caller: Caller, desk: Desk) -> Answer:
    """Serve LookupEvents. Raises Refusal."""
    if request.headers.get("x-amz-target", "") != f"{TARGET}LookupEvents":
        raise UnknownOperation("Of CloudTrail Keydesk serves LookupEvents.")
    return json(await lookup_events(body(request, LookupEvents), caller.region, desk))


async def lookup_events(ask: LookupEvents, region: str, desk: Desk) -> dict[str, Any]:
    if ask.event_category is not None:
        raise InvalidEventCategory
    limit = MOST if ask.max_results is None else ask.max_results
    if not 1 <= limit <= MOST:
        raise InvalidMaxResults
    lookup = _lookup(ask, region)
    where = f"cloudtrail {lookup!r}"
    after = None
    if ask.next_token and (after := place(desk.sealer, ask.next_token, where, tuple[int, str])) is None:
        raise InvalidNextToken
    found = await watching.calls(desk, lookup, after, limit + 1) if lookup else []
    shown: dict[str, Any] = {"Events": [_event(event, desk.account) for event in found[:limit]]}
    if len(found) > limit:
        last = found[limit - 1]
        shown["NextToken"] = token(desk.sealer, (last.at, last.id), where)
    return shown


def _lookup(ask: LookupEvents, region: str) -> Lookup | None:
    """What to look for; None where it can only be nothing."""
    lookup = Lookup(region, _millis(ask.start_time, 0), _millis(ask.end_time, _END_OF_TIME))
    if lookup.start > lookup.end:
        raise InvalidTimeRange
    attributes = ask.lookup_attributes or []
    if len(attributes) > 1:
        raise InvalidLookupAttributes("You can only specify one lookup attribute.")
    for attribute in attributes:
        key, value = attribute.attribute_key, attribute.attribute_value
        if key not in COLUMNS and key not in CONSTANT:
            raise InvalidLookupAttributes(f"AttributeKey must be one of {', '.join((*COLUMNS, *CONSTANT))}.")
        if not 1 <= len(value) <= 2000:
            raise InvalidLookupAttributes("AttributeValue must have 1 to 2000 characters.")
        if key in COLUMNS:
            chosen: dict[str, Any] = {COLUMNS[key]: value}
            return lookup._replace(**chosen)
        if CONSTANT[key] != value:
            return None
    return lookup


def _millis(seconds: float | None, default: int) -> int:
    said = default if seconds is None else seconds
    if not 0 <= said <= _END_OF_TIME:
        raise InvalidTimeRange
    return round(said * 1000)


def _event(event: ApiEvent, account: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "EventId": event.id,
        "EventName": event.name,
        "ReadOnly": "false",
        "EventTime": event.at // 1000,
        "EventSource": SOURCE,
        "Resources": [],
        "CloudTrailEvent": msgspec.json.encode(_record(event, account)).decode(),
    }
    if event.username:
        shown["Username"] = event.username
    if event.access_key:
        shown["AccessKeyId"] = event.access_key
    return shown


def _record(event: ApiEvent, account: str) -> dict[str, Any]:
    """The event as CloudTrail writes it into its files."""
    who = {"type": "Unknown", "principalId": "Anonymous"}
    if event.access_key:
        who = {
            "type": "IAMUser",
            "principalId": event.access_key,
            "accountId": account,
            "accessKeyId": event.access_key,
        }
    failure = {"errorCode": event.error_code, "errorMessage": event.error} if event.error_code else {}
    return {
        "eventVersion": "1.08",
        "userIdentity": who,
        "eventTime": f"{datetime.fromtimestamp(event.at // 1000, UTC):%Y-%m-%dT%H:%M:%SZ}",
        "eventSource": SOURCE,
        "eventName": event.name,
        "awsRegion": event.region,
        "sourceIPAddress": event.ip,
        "userAgent": event.agent,
        **failure,
        "requestParameters": event.parameters,
        "responseElements": None,
        "additionalEventData": {"sub": event.sub} if event.sub else {},
        "requestID": event.request_id,
        "eventID": event.id,
        "readOnly": False,
        "eventType": "AwsApiCall",
        "managementEvent": True,
        "recipientAccountId": account,
        "eventCategory": "Management",
    }
