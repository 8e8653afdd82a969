"""The published limits of the Lambda API's members, and the sentence that tells all faults at once."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

import msgspec

from keydesk.domain.function_refusals import InvalidRequest

_ARN: Final = r"(arn:(aws[a-zA-Z-]*)?:lambda:)?"
_REGION: Final = r"((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1}:)?"


class Limit(msgspec.Struct, frozen=True):
    """One row: a text's length and pattern, a number's range, or the values there are."""

    least: int = 0
    most: int = 10_000
    pattern: str = ""
    values: tuple[str, ...] = ()
    number: bool = False


LIMITS: Final[Mapping[str, Limit]] = {
    "FunctionName": Limit(
        1, 256, rf"{_ARN}{_REGION}(\d{{12}}:)?(function:)?([a-zA-Z0-9-_]+)(:(\$LATEST|[a-zA-Z0-9-_]+))?"
    ),
    "Qualifier": Limit(1, 128, r"\$LATEST|[a-zA-Z0-9-_]+"),
    "Role": Limit(0, 10_000, r"arn:(aws[a-zA-Z-]*)?:iam::\d{12}:role/?[a-zA-Z_0-9+=,.@\-_/]+"),
    "Handler": Limit(0, 128, r"[^\s]+"),
    "Description": Limit(0, 256),
    "Timeout": Limit(1, 900, number=True),
    "MemorySize": Limit(128, 10_240, number=True),
    "MaxItems": Limit(1, 10_000, number=True),
    "PackageType": Limit(values=("Image", "Zip")),
    "KMSKeyArn": Limit(pattern=r"(arn:(aws[a-zA-Z-]*)?:[a-z0-9-.]+:.*)|()"),
    "StatementId": Limit(1, 100, r"([a-zA-Z0-9-_]+)"),
    "Action": Limit(pattern=r"(lambda:[*]|lambda:[a-zA-Z]+|[*])"),
    "Principal": Limit(0, 2048, r"[^\s]+"),
    "SourceArn": Limit(
        pattern=r"arn:(aws[a-zA-Z0-9-]*):([a-zA-Z0-9\-])+:"
        r"((eusc-)?[a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\d{1})?:(\d{12})?:(.*)"
    ),
    "SourceAccount": Limit(0, 12, r"\d{12}"),
    "EventSourceToken": Limit(0, 256, r"[a-zA-Z0-9._\-]+"),
    "PrincipalOrgID": Limit(12, 34, r"o-[a-z0-9]{10,32}"),
    "FunctionUrlAuthType": Limit(values=("NONE", "AWS_IAM")),
    "Name": Limit(1, 128, r"(?!^[0-9]+$)([a-zA-Z0-9-_]+)"),
    "FunctionVersion": Limit(1, 1024, r"(\$LATEST|[0-9]+)"),
    "ReservedConcurrentExecutions": Limit(0, 1_000_000, number=True),
    "EphemeralStorage.Size": Limit(512, 10_240, number=True),
    "TracingConfig.Mode": Limit(values=("Active", "PassThrough")),
    "LoggingConfig.LogFormat": Limit(values=("JSON", "Text")),
    "LoggingConfig.ApplicationLogLevel": Limit(values=("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")),
    "LoggingConfig.SystemLogLevel": Limit(values=("DEBUG", "INFO", "WARN")),
    "LoggingConfig.LogGroup": Limit(1, 512, r"[\.\-_/#A-Za-z0-9]+"),
    "InvocationType": Limit(values=("Event", "RequestResponse", "DryRun")),
    "LogType": Limit(values=("None", "Tail")),
}
_PATTERNS: Final = {name: re.compile(limit.pattern, re.ASCII) for name, limit in LIMITS.items() if limit.pattern}


def check(said: object, needed: tuple[str, ...] = ()) -> None:
    """Hold members against their limits, structures one level deep. Raises InvalidRequest that tells every fault.

    `needed` are members that must be there. What has no row has no limit.
    """
    members = said if isinstance(said, Mapping) else {}
    faults = [_fault("null", name, "Member must not be null") for name in needed if members.get(name) is None]
    for name, value in _flat(members):
        faults += [_fault(f"'{value}'", name, why) for why in _faults(name, value)]
    if faults:
        count = f"{len(faults)} validation error{'s' if len(faults) > 1 else ''} detected: "
        raise InvalidRequest(count + "; ".join(faults))


def _flat(members: Mapping[str, Any]) -> Iterator[tuple[str, str | int]]:
    for name, value in members.items():
        inner = value.items() if isinstance(value, Mapping) else ()
        for path, one in ((name, value), *((f"{name}.{key}", one) for key, one in inner)):
            limit = LIMITS.get(path)
            if limit and isinstance(one, int if limit.number else str) and not isinstance(one, bool):
                yield path, one


def _faults(name: str, value: str | int) -> Iterator[str]:
    limit = LIMITS[name]
    if isinstance(value, int):
        if value < limit.least:
            yield f"Member must have value greater than or equal to {limit.least}"
        if value > limit.most:
            yield f"Member must have value less than or equal to {limit.most}"
        return
    if limit.values and value not in limit.values:
        yield f"Member must satisfy enum value set: [{', '.join(limit.values)}]"
    if len(value) < limit.least:
        yield f"Member must have length greater than or equal to {limit.least}"
    if len(value) > limit.most:
        yield f"Member must have length less than or equal to {limit.most}"
    elif name in _PATTERNS and not _PATTERNS[name].fullmatch(value):
        yield f"Member must satisfy regular expression pattern: {limit.pattern}"


def _fault(value: str, name: str, why: str) -> str:
    path = ".".join(part[:1].lower() + part[1:] for part in name.split("."))
    return f"Value {value[:300]} at '{path}' failed to satisfy constraint: {why}"
