"""What the operations of the Lambda API read. Members that are not here are not looked at, as AWS does."""

from typing import Any

import msgspec


class Environment(msgspec.Struct, rename="pascal"):
    variables: dict[str, str] = {}


class Storage(msgspec.Struct, rename="pascal"):
    size: int


class Tracing(msgspec.Struct, rename="pascal"):
    mode: str = "PassThrough"


class Configuration(msgspec.Struct, rename="pascal", kw_only=True):
    """The members that CreateFunction and UpdateFunctionConfiguration share; None where nothing was said.

    The last ones mean nothing on this server, or are refused (`lambda_functions.py` says which).
    """

    runtime: str | None = None
    role: str | None = None
    handler: str | None = None
    description: str | None = None
    timeout: int | None = None
    memory_size: int | None = None
    environment: Environment | None = None
    ephemeral_storage: Storage | None = None
    tracing_config: Tracing | None = None
    logging_config: dict[str, str] | None = None
    layers: list[str] | None = None
    revision_id: str | None = None
    vpc_config: dict[str, Any] | None = None
    dead_letter_config: dict[str, Any] | None = None
    kms_key_arn: str | None = msgspec.field(default=None, name="KMSKeyArn")
    file_system_configs: list[Any] | None = None
    snap_start: dict[str, Any] | None = None
    image_config: dict[str, Any] | None = None
    code_signing_config_arn: str | None = None
    durable_config: dict[str, Any] | None = None
    tenancy_config: dict[str, Any] | None = None
    capacity_provider_config: dict[str, Any] | None = None
    runtime_config: dict[str, Any] | None = None
    accelerator_config: dict[str, Any] | None = None


class Code(msgspec.Struct, rename="pascal", kw_only=True):
    """Where code is. Only a zip in the request can be served."""

    zip_file: bytes | None = None
    s3_bucket: str | None = msgspec.field(default=None, name="S3Bucket")
    image_uri: str | None = None


class Create(Configuration, rename="pascal", kw_only=True):
    function_name: str | None = None
    code: Code | None = None
    package_type: str = "Zip"
    architectures: list[str] | None = None
    publish: bool = False
    tags: dict[str, str] = {}


class UpdateCode(Code, rename="pascal", kw_only=True):
    architectures: list[str] | None = None
    publish: bool = False
    dry_run: bool = False
    revision_id: str | None = None


class Publish(msgspec.Struct, rename="pascal"):
    code_sha256: str | None = msgspec.field(default=None, name="CodeSha256")
    description: str | None = None
    revision_id: str | None = None


class Routing(msgspec.Struct, rename="pascal"):
    additional_version_weights: dict[str, float] = {}


class SetAlias(msgspec.Struct, rename="pascal", kw_only=True):
    """CreateAlias and UpdateAlias."""

    name: str | None = None
    function_version: str | None = None
    description: str | None = None
    routing_config: Routing | None = None
    revision_id: str | None = None


class Permission(msgspec.Struct, rename="pascal", kw_only=True):
    statement_id: str | None = None
    action: str | None = None
    principal: str | None = None
    source_arn: str = ""
    source_account: str = ""
    event_source_token: str = ""
    principal_org_id: str = msgspec.field(default="", name="PrincipalOrgID")
    function_url_auth_type: str = ""
    invoked_via_function_url: bool = False
    revision_id: str | None = None


class Tags(msgspec.Struct, rename="pascal"):
    tags: dict[str, str] = {}


class Concurrency(msgspec.Struct, rename="pascal"):
    reserved_concurrent_executions: int


class Updates(msgspec.Struct, rename="pascal"):
    """Runtime management."""

    update_runtime_on: str
