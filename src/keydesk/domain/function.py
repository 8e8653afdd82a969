"""A deployed function: its configuration, versions, aliases, and who may invoke it.

A published version is a copy of the configuration at that time; aliases, permissions and tags belong to the function
and are read with every version. Nothing here is ever changed in place.
"""

import functools
import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

LATEST: Final = "$LATEST"
COGNITO: Final = "cognito-idp.amazonaws.com"
INVOKE: Final = "lambda:InvokeFunction"

_PARTITION = r"aws[a-zA-Z-]*"
_REGION = r"[a-z]{2,}(?:-[a-z]+)+-\d"
_NAME = re.compile(
    rf"(?:arn:{_PARTITION}:lambda:)?(?:(?P<region>{_REGION}):)?(?:(?P<account>\d{{12}}):)?(?:function:)?"
    r"(?P<name>[a-zA-Z0-9_-]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?",
    re.ASCII,
)
_ARN = re.compile(
    rf"arn:{_PARTITION}:lambda:(?P<region>[a-z0-9-]+):(?P<account>\d{{12}}):function:"
    r"(?P<name>[a-zA-Z0-9_-]+)(?::(?P<qualifier>\$LATEST|[a-zA-Z0-9_-]+))?",
    re.ASCII,
)


class Reference(msgspec.Struct, frozen=True):
    """What a caller named. `qualifier` is a version number, `$LATEST`, an alias, or empty."""

    region: str
    account: str
    name: str
    qualifier: str = ""

    @property
    def arn(self) -> str:
        return arn_of(self.region, self.account, self.name, self.qualifier)


def arn_of(region: str, account: str, name: str, qualifier: str = "") -> str:
    """The ARN of a function, or of one of its versions or aliases."""
    return f"arn:aws:lambda:{region}:{account}:function:{name}" + (f":{qualifier}" if qualifier else "")


def reference(said: str, region: str, account: str) -> Reference | None:
    """A FunctionName as the Lambda API takes it: a name or an ARN, whole or in part, with a qualifier or without.

    `region` and `account` stand for what it leaves out. None where it is none of these.
    """
    found = _NAME.fullmatch(said)
    if found is None:
        return None
    return Reference(found["region"] or region, found["account"] or account, found["name"], found["qualifier"] or "")


def by_arn(arn: str) -> Reference | None:
    """A whole function ARN: plain, of a version or of an alias. None for any other text."""
    found = _ARN.fullmatch(arn)
    if found is None:
        return None
    return Reference(found["region"], found["account"], found["name"], found["qualifier"] or "")


class Statement(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One permission of the resource policy, on the function or on one version or alias (`qualifier`).

    `unmet` holds conditions on things that a user pool never sends (an organisation, a function URL, a token), by
    their IAM key: shown as they were given, and never true for a trigger.
    """

    id: str
    action: str
    principal: str
    source_arn: str = ""
    source_account: str = ""
    qualifier: str = ""
    unmet: tuple[tuple[str, str, str], ...] = ()  # operator, key, value


class Alias(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A name for a version. `weights` sends a share (0 to 1) of the calls to a second version."""

    name: str
    version: str
    description: str = ""
    weights: dict[str, float] = {}
    revision: str = ""


class Deployed(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A function as one version of it is (`version`), asked for by `qualifier`.

    `build` changes whenever a warm worker of before must not answer any more: with the code and the configuration.
    """

    name: str
    region: str
    account: str
    runtime: str
    handler: str
    role: str = ""
    description: str = ""
    timeout: int = 3  # seconds
    memory: int = 128  # MB
    environment: bytes = b""  # sealed JSON object; empty where the function has no variables
    code: str = ""  # SHA-256 of the archive, base64 as the Lambda API shows it
    digest: str = ""  # the same in hexadecimal: the archive's name here
    size: int = 0  # of the archive, in bytes
    architecture: str = "x86_64"
    layers: tuple[str, ...] = ()  # ARNs
    storage: int = 512  # MB of /tmp
    logging: dict[str, str] = {}  # members of LoggingConfig
    tracing: str = "PassThrough"
    kept: dict[str, Any] = {}  # members that are stored and shown, but mean nothing here (VpcConfig, …)
    folder: str = ""  # of the handler's file, where the function comes from a watched folder
    build: str = ""
    revision: str = ""
    modified: int = 0  # epoch milliseconds
    version: str = LATEST
    qualifier: str = ""
    # Of the function, whatever the version:
    tags: dict[str, str] = {}
    statements: tuple[Statement, ...] = ()
    aliases: dict[str, Alias] = {}
    next_version: int = 1
    concurrency: int | None = None  # most runs at once; None for no limit of its own
    rev: int = 1  # of the row

    @property
    def plain_arn(self) -> str:
        return arn_of(self.region, self.account, self.name)

    @property
    def arn(self) -> str:
        """The ARN with the qualifier that it was asked by."""
        return arn_of(self.region, self.account, self.name, self.qualifier)

    @property
    def log_group(self) -> str:
        return self.logging.get("LogGroup") or f"/aws/lambda/{self.name}"

    def as_version(self, version: "Deployed", qualifier: str) -> "Deployed":
        """A published version, with what belongs to the function as it is now."""
        return msgspec.structs.replace(
            version,
            qualifier=qualifier,
            tags=self.tags,
            statements=self.statements,
            aliases=self.aliases,
            next_version=self.next_version,
            concurrency=self.concurrency,
            rev=self.rev,
        )

    def policy(self, qualifier: str) -> tuple[Statement, ...]:
        """The statements on one qualifier; none of them reaches beyond it."""
        return tuple(statement for statement in self.statements if statement.qualifier == qualifier)


def may_invoke(deployed: Deployed, *, source_arn: str, account: str, principal: str = COGNITO) -> bool:
    """Whether the resource policy lets a service invoke the function for one source (specification, section 1.2).

    `source_arn` and `account` are the user pool's. Only statements on the very qualifier that was asked count, as IAM
    compares the resource ARN whole.
    """
    return _lets_in(deployed.policy(deployed.qualifier), source_arn, account, principal)


@functools.lru_cache(maxsize=1024)
def _lets_in(policy: tuple[Statement, ...], source_arn: str, account: str, principal: str) -> bool:
    return any(
        _acts(statement.action)
        and statement.principal in (principal, "*")
        and not statement.unmet
        and (not statement.source_arn or arn_like(statement.source_arn, source_arn))
        and (not statement.source_account or statement.source_account == account)
        for statement in policy
    )


def _acts(action: str) -> bool:
    return _like(action.lower(), INVOKE.lower())


def arn_like(pattern: str, arn: str) -> bool:
    """IAM's ArnLike: each of the six parts of the ARN by itself, `*` for any run, `?` for one character."""
    wanted, said = pattern.split(":", 5), arn.split(":", 5)
    if len(wanted) != len(said):
        return pattern == "*"
    return all(_like(part, other) for part, other in zip(wanted, said, strict=True))


def _like(pattern: str, text: str) -> bool:
    """Glob matching in at most as many steps as the product of the lengths; a regular expression may take for ever."""
    if "*" not in pattern and "?" not in pattern:
        return pattern == text
    at, star, mark = 0, -1, 0
    index = 0
    while index < len(text):
        if at < len(pattern) and pattern[at] == "*":
            star, mark = at, index
            at += 1
        elif at < len(pattern) and pattern[at] in ("?", text[index]):
            at, index = at + 1, index + 1
        elif star >= 0:
            mark += 1
            at, index = star + 1, mark
        else:
            return False
    return not pattern[at:].strip("*")


def grant_id(pool_arn: str, trigger: str) -> str:
    """The statement id under which Keydesk lets a pool in by itself: `keydesk-<pool id>-<trigger>`."""
    return f"keydesk-{pool_arn.rpartition('/')[2]}-{trigger}"


def granted(deployed: Deployed, pool_arn: str, account: str, trigger: str) -> Deployed:
    """The function with a permission for the pool, as C-14 of the specification wants it where a trigger is set.

    The very same function where the pool may invoke it already.
    """
    if may_invoke(deployed, source_arn=pool_arn, account=account):
        return deployed
    statement = Statement(
        id=grant_id(pool_arn, trigger),
        action=INVOKE,
        principal=COGNITO,
        source_arn=pool_arn,
        source_account=account,
        qualifier=deployed.qualifier,
    )
    others = tuple(one for one in deployed.statements if (one.id, one.qualifier) != (statement.id, statement.qualifier))
    return msgspec.structs.replace(deployed, statements=(*others, statement))


def policy_document(deployed: Deployed, qualifier: str) -> dict[str, Any]:
    """The policy of one qualifier as IAM writes it."""
    arn = arn_of(deployed.region, deployed.account, deployed.name, qualifier)
    statements = [statement_document(statement, arn) for statement in deployed.policy(qualifier)]
    return {"Version": "2012-10-17", "Id": "default", "Statement": statements}


def statement_document(statement: Statement, arn: str) -> dict[str, Any]:
    """One statement as IAM writes it; `arn` is the resource."""
    document: dict[str, Any] = {
        "Sid": statement.id,
        "Effect": "Allow",
        "Principal": _principal(statement.principal),
        "Action": statement.action,
        "Resource": arn,
    }
    conditions: dict[str, dict[str, str]] = {}
    if statement.source_account:
        conditions.setdefault("StringEquals", {})["AWS:SourceAccount"] = statement.source_account
    if statement.source_arn:
        conditions.setdefault("ArnLike", {})["AWS:SourceArn"] = statement.source_arn
    for operator, key, value in statement.unmet:
        conditions.setdefault(operator, {})[key] = value
    if conditions:
        document["Condition"] = conditions
    return document


def _principal(said: str) -> str | Mapping[str, str]:
    if said == "*":
        return "*"
    if re.fullmatch(r"[0-9]{12}", said):
        return {"AWS": f"arn:aws:iam::{said}:root"}
    return {"AWS": said} if said.startswith("arn:") else {"Service": said}
