"""CloudWatch Logs (JSON 1.1): what `aws logs`, boto3 and Terraform use to read functions' lines and to keep groups.

Only workers write lines, so PutLogEvents is not here. A page's token is sealed: it opens for its group alone.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from keydesk.aws.body import body, place, token
from keydesk.domain.filter_pattern import PatternFault, matcher
from keydesk.errors import InvalidParameter, ResourceNotFound, UnknownOperation
from keydesk.flows import watching
from keydesk.flows.call import Desk
from keydesk.store.logs import FIRST, LAST, Cut, Event, Group
from keydesk.wire.request import Answer, Request, json
from keydesk.wire.signature import Caller

TARGET: Final = "Logs_20140328."
RETENTION_DAYS: Final = (
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
)  # fmt: skip
MOST_EVENTS: Final = 10_000
MOST_NAMES: Final = 50

GroupName = Annotated[str, Meta(min_length=1, max_length=512, pattern=r"^[.\-_/#A-Za-z0-9]+\Z")]
GroupPart = Annotated[str, Meta(max_length=512, pattern=r"^[.\-_/#A-Za-z0-9]*\Z")]
GroupArn = Annotated[str, Meta(min_length=1, max_length=2048, pattern=r"^[\w#+=/:,.@*-]*\Z")]
StreamName = Annotated[str, Meta(min_length=1, max_length=512, pattern=r"^[^:*]*\Z")]
Token = Annotated[str, Meta(min_length=1)]
Millis = Annotated[int, Meta(ge=0, le=1 << 53)]
NameLimit = Annotated[int, Meta(ge=1, le=MOST_NAMES)]
EventLimit = Annotated[int, Meta(ge=1, le=MOST_EVENTS)]
TagKey = Annotated[str, Meta(min_length=1, max_length=128)]
Tags = Annotated[dict[TagKey, Annotated[str, Meta(max_length=256)]], Meta(max_length=watching.TAGS)]


class _Ask(msgspec.Struct, rename="camel", kw_only=True):
    """What a client asks; members that are not listed are passed over, as AWS does."""


class _OfGroup(_Ask):
    log_group_name: GroupName | None = None
    log_group_identifier: GroupArn | None = None


class DescribeLogGroups(_Ask):
    log_group_name_prefix: GroupName | None = None
    log_group_name_pattern: GroupPart | None = None
    log_group_class: Literal["STANDARD", "INFREQUENT_ACCESS", "DELIVERY", "ESSENTIALS"] | None = None
    log_group_identifiers: list[str] | None = None
    account_identifiers: list[str] | None = None
    include_linked_accounts: bool | None = None
    next_token: Token | None = None
    limit: NameLimit | None = None


class DescribeLogStreams(_OfGroup):
    log_stream_name_prefix: StreamName | None = None
    order_by: Literal["LogStreamName", "LastEventTime"] | None = None
    descending: bool | None = None
    next_token: Token | None = None
    limit: NameLimit | None = None


class GetLogEvents(_OfGroup, kw_only=True):
    log_stream_name: StreamName
    start_time: Millis | None = None
    end_time: Millis | None = None
    next_token: Token | None = None
    limit: EventLimit | None = None
    start_from_head: bool | None = None


class FilterLogEvents(_OfGroup):
    log_stream_names: Annotated[list[StreamName], Meta(min_length=1, max_length=100)] | None = None
    log_stream_name_prefix: StreamName | None = None
    start_time: Millis | None = None
    end_time: Millis | None = None
    filter_pattern: Annotated[str, Meta(max_length=1024)] | None = None
    next_token: Token | None = None
    limit: EventLimit | None = None
    start_from_head: bool | None = None


class CreateLogGroup(_Ask):
    log_group_name: GroupName
    tags: Tags | None = None
    kms_key_id: str | None = None
    log_group_class: str | None = None
    deletion_protection_enabled: bool | None = None


class OneGroup(_Ask):
    log_group_name: GroupName


class PutRetentionPolicy(_Ask):
    log_group_name: GroupName
    retention_in_days: int


class OneResource(_Ask):
    resource_arn: GroupArn


class TagResource(_Ask):
    resource_arn: GroupArn
    tags: Tags


class UntagResource(_Ask):
    resource_arn: GroupArn
    tag_keys: Annotated[list[TagKey], Meta(max_length=watching.TAGS)]


@dataclass(frozen=True, slots=True)
class _Here:
    """Where a request is answered: a region is a name space."""

    desk: Desk
    region: str

    def arn(self, group: str) -> str:
        return f"arn:aws:logs:{self.region}:{self.desk.account}:log-group:{group}"

    def token(self, what: Any, where: str) -> str:
        return token(self.desk.sealer, what, f"logs {self.region} {where}")

    def place(self, text: str, where: str, kind: Any) -> Any:
        """Where a page begins. Raises InvalidParameter for a token that was made for something else."""
        found = place(self.desk.sealer, text, f"logs {self.region} {where}", kind)
        if found is None:
            raise InvalidParameter("The specified nextToken is invalid.")
        return found

    async def named(self, identifier: str) -> Group:
        """The group of an ARN or a name. Raises ResourceNotFound, also for another account's or region's."""
        if identifier.startswith("arn:"):
            start, name = self.arn(""), identifier.removesuffix(":*")
            if not name.startswith(start):
                raise ResourceNotFound("The specified log group does not exist.")
            identifier = name.removeprefix(start)
        return await watching.group(self.desk, self.region, identifier)

    async def asked(self, ask: _OfGroup) -> Group:
        """The group that is asked for, in one of the two ways."""
        said = [name for name in (ask.log_group_name, ask.log_group_identifier) if name is not None]
        if len(said) != 1:
            raise InvalidParameter("Exactly one of logGroupName and logGroupIdentifier must be given.")
        return await self.named(said[0])


async def describe_log_groups(ask: DescribeLogGroups, here: _Here) -> dict[str, Any]:
    if ask.log_group_identifiers or ask.account_identifiers or ask.include_linked_accounts:
        raise InvalidParameter(
            "Keydesk does not serve logGroupIdentifiers, accountIdentifiers or includeLinkedAccounts: use a prefix."
        )
    prefix, part = ask.log_group_name_prefix or "", ask.log_group_name_pattern or ""
    if prefix and part:
        raise InvalidParameter("logGroupNamePrefix and logGroupNamePattern cannot both be given.")
    if ask.log_group_class not in {None, "STANDARD"}:
        return {"logGroups": []}  # every group here is of the standard class
    limit = ask.limit or MOST_NAMES
    where = f"groups {prefix} {part}"
    after = here.place(ask.next_token, where, str) if ask.next_token else ""
    found = await watching.groups(here.desk, here.region, prefix=prefix, part=part, after=after, limit=limit + 1)
    answer: dict[str, Any] = {"logGroups": [_group(group, here) for group in found[:limit]]}
    if len(found) > limit:
        answer["nextToken"] = here.token(found[limit - 1].name, where)
    return answer


def _group(group: Group, here: _Here) -> dict[str, Any]:
    arn = here.arn(group.name)
    shown = {
        "logGroupName": group.name,
        "creationTime": group.created,
        "metricFilterCount": 0,
        "arn": f"{arn}:*",
        "logGroupArn": arn,
        "storedBytes": group.bytes,
        "logGroupClass": "STANDARD",
    }
    return shown if group.retention is None else {**shown, "retentionInDays": group.retention}


async def describe_log_streams(ask: DescribeLogStreams, here: _Here) -> dict[str, Any]:
    by_time, prefix, down = ask.order_by == "LastEventTime", ask.log_stream_name_prefix or "", bool(ask.descending)
    if by_time and prefix:
        raise InvalidParameter("Cannot order by LastEventTime with a logStreamNamePrefix.")
    group = await here.asked(ask)
    limit = ask.limit or MOST_NAMES
    where = f"streams {group.id} {by_time} {down} {prefix}"
    after = here.place(ask.next_token, where, tuple[int, str]) if ask.next_token else None
    found = await watching.streams(
        here.desk, group, prefix=prefix, after=after, by_time=by_time, down=down, limit=limit + 1
    )
    answer: dict[str, Any] = {
        "logStreams": [
            {
                "logStreamName": stream.name,
                "creationTime": stream.created,
                "firstEventTimestamp": stream.first,
                "lastEventTimestamp": stream.last,
                "lastIngestionTime": stream.ingested,
                "arn": f"{here.arn(group.name)}:log-stream:{stream.name}",
                "storedBytes": 0,  # as AWS says of every stream since 2019
            }
            for stream in found[:limit]
        ]
    }
    if len(found) > limit:
        answer["nextToken"] = here.token((found[limit - 1].last, found[limit - 1].name), where)
    return answer


async def events_of_stream(ask: GetLogEvents, here: _Here) -> dict[str, Any]:
    """Both tokens are given always; one that leads nowhere is the very one that was sent."""
    group = await here.asked(ask)
    span = (ask.start_time or 0, LAST[0] if ask.end_time is None else ask.end_time)
    window = await watching.window(here.desk, group, names=[ask.log_stream_name], prefix="", span=span)
    where = f"events {group.id} {ask.log_stream_name}"
    cut, down = (FIRST, False) if ask.start_from_head else (LAST, True)
    if ask.next_token:
        cut, down = _turned(ask.next_token, where, here)
    page = await watching.lines(here.desk, window, cut, down=down, limit=ask.limit or MOST_EVENTS)
    events = page.events[::-1] if down else page.events
    if events:
        before, after = events[0].before, events[-1].after
    else:
        before = after = cut if ask.next_token else FIRST  # what comes later must not be passed over
    tokens = {
        "nextForwardToken": "f/" + here.token(after, where),
        "nextBackwardToken": "b/" + here.token(before, where),
    }
    if ask.next_token and not events:
        tokens["nextBackwardToken" if down else "nextForwardToken"] = ask.next_token
    return {"events": [_event(event) for event in events], **tokens}


def _turned(text: str, where: str, here: _Here) -> tuple[Cut, bool]:
    """The place of a token, and whether it leads backward."""
    way, _, sealed = text.partition("/")
    if way not in {"f", "b"}:
        raise InvalidParameter("The specified nextToken is invalid.")
    return here.place(sealed, where, tuple[int, int]), way == "b"


def _event(event: Event) -> dict[str, Any]:
    return {"timestamp": event.at, "message": event.message, "ingestionTime": event.ingested}


async def filter_log_events(ask: FilterLogEvents, here: _Here) -> dict[str, Any]:
    """What `aws logs tail` reads. A page may be short, even empty, and yet have a token to go on."""
    if ask.log_stream_names is not None and ask.log_stream_name_prefix is not None:
        raise InvalidParameter("logStreamNames and logStreamNamePrefix cannot both be given.")
    try:
        matches = matcher(ask.filter_pattern or "")
    except PatternFault as fault:
        raise InvalidParameter(str(fault)) from None
    group = await here.asked(ask)
    span = (ask.start_time or 0, LAST[0] if ask.end_time is None else ask.end_time + 1)  # here the end is included
    names, prefix = ask.log_stream_names, ask.log_stream_name_prefix or ""
    window = await watching.window(here.desk, group, names=names, prefix=prefix, span=span)
    down = ask.start_from_head is False
    cut = LAST if down else FIRST
    where = f"filter {group.id}"
    if ask.next_token:
        at, line, down = here.place(ask.next_token, where, tuple[int, int, bool])
        cut = at, line
    limit = ask.limit or MOST_EVENTS
    page = await watching.lines(here.desk, window, cut, down=down, limit=limit, matches=matches)
    events = [
        {"logStreamName": event.stream, **_event(event), "eventId": f"{event.id:056d}"}  # as long as AWS's
        for event in page.events
    ]
    answer: dict[str, Any] = {"events": events, "searchedLogStreams": []}
    if page.more:
        answer["nextToken"] = here.token((*page.more, down), where)
    return answer


async def create_log_group(ask: CreateLogGroup, here: _Here) -> None:
    if ask.kms_key_id or ask.deletion_protection_enabled or ask.log_group_class not in {None, "STANDARD"}:
        raise InvalidParameter(
            "Keydesk does not serve kmsKeyId, deletionProtectionEnabled or a logGroupClass other than STANDARD."
        )
    await watching.make_group(here.desk, here.region, ask.log_group_name, ask.tags or {})


async def delete_log_group(ask: OneGroup, here: _Here) -> None:
    await watching.remove_group(here.desk, here.region, ask.log_group_name)


async def put_retention_policy(ask: PutRetentionPolicy, here: _Here) -> None:
    if ask.retention_in_days not in RETENTION_DAYS:
        days = ", ".join(map(str, RETENTION_DAYS))
        raise InvalidParameter(f"retentionInDays must be one of {days}.")
    await watching.keep_for(here.desk, here.region, ask.log_group_name, ask.retention_in_days)


async def delete_retention_policy(ask: OneGroup, here: _Here) -> None:
    await watching.keep_for(here.desk, here.region, ask.log_group_name, None)


async def list_tags_for_resource(ask: OneResource, here: _Here) -> dict[str, Any]:
    return {"tags": (await here.named(ask.resource_arn)).tags}


async def list_tags_log_group(ask: OneGroup, here: _Here) -> dict[str, Any]:
    return {"tags": (await here.named(ask.log_group_name)).tags}


async def tag_resource(ask: TagResource, here: _Here) -> None:
    await watching.tag(here.desk, await here.named(ask.resource_arn), ask.tags)


async def untag_resource(ask: UntagResource, here: _Here) -> None:
    await watching.untag(here.desk, await here.named(ask.resource_arn), ask.tag_keys)


Serve = Callable[[Any, _Here], Awaitable[dict[str, Any] | None]]
OPERATIONS: Final[Mapping[str, tuple[type[_Ask], Serve]]] = {
    "DescribeLogGroups": (DescribeLogGroups, describe_log_groups),
    "DescribeLogStreams": (DescribeLogStreams, describe_log_streams),
    "GetLogEvents": (GetLogEvents, events_of_stream),
    "FilterLogEvents": (FilterLogEvents, filter_log_events),
    "CreateLogGroup": (CreateLogGroup, create_log_group),
    "DeleteLogGroup": (OneGroup, delete_log_group),
    "PutRetentionPolicy": (PutRetentionPolicy, put_retention_policy),
    "DeleteRetentionPolicy": (OneGroup, delete_retention_policy),
    "ListTagsForResource": (OneResource, list_tags_for_resource),
    "ListTagsLogGroup": (OneGroup, list_tags_log_group),
    "TagResource": (TagResource, tag_resource),
    "UntagResource": (UntagResource, untag_resource),
}


async def answer(request: Request, caller: Caller, desk: Desk) -> Answer:
    """Serve the operation that the request's target names. Raises Refusal."""
    name = request.headers.get("x-amz-target", "").removeprefix(TARGET)
    if name not in OPERATIONS:
        raise UnknownOperation(f"Of CloudWatch Logs Keydesk serves {', '.join(OPERATIONS)}.")
    kind, serve = OPERATIONS[name]
    return json(await serve(body(request, kind), _Here(desk, caller.region)) or {})
