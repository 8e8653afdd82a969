"""Where a pool's logs go: the published types of the operations."""

from keydesk.api.operation import operation
from keydesk.flows import log_delivery, pools
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    GetLogDeliveryConfigurationRequest,
    GetLogDeliveryConfigurationResponse,
    LogDeliveryConfigurationType,
    SetLogDeliveryConfigurationRequest,
    SetLogDeliveryConfigurationResponse,
)


@operation("SetLogDeliveryConfiguration")
async def set_log_delivery_configuration(
    call: Call, ask: SetLogDeliveryConfigurationRequest
) -> SetLogDeliveryConfigurationResponse:
    said = await log_delivery.configure(ask.user_pool_id, ask.log_configurations, call)
    told = LogDeliveryConfigurationType(user_pool_id=ask.user_pool_id, log_configurations=said)
    return SetLogDeliveryConfigurationResponse(log_delivery_configuration=told)


@operation("GetLogDeliveryConfiguration")
async def get_log_delivery_configuration(
    call: Call, ask: GetLogDeliveryConfigurationRequest
) -> GetLogDeliveryConfigurationResponse:
    pool = await pools.here(ask.user_pool_id, call)
    told = LogDeliveryConfigurationType(user_pool_id=pool.id, log_configurations=pool.logs)
    return GetLogDeliveryConfigurationResponse(log_delivery_configuration=told)
