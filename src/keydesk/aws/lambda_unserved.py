"""UNSERVED: the operations of the Lambda API that Keydesk refuses, each by its name and with its reason.

A path that ends with `?name` is meant only where that parameter is given.
"""

from typing import Final

ACCOUNT: Final = "there are no account limits here"
ASYNC: Final = "AWS retired it; use Invoke with the invocation type Event"
CAPACITY: Final = "functions run on this machine only"
DURABLE: Final = "durable executions are not served"
LAYERS: Final = "there are no layers: put the code into the function's own archive"
POLICY: Final = "use AddPermission and RemovePermission"
PROVISIONED: Final = "workers stay warm by themselves"
RECURSION: Final = "runs that call themselves are not watched"
RETRIES: Final = "an event that fails is not tried again"
SIGNING: Final = "signatures of code are not checked"
SOURCES: Final = "functions are invoked by user pools and by Invoke only"
STREAM: Final = "answers are given whole; use Invoke"
URLS: Final = "functions have no addresses of their own"

# fmt: off
UNSERVED: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("AddLayerVersionPermission", "POST", "/2018-10-31/layers/{}/versions/{}/policy", LAYERS),
    ("CheckpointDurableExecution", "POST", "/2025-12-01/durable-executions/{}/checkpoint", DURABLE),
    ("CreateCapacityProvider", "POST", "/2025-11-30/capacity-providers", CAPACITY),
    ("CreateCodeSigningConfig", "POST", "/2020-04-22/code-signing-configs", SIGNING),
    ("CreateEventSourceMapping", "POST", "/2015-03-31/event-source-mappings", SOURCES),
    ("CreateFunctionUrlConfig", "POST", "/2021-10-31/functions/{}/url", URLS),
    ("DeleteCapacityProvider", "DELETE", "/2025-11-30/capacity-providers/{}", CAPACITY),
    ("DeleteCodeSigningConfig", "DELETE", "/2020-04-22/code-signing-configs/{}", SIGNING),
    ("DeleteDurableExecution", "DELETE", "/2025-12-01/durable-executions/{}", DURABLE),
    ("DeleteEventSourceMapping", "DELETE", "/2015-03-31/event-source-mappings/{}", SOURCES),
    ("DeleteFunctionCodeSigningConfig", "DELETE", "/2020-06-30/functions/{}/code-signing-config", SIGNING),
    ("DeleteFunctionEventInvokeConfig", "DELETE", "/2019-09-25/functions/{}/event-invoke-config", RETRIES),
    ("DeleteFunctionUrlConfig", "DELETE", "/2021-10-31/functions/{}/url", URLS),
    ("DeleteLayerVersion", "DELETE", "/2018-10-31/layers/{}/versions/{}", LAYERS),
    ("DeleteProvisionedConcurrencyConfig", "DELETE", "/2019-09-30/functions/{}/provisioned-concurrency", PROVISIONED),
    ("DeleteResourcePolicy", "DELETE", "/2026-07-09/resource-policy/{}", POLICY),
    ("GetAccountSettings", "GET", "/2016-08-19/account-settings", ACCOUNT),
    ("GetCapacityProvider", "GET", "/2025-11-30/capacity-providers/{}", CAPACITY),
    ("GetCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{}", SIGNING),
    ("GetDurableExecution", "GET", "/2025-12-01/durable-executions/{}", DURABLE),
    ("GetDurableExecutionHistory", "GET", "/2025-12-01/durable-executions/{}/history", DURABLE),
    ("GetDurableExecutionState", "GET", "/2025-12-01/durable-executions/{}/state", DURABLE),
    ("GetEventSourceMapping", "GET", "/2015-03-31/event-source-mappings/{}", SOURCES),
    ("GetFunctionScalingConfig", "GET", "/2025-11-30/functions/{}/function-scaling-config", CAPACITY),
    ("GetLayerVersion", "GET", "/2018-10-31/layers/{}/versions/{}", LAYERS),
    ("GetLayerVersionByArn", "GET", "/2018-10-31/layers?find", LAYERS),
    ("GetLayerVersionPolicy", "GET", "/2018-10-31/layers/{}/versions/{}/policy", LAYERS),
    ("GetResourcePolicy", "GET", "/2026-07-09/resource-policy/{}", POLICY),
    ("InvokeAsync", "POST", "/2014-11-13/functions/{}/invoke-async", ASYNC),
    ("InvokeWithResponseStream", "POST", "/2021-11-15/functions/{}/response-streaming-invocations", STREAM),
    ("ListCapacityProviders", "GET", "/2025-11-30/capacity-providers", CAPACITY),
    ("ListCodeSigningConfigs", "GET", "/2020-04-22/code-signing-configs", SIGNING),
    ("ListDurableExecutionsByFunction", "GET", "/2025-12-01/functions/{}/durable-executions", DURABLE),
    ("ListEventSourceMappings", "GET", "/2015-03-31/event-source-mappings", SOURCES),
    ("ListFunctionEventInvokeConfigs", "GET", "/2019-09-25/functions/{}/event-invoke-config/list", RETRIES),
    ("ListFunctionUrlConfigs", "GET", "/2021-10-31/functions/{}/urls", URLS),
    ("ListFunctionVersionsByCapacityProvider", "GET", "/2025-11-30/capacity-providers/{}/function-versions", CAPACITY),
    ("ListFunctionsByCodeSigningConfig", "GET", "/2020-04-22/code-signing-configs/{}/functions", SIGNING),
    ("ListLayerVersions", "GET", "/2018-10-31/layers/{}/versions", LAYERS),
    ("ListLayers", "GET", "/2018-10-31/layers", LAYERS),
    ("PauseDurableExecution", "POST", "/2025-12-01/durable-executions/{}/pause", DURABLE),
    ("PublishLayerVersion", "POST", "/2018-10-31/layers/{}/versions", LAYERS),
    ("PutFunctionCodeSigningConfig", "PUT", "/2020-06-30/functions/{}/code-signing-config", SIGNING),
    ("PutFunctionEventInvokeConfig", "PUT", "/2019-09-25/functions/{}/event-invoke-config", RETRIES),
    ("PutFunctionRecursionConfig", "PUT", "/2024-08-31/functions/{}/recursion-config", RECURSION),
    ("PutFunctionScalingConfig", "PUT", "/2025-11-30/functions/{}/function-scaling-config", CAPACITY),
    ("PutProvisionedConcurrencyConfig", "PUT", "/2019-09-30/functions/{}/provisioned-concurrency", PROVISIONED),
    ("PutResourcePolicy", "PUT", "/2026-07-09/resource-policy/{}", POLICY),
    ("RemoveLayerVersionPermission", "DELETE", "/2018-10-31/layers/{}/versions/{}/policy/{}", LAYERS),
    ("ResumeDurableExecution", "POST", "/2025-12-01/durable-executions/{}/resume", DURABLE),
    ("SendDurableExecutionCallbackFailure", "POST", "/2025-12-01/durable-execution-callbacks/{}/fail", DURABLE),
    ("SendDurableExecutionCallbackHeartbeat", "POST", "/2025-12-01/durable-execution-callbacks/{}/heartbeat", DURABLE),
    ("SendDurableExecutionCallbackSuccess", "POST", "/2025-12-01/durable-execution-callbacks/{}/succeed", DURABLE),
    ("StopDurableExecution", "POST", "/2025-12-01/durable-executions/{}/stop", DURABLE),
    ("UpdateCapacityProvider", "PUT", "/2025-11-30/capacity-providers/{}", CAPACITY),
    ("UpdateCodeSigningConfig", "PUT", "/2020-04-22/code-signing-configs/{}", SIGNING),
    ("UpdateEventSourceMapping", "PUT", "/2015-03-31/event-source-mappings/{}", SOURCES),
    ("UpdateFunctionEventInvokeConfig", "POST", "/2019-09-25/functions/{}/event-invoke-config", RETRIES),
    ("UpdateFunctionUrlConfig", "PUT", "/2021-10-31/functions/{}/url", URLS),
)
# fmt: on
