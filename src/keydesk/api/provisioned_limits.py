"""Limits on requests a second: the published types of their operations."""

from keydesk.api.operation import operation
from keydesk.domain.request_limit import UNLIMITED
from keydesk.flows import provisioned_limits
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    GetProvisionedLimitRequest,
    GetProvisionedLimitResponse,
    LimitDefinitionType,
    LimitType,
    UpdateProvisionedLimitRequest,
    UpdateProvisionedLimitResponse,
)


@operation("GetProvisionedLimit")
async def get_provisioned_limit(call: Call, ask: GetProvisionedLimitRequest) -> GetProvisionedLimitResponse:
    value = await provisioned_limits.shown(ask.limit_definition, call)
    return GetProvisionedLimitResponse(limit=_limit(ask.limit_definition, value))


@operation("UpdateProvisionedLimit")
async def update_provisioned_limit(call: Call, ask: UpdateProvisionedLimitRequest) -> UpdateProvisionedLimitResponse:
    await provisioned_limits.change(ask.limit_definition, ask.requested_limit_value, call)
    return UpdateProvisionedLimitResponse(limit=_limit(ask.limit_definition, ask.requested_limit_value))


def _limit(of: LimitDefinitionType, value: int) -> LimitType:
    """Nothing is to pay here, so what is free is unlimited."""
    return LimitType(limit_definition=of, provisioned_limit_value=value, free_limit_value=UNLIMITED)
