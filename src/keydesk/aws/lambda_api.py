"""The Lambda API's door: from method and path to a function of this face, and from a Refusal to the error SDKs read."""

from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, unquote

import msgspec

from keydesk.aws import lambda_functions as functions
from keydesk.aws import lambda_reads as reads
from keydesk.aws import lambda_versions as versions
from keydesk.aws.lambda_ask import JSON, Ask
from keydesk.aws.lambda_invoke import invoke
from keydesk.aws.lambda_permissions import add_permission, read_policy, remove_permission
from keydesk.aws.lambda_unserved import UNSERVED
from keydesk.domain.function_refusals import NotServed, Throttling
from keydesk.errors import InternalError, Refusal, RequestTooLarge
from keydesk.flows.call import Desk
from keydesk.wire.request import Answer, Request
from keydesk.wire.signature import Caller

BODY_LIMIT: Final = 70 << 20  # bytes; a zip of 50 MB grows by a third in base64


class Route(NamedTuple):
    """One row: the published name, where it is, what serves it. `query` must be among the parameters, if set."""

    name: str
    method: str
    path: str
    serve: Callable[[Ask], Awaitable[Answer]]
    query: str = ""


_F: Final = "/2015-03-31/functions"
_ONE: Final = _F + "/{FunctionName}"
_OF: Final = "/functions/{FunctionName}"

ROUTES: Final = (
    Route("CreateFunction", "POST", _F, functions.create_function),
    Route("ListFunctions", "GET", _F, functions.list_functions),
    Route("GetFunction", "GET", _ONE, functions.get_function),
    Route("DeleteFunction", "DELETE", _ONE, functions.delete_function),
    Route("GetFunctionConfiguration", "GET", _ONE + "/configuration", functions.get_function_configuration),
    Route("UpdateFunctionConfiguration", "PUT", _ONE + "/configuration", functions.update_function_configuration),
    Route("UpdateFunctionCode", "PUT", _ONE + "/code", functions.update_function_code),
    Route("Invoke", "POST", _ONE + "/invocations", invoke),
    Route("AddPermission", "POST", _ONE + "/policy", add_permission),
    Route("GetPolicy", "GET", _ONE + "/policy", read_policy),
    Route("RemovePermission", "DELETE", _ONE + "/policy/{StatementId}", remove_permission),
    Route("PublishVersion", "POST", _ONE + "/versions", versions.publish_version),
    Route("ListVersionsByFunction", "GET", _ONE + "/versions", versions.list_versions),
    Route("CreateAlias", "POST", _ONE + "/aliases", versions.create_alias),
    Route("ListAliases", "GET", _ONE + "/aliases", versions.list_aliases),
    Route("GetAlias", "GET", _ONE + "/aliases/{Name}", versions.read_alias),
    Route("UpdateAlias", "PUT", _ONE + "/aliases/{Name}", versions.update_alias),
    Route("DeleteAlias", "DELETE", _ONE + "/aliases/{Name}", versions.delete_alias),
    Route("ListTags", "GET", "/2017-03-31/tags/{Resource}", reads.list_tags),
    Route("TagResource", "POST", "/2017-03-31/tags/{Resource}", reads.tag_resource),
    Route("UntagResource", "DELETE", "/2017-03-31/tags/{Resource}", reads.untag_resource),
    Route("PutFunctionConcurrency", "PUT", f"/2017-10-31{_OF}/concurrency", reads.put_concurrency),
    Route("GetFunctionConcurrency", "GET", f"/2019-09-30{_OF}/concurrency", reads.read_concurrency),
    Route("DeleteFunctionConcurrency", "DELETE", f"/2017-10-31{_OF}/concurrency", reads.delete_concurrency),
    Route("GetFunctionCodeSigningConfig", "GET", f"/2020-06-30{_OF}/code-signing-config", reads.read_code_signing),
    Route(
        "GetRuntimeManagementConfig",
        "GET",
        f"/2021-07-20{_OF}/runtime-management-config",
        reads.read_runtime_management,
    ),
    Route(
        "PutRuntimeManagementConfig",
        "PUT",
        f"/2021-07-20{_OF}/runtime-management-config",
        reads.put_runtime_management,
    ),
    Route("GetFunctionRecursionConfig", "GET", f"/2024-08-31{_OF}/recursion-config", reads.read_recursion),
    Route("GetFunctionEventInvokeConfig", "GET", f"/2019-09-25{_OF}/event-invoke-config", reads.read_event_invoke),
    Route("GetFunctionUrlConfig", "GET", f"/2021-10-31{_OF}/url", reads.read_url),
    Route(
        "ListProvisionedConcurrencyConfigs",
        "GET",
        f"/2019-09-30{_OF}/provisioned-concurrency",
        reads.list_provisioned,
        query="List",
    ),
    Route(
        "GetProvisionedConcurrencyConfig",
        "GET",
        f"/2019-09-30{_OF}/provisioned-concurrency",
        reads.read_provisioned,
    ),
)


def ours(path: str) -> bool:
    """Whether a path belongs to the Lambda API: they all begin with the day of a version of it."""
    day, _, rest = path[1:].partition("/")
    return len(day) == 10 and day[:2] == "20" and day[4] == day[7] == "-" and bool(rest)


async def answer(request: Request, caller: Caller, desk: Desk) -> Answer:
    """Serve one request; who may ask has been decided before. Raises every Refusal: `refused` writes it."""
    route, values = _routed(request)
    query = dict(parse_qsl(request.query, keep_blank_values=True))
    return await route.serve(Ask(request, desk, caller.region, values, query))


def refused(refusal: Refusal) -> Answer:
    """The refusal as Lambda writes it: the code in a header, the sentence in the body under both spellings."""
    if isinstance(refusal, RequestTooLarge):
        refusal = _TooLarge()
    document = {
        "Type": "Service" if refusal.status >= 500 else "User",
        "Message": refusal.sentence,
        "message": refusal.sentence,
    }
    code = "ServiceException" if isinstance(refusal, InternalError) else refusal.code
    if isinstance(refusal, Throttling):
        document["Reason"] = "ConcurrentInvocationLimitExceeded"
    return Answer(msgspec.json.encode(document), refusal.status, JSON, {"x-amzn-ErrorType": code})


class _TooLarge(RequestTooLarge):
    default = f"Request must be smaller than {BODY_LIMIT} bytes."


def _routed(request: Request) -> tuple[Route, dict[str, str]]:
    """The row that serves the request, and the values of its template. Raises NotServed."""
    parts = request.raw_path.partition("?")[0].strip("/").split("/")
    for route in ROUTES:
        values = _values(route.path, parts)
        if values is not None and route.method == request.method and (not route.query or _asks(request, route.query)):
            return route, values
    for name, method, template, reason in UNSERVED:
        path, _, query = template.partition("?")
        if method == request.method and _values(path, parts) is not None and (not query or _asks(request, query)):
            raise NotServed(f"{name} is not served by Keydesk: {reason}.")
    raise NotServed(f"Lambda has no operation {request.method[:10]} {request.path[:200]}.")


def _asks(request: Request, name: str) -> bool:
    return any(key == name for key, _ in parse_qsl(request.query, keep_blank_values=True))


def _values(template: str, parts: list[str]) -> dict[str, str] | None:
    wanted = template[1:].split("/")
    if len(wanted) != len(parts):
        return None
    values: dict[str, str] = {}
    for want, part in zip(wanted, parts, strict=True):
        if want.startswith("{"):
            values[want[1:-1]] = unquote(part)
        elif want != part:
            return None
    return values
