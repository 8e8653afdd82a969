"""How the Lambda API shows a function, a version and an alias."""

from datetime import UTC, datetime
from typing import Any

from keydesk.domain.function import LATEST, Alias, Deployed, arn_of
from keydesk.flows import functions
from keydesk.flows.call import Desk


def configuration(deployed: Deployed, desk: Desk) -> dict[str, Any]:
    """FunctionConfiguration. A function is ready as soon as it is stored, so waiters end at once."""
    shown: dict[str, Any] = {
        "FunctionName": deployed.name,
        "FunctionArn": deployed.arn,
        "Runtime": deployed.runtime,
        "Role": deployed.role,
        "Handler": deployed.handler,
        "CodeSize": deployed.size,
        "Description": deployed.description,
        "Timeout": deployed.timeout,
        "MemorySize": deployed.memory,
        "LastModified": _iso(deployed.modified),
        "CodeSha256": deployed.code,
        "Version": deployed.version,
        "TracingConfig": {"Mode": deployed.tracing},
        "RevisionId": deployed.revision,
        "State": "Active",
        "LastUpdateStatus": "Successful",
        "PackageType": "Zip",
        "Architectures": [deployed.architecture],
        "EphemeralStorage": {"Size": deployed.storage},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": deployed.log_group, **deployed.logging},
        **deployed.kept,
    }
    if deployed.environment:
        shown["Environment"] = {"Variables": functions.variables_of(desk, deployed)}
    if deployed.layers:
        shown["Layers"] = [{"Arn": arn, "CodeSize": 0} for arn in deployed.layers]
    return shown


def version(deployed: Deployed, desk: Desk) -> dict[str, Any]:
    """The same where versions are listed: `$LATEST` says so in its ARN."""
    arn = arn_of(deployed.region, deployed.account, deployed.name, deployed.qualifier or LATEST)
    return {**configuration(deployed, desk), "FunctionArn": arn}


def alias(deployed: Deployed, one: Alias) -> dict[str, Any]:
    """AliasConfiguration."""
    shown: dict[str, Any] = {
        "AliasArn": arn_of(deployed.region, deployed.account, deployed.name, one.name),
        "Name": one.name,
        "FunctionVersion": one.version,
        "Description": one.description,
        "RevisionId": one.revision,
    }
    if one.weights:
        shown["RoutingConfig"] = {"AdditionalVersionWeights": one.weights}
    return shown


def _iso(milliseconds: int) -> str:
    moment = datetime.fromtimestamp(milliseconds // 1000, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{milliseconds % 1000:03d}+0000"
