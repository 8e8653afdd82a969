"""Devices: confirmed, shown, remembered, forgotten, by their user or an administrator."""

from keydesk.api.attribute_lists import seconds
from keydesk.api.operation import operation
from keydesk.domain.device import Device
from keydesk.domain.pool import Pool
from keydesk.domain.user import User
from keydesk.flows import devices, paging
from keydesk.flows.admin_users import named
from keydesk.flows.bearer import bearer
from keydesk.flows.call import Call
from keydesk.shapes import types as shapes


@operation("ConfirmDevice")
async def confirm_device(call: Call, ask: shapes.ConfirmDeviceRequest) -> shapes.ConfirmDeviceResponse:
    who = await bearer(ask.access_token, call)
    asks = await devices.confirm(who, ask.device_key, ask.device_secret_verifier_config, ask.device_name, call)
    return shapes.ConfirmDeviceResponse(user_confirmation_necessary=asks)


@operation("GetDevice")
async def get_device(call: Call, ask: shapes.GetDeviceRequest) -> shapes.GetDeviceResponse:
    who = await bearer(ask.access_token or "", call)
    found = await devices.named(who.user, ask.device_key, call)
    return shapes.GetDeviceResponse(device=_whole(found, who.pool, who.user))


@operation("AdminGetDevice")
async def admin_get_device(call: Call, ask: shapes.AdminGetDeviceRequest) -> shapes.AdminGetDeviceResponse:
    pool, user = await named(ask.user_pool_id, ask.username, call)
    return shapes.AdminGetDeviceResponse(device=_whole(await devices.named(user, ask.device_key, call), pool, user))


@operation("ListDevices")
async def list_devices(call: Call, ask: shapes.ListDevicesRequest) -> shapes.ListDevicesResponse:
    who = await bearer(ask.access_token, call)
    found, token = await devices.page(who.user, ask.pagination_token, paging.size(ask.limit), call)
    return shapes.ListDevicesResponse(devices=[_described(each) for each in found], pagination_token=token)


@operation("AdminListDevices")
async def admin_list_devices(call: Call, ask: shapes.AdminListDevicesRequest) -> shapes.AdminListDevicesResponse:
    pool, user = await named(ask.user_pool_id, ask.username, call)
    found, token = await devices.page(user, ask.pagination_token, paging.size(ask.limit), call)
    return shapes.AdminListDevicesResponse(devices=[_whole(each, pool, user) for each in found], pagination_token=token)


@operation("UpdateDeviceStatus")
async def update_device_status(call: Call, ask: shapes.UpdateDeviceStatusRequest) -> shapes.UpdateDeviceStatusResponse:
    who = await bearer(ask.access_token, call)
    await devices.remember(who.user, ask.device_key, ask.device_remembered_status, call)
    return shapes.UpdateDeviceStatusResponse()


@operation("AdminUpdateDeviceStatus")
async def admin_update_device_status(
    call: Call, ask: shapes.AdminUpdateDeviceStatusRequest
) -> shapes.AdminUpdateDeviceStatusResponse:
    _, user = await named(ask.user_pool_id, ask.username, call)
    await devices.remember(user, ask.device_key, ask.device_remembered_status, call)
    return shapes.AdminUpdateDeviceStatusResponse()


@operation("ForgetDevice")
async def forget_device(call: Call, ask: shapes.ForgetDeviceRequest) -> shapes.ForgetDeviceResponse:
    who = await bearer(ask.access_token or "", call)
    await devices.forget(who.user, ask.device_key, call)
    return shapes.ForgetDeviceResponse()


@operation("AdminForgetDevice")
async def admin_forget_device(call: Call, ask: shapes.AdminForgetDeviceRequest) -> shapes.AdminForgetDeviceResponse:
    _, user = await named(ask.user_pool_id, ask.username, call)
    await devices.forget(user, ask.device_key, call)
    return shapes.AdminForgetDeviceResponse()


def _whole(device: Device, pool: Pool, user: User) -> shapes.DeviceType:
    """A device as it is shown by itself and to administrators: with whose it is and whether it is remembered."""
    owner = f"{user.username}.{pool.id}"
    return _described(
        device,
        {
            "dev:device_arn": f"arn:aws:cognito-idp:{pool.region}:{pool.account}:owner/{owner}/device/{device.key}",
            "dev:device_owner": owner,
            "dev:device_remembered_status": "remembered" if device.remembered else "not_remembered",
            "dev:device_sdk": "aws-sdk",
        },
    )


def _described(device: Device, more: dict[str, str] | None = None) -> shapes.DeviceType:
    """A device as its user sees it in a list."""
    told = {"device_status": "valid", "device_name": device.name, "last_ip_used": device.ip} | (more or {})
    return shapes.DeviceType(
        device_key=device.key,
        device_attributes=[shapes.AttributeType(name=name, value=value) for name, value in told.items() if value],
        device_create_date=seconds(device.created),
        device_last_modified_date=seconds(device.modified),
        device_last_authenticated_date=seconds(device.used),
    )
