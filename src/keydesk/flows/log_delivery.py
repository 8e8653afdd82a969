"""What a pool tells a log group: messages that could not be sent (userNotification), and what users did at the door.

Only log groups of this server are written to. An entry is one line of JSON, as the developer guide shows it:
https://docs.aws.amazon.com/cognito/latest/developerguide/exporting-quotas-and-usage.html
"""

from datetime import UTC, datetime
from typing import Any, Final

import msgspec
from msgspec.structs import replace

from keydesk.domain.pool import Pool
from keydesk.errors import InvalidParameter, ResourceNotFound
from keydesk.flows import pool_rules, pools, stored_only
from keydesk.flows.call import Call, Desk
from keydesk.shapes.types import LogConfigurationType, UserPoolType
from keydesk.store import logs

NOTIFICATION: Final = "userNotification"
ACTIVITY: Final = "userAuthEvents"
LEVELS: Final = {NOTIFICATION: "ERROR", ACTIVITY: "INFO"}
NAMES: Final = {NOTIFICATION: "USER_NOTIFICATION", ACTIVITY: "USER_ACTIVITY"}  # in an entry


async def configure(pool_id: str, said: list[LogConfigurationType], call: Call) -> list[LogConfigurationType]:
    """Replace where the pool's logs go. Raises ResourceNotFound, InvalidParameter, FeatureUnavailableInTier."""
    pool = await pools.here(pool_id, call)
    _check(said)
    _check_tier(said, pool.settings)
    for one in said:
        await _check_group(one, call)
    await pools.rewrite(pool_id, lambda pool: replace(pool, logs=said), call)
    for one in said:
        stored_only.warn(pool_id, one)
    return said


def tell(source: str, pool: Pool, message: dict[str, Any], desk: Desk) -> None:
    """An entry for the pool's log group, if it has one for this source. Nobody waits for it."""
    for one in pool.logs:
        group = _group(one, pool.region, desk.account) if one.event_source == source else ""
        if group:
            _write(group, source, pool, message, desk)


def _write(group: str, source: str, pool: Pool, message: dict[str, Any], desk: Desk) -> None:
    now = desk.clock()
    entry = {
        "eventTimestamp": str(now),
        "eventSource": NAMES[source],
        "logLevel": LEVELS[source],
        "message": message,
        "logSourceId": {"userPoolId": pool.id},
    }
    stream = f"{pool.id}/{datetime.fromtimestamp(now // 1000, UTC):%Y/%m/%d}"
    desk.journal.lines(pool.region, group, stream, [(now, msgspec.json.encode(entry).decode())])


def _check(said: list[LogConfigurationType]) -> None:
    """One configuration for each source, at its own level, with one destination; messages go to a log group only."""
    if len({one.event_source for one in said}) < len(said):
        raise InvalidParameter("Each event source can be configured once.")
    for one in said:
        if one.log_level != LEVELS[one.event_source]:
            raise InvalidParameter(
                f"The log level of the event source {one.event_source} must be {LEVELS[one.event_source]}."
            )
        others = (one.s3_configuration, one.firehose_configuration)
        named = [destination for destination in (one.cloud_watch_logs_configuration, *others) if destination]
        if len(named) != 1:
            raise InvalidParameter(f"The event source {one.event_source} must have exactly one destination.")
        if one.event_source == NOTIFICATION and any(others):
            raise InvalidParameter(f"The event source {NOTIFICATION} can be delivered to CloudWatch Logs only.")


def _check_tier(said: list[LogConfigurationType], settings: UserPoolType) -> None:
    if settings.user_pool_tier != "PLUS" and any(one.event_source == ACTIVITY for one in said):
        raise pool_rules.beyond_tier(settings, "Threat Protection Log Export")


async def _check_group(said: LogConfigurationType, call: Call) -> None:
    """A log group that is named is one of the pool's account and region, and is there."""
    if said.cloud_watch_logs_configuration is None:
        return
    group = _group(said, call.region, call.desk.account)
    if not group or await call.store.read(logs.group, call.region, group) is None:
        raise ResourceNotFound("The specified log group does not exist.")


def _group(said: LogConfigurationType, region: str, account: str) -> str:
    """The name of the log group; empty where the configuration names none of this account and region."""
    arn = (said.cloud_watch_logs_configuration and said.cloud_watch_logs_configuration.log_group_arn) or ""
    start = f"arn:aws:logs:{region}:{account}:log-group:"
    return arn.removeprefix(start) if arn.startswith(start) else ""
