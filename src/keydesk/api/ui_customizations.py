"""The classic style of the hosted pages: the published types of its operations."""

from keydesk.api.operation import operation
from keydesk.domain.classic_style import ClassicStyle
from keydesk.flows import ui_customizations
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    GetUICustomizationRequest,
    GetUICustomizationResponse,
    SetUICustomizationRequest,
    SetUICustomizationResponse,
    UICustomizationType,
)


@operation("GetUICustomization")
async def get_ui_customization(call: Call, ask: GetUICustomizationRequest) -> GetUICustomizationResponse:
    found = await ui_customizations.in_force(ask.user_pool_id, ask.client_id, call)
    return GetUICustomizationResponse(ui_customization=_shown(found, call))


@operation("SetUICustomization")
async def set_ui_customization(call: Call, ask: SetUICustomizationRequest) -> SetUICustomizationResponse:
    return SetUICustomizationResponse(ui_customization=_shown(await ui_customizations.replace(ask, call), call))


def _shown(style: ClassicStyle | None, call: Call) -> UICustomizationType:
    """Of no style, nothing."""
    return UICustomizationType() if style is None else ui_customizations.shown(style, call.desk.address)
