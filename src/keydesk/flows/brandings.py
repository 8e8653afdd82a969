"""Styles of the managed login pages, one a client: made, told, changed and deleted. No page shows them yet.

A style is Cognito's own, or settings; images it may have either way. A change leaves alone what it does not name, but
back to Cognito's own means all of it, images too.
"""

from typing import Final

from msgspec.structs import replace

from keydesk.crypto.ids import new_uuid
from keydesk.domain import login_style
from keydesk.errors import InvalidParameter, ResourceNotFound
from keydesk.flows import clients, pools, stored_only
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    CreateManagedLoginBrandingRequest,
    ManagedLoginBrandingType,
    UpdateManagedLoginBrandingRequest,
)
from keydesk.store import brandings

Asked = CreateManagedLoginBrandingRequest | UpdateManagedLoginBrandingRequest
_ONE_OF: Final = "useCognitoProvidedValues or settings should be specified (but not both)"


async def here(id: str, pool_id: str, call: Call) -> ManagedLoginBrandingType:
    """The style of this pool. Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    return _found(await call.store.read(brandings.named, pool.id, id))


async def of_client(client_id: str, pool_id: str, call: Call) -> ManagedLoginBrandingType:
    """The client's style. Raises ResourceNotFound."""
    client = await clients.here(client_id, await pools.here(pool_id, call), call)
    return _found(await call.store.read(brandings.of_client, client.pool, client.id))


async def create(ask: CreateManagedLoginBrandingRequest, call: Call) -> ManagedLoginBrandingType:
    """A client's first style. Raises ResourceNotFound, InvalidParameter, ManagedLoginBrandingExists."""
    client = await clients.here(ask.client_id, await pools.here(ask.user_pool_id, call), call)
    if ask.settings is None and not ask.use_cognito_provided_values:
        raise InvalidParameter(_ONE_OF)
    await call.think(_check, ask)
    now = call.now() / 1000
    style = ManagedLoginBrandingType(
        managed_login_branding_id=new_uuid(),
        user_pool_id=client.pool,
        use_cognito_provided_values=bool(ask.use_cognito_provided_values),
        settings=ask.settings,
        assets=login_style.with_assets(ask.assets or (), ()),
        creation_date=now,
        last_modified_date=now,
    )
    await call.store.write(brandings.add, client.id, style)
    stored_only.warn(client.pool, style)
    return style


async def update(ask: UpdateManagedLoginBrandingRequest, call: Call) -> ManagedLoginBrandingType:
    """Lay a change over a style. Raises ResourceNotFound, InvalidParameter."""
    pool = await pools.here(_said(ask.user_pool_id, "userPoolId"), call)
    id = _said(ask.managed_login_branding_id, "managedLoginBrandingId")
    await call.think(_check, ask)
    now = call.now() / 1000

    def edit(was: ManagedLoginBrandingType) -> ManagedLoginBrandingType:
        return replace(_changed(was, ask), last_modified_date=now)

    style = _found(await call.store.write(brandings.change, pool.id, id, edit))
    stored_only.warn(pool.id, style)
    return style


async def remove(id: str, pool_id: str, call: Call) -> None:
    """Raises ResourceNotFound."""
    pool = await pools.here(pool_id, call)
    if not await call.store.write(brandings.remove, pool.id, id):
        raise _missing()


def merged(style: ManagedLoginBrandingType) -> ManagedLoginBrandingType:
    """The style with Cognito's own settings where it leaves something open."""
    return replace(style, settings=login_style.merged(style.settings))


def _changed(was: ManagedLoginBrandingType, ask: UpdateManagedLoginBrandingRequest) -> ManagedLoginBrandingType:
    if ask.use_cognito_provided_values:
        was = replace(was, use_cognito_provided_values=True, settings=None, assets=[])
    elif ask.settings is not None:
        settings = login_style.laid_over(ask.settings, was.settings or {})
        was = replace(was, use_cognito_provided_values=False, settings=settings)
    return replace(was, assets=login_style.with_assets(ask.assets or (), was.assets or ()))


def _check(ask: Asked) -> None:
    """Raises InvalidParameter."""
    if ask.settings is not None:
        if ask.use_cognito_provided_values:
            raise InvalidParameter(_ONE_OF)
        login_style.check_settings(ask.settings)
    login_style.check_assets(ask.assets or [])


def _said(id: str | None, member: str) -> str:
    """The model asks for none of the ids, but there is no style without them."""
    if id is None:
        raise InvalidParameter(
            f"1 validation error detected: Value null at '{member}' failed to satisfy constraint: "
            "Member must not be null"
        )
    return id


def _found(style: ManagedLoginBrandingType | None) -> ManagedLoginBrandingType:
    if style is None:
        raise _missing()
    return style


def _missing() -> ResourceNotFound:
    return ResourceNotFound("Managed login branding does not exist.")
