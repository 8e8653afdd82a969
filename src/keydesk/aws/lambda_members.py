"""A function's members as the Lambda API takes them: what they become, and what is refused, each with its reason."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from keydesk.aws import lambda_forms as forms
from keydesk.domain.function_refusals import InvalidValue

RUNTIMES: Final = re.compile(r"python3\.[0-9]{1,2}|nodejs(20|22|24)\.x")
VARIABLES_LIMIT: Final = 4096  # bytes of the variables as JSON
TAGS_LIMIT: Final = 50
_VARIABLE: Final = re.compile(r"[a-zA-Z]([a-zA-Z0-9_])+")
# Lambda reserves the credentials, too; there are no roles here, so a function's own variables are where they come from.
_RESERVED: Final = frozenset(
    {
        "_HANDLER",
        "_X_AMZN_TRACE_ID",
        "AWS_DEFAULT_REGION",
        "AWS_EXECUTION_ENV",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        "AWS_LAMBDA_FUNCTION_NAME",
        "AWS_LAMBDA_FUNCTION_VERSION",
        "AWS_LAMBDA_INITIALIZATION_TYPE",
        "AWS_LAMBDA_LOG_GROUP_NAME",
        "AWS_LAMBDA_LOG_STREAM_NAME",
        "AWS_LAMBDA_RUNTIME_API",
        "AWS_REGION",
        "LAMBDA_RUNTIME_DIR",
        "LAMBDA_TASK_ROOT",
    }
)
# Members that would change what a function is. Refused by name, each with its reason.
_REFUSED: Final[Mapping[str, tuple[str, str]]] = {
    "image_config": ("ImageConfig", "functions run from zip archives only"),
    "code_signing_config_arn": ("CodeSigningConfigArn", "signatures of code are not checked"),
    "durable_config": ("DurableConfig", "durable executions are not served"),
    "tenancy_config": ("TenancyConfig", "workers are not kept apart by tenant"),
    "capacity_provider_config": ("CapacityProviderConfig", "functions run on this machine only"),
    "runtime_config": ("RuntimeConfig", "runtimes are those of this machine"),
    "accelerator_config": ("AcceleratorConfig", "functions run on this machine only"),
}
# Members that are stored and shown, and change nothing here. Setting one is logged as a warning.
NO_EFFECT: Final[Mapping[str, str]] = {
    "layers": "Layers",
    "vpc_config": "VpcConfig",
    "dead_letter_config": "DeadLetterConfig",
    "kms_key_arn": "KMSKeyArn",
    "file_system_configs": "FileSystemConfigs",
    "logging_config": "LoggingConfig",
}
_KEPT: Final = ("vpc_config", "dead_letter_config", "kms_key_arn", "file_system_configs")
_PLAIN: Final = {
    "handler": "handler",
    "role": "role",
    "description": "description",
    "timeout": "timeout",
    "memory_size": "memory",
}


def served_runtime(name: str) -> str:
    """The runtime, if this server runs it. Raises InvalidValue."""
    if not RUNTIMES.fullmatch(name):
        raise InvalidValue(
            f"The runtime {name[:100]} is not served: Keydesk runs python3.x, nodejs20.x, nodejs22.x and nodejs24.x."
        )
    return name


def changes(form: forms.Configuration) -> dict[str, Any]:
    """What the form says, as fields of `Deployed`; what it leaves out is left out. Raises InvalidValue."""
    for member, (name, reason) in _REFUSED.items():
        if getattr(form, member):
            raise InvalidValue(f"{name} is not served: {reason}.")
    if (form.snap_start or {}).get("ApplyOn", "None") != "None":
        raise InvalidValue("SnapStart is not served: workers are started as they are needed.")
    said: dict[str, Any] = {
        field: getattr(form, member) for member, field in _PLAIN.items() if getattr(form, member) is not None
    }
    if form.handler is not None and (".." in form.handler or form.handler.startswith(("/", "."))):
        raise InvalidValue("The handler must name a file inside the archive.")
    if form.runtime is not None:
        said["runtime"] = served_runtime(form.runtime)
    if form.ephemeral_storage is not None:
        said["storage"] = form.ephemeral_storage.size
    if form.tracing_config is not None:
        said["tracing"] = form.tracing_config.mode
    if form.logging_config is not None:
        said["logging"] = form.logging_config
    if form.layers is not None:
        said["layers"] = tuple(form.layers)
    kept = {NO_EFFECT[member]: getattr(form, member) for member in _KEPT if getattr(form, member) is not None}
    return {**said, "kept": kept}


def variables(form: forms.Configuration) -> dict[str, str] | None:
    """The variables, or None where the form says nothing of them. Raises InvalidValue; its sentence holds no value."""
    if form.environment is None:
        return None
    said = form.environment.variables
    reserved = sorted(name for name in said if name in _RESERVED)
    if reserved:
        raise InvalidValue(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided contains reserved keys that are currently not supported for modification. Reserved keys used in "
            f"this request: {', '.join(reserved)}"
        )
    if not all(_VARIABLE.fullmatch(name) for name in said):
        raise InvalidValue("A variable's name begins with a letter and has two or more letters, digits or underscores.")
    if any("\0" in value for value in said.values()):
        raise InvalidValue("A variable's value cannot hold a null character.")
    if len(msgspec.json.encode(said)) > VARIABLES_LIMIT:
        raise InvalidValue(
            "Lambda was unable to configure your environment variables because the environment variables you have "
            "provided exceeded the 4KB limit."
        )
    return said


def zipped(code: forms.Code) -> bytes:
    """The zip of a request. Raises InvalidValue where the code is elsewhere or missing."""
    if code.s3_bucket:
        raise InvalidValue("Code in S3 is not served: send the archive itself, as ZipFile.")
    if code.image_uri:
        raise InvalidValue("Container images are not served: send a zip archive, as ZipFile.")
    if not code.zip_file:
        raise InvalidValue("Please provide a source for function code.")
    return code.zip_file


def tagged(tags: Mapping[str, str]) -> dict[str, str]:
    """Tags within their limits. Raises InvalidValue."""
    if len(tags) > TAGS_LIMIT:
        raise InvalidValue(f"A function has at most {TAGS_LIMIT} tags.")
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 256:
            raise InvalidValue("A tag's key has 1 to 128 characters, its value at most 256.")
        if key.lower().startswith("aws:"):
            raise InvalidValue("Tag keys that begin with aws: are reserved.")
    return dict(tags)
