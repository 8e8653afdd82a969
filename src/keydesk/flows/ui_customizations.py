"""The classic style of a pool's pages: set, and told. To set nothing is to take it away, so both parts come together.

The logo is there at its address at once; no page shows it yet.
"""

from datetime import UTC, datetime

from keydesk.domain.classic_style import ALL, ClassicStyle, check_css, check_image
from keydesk.domain.pool import Pool
from keydesk.errors import InvalidParameter
from keydesk.flows import clients, pools, stored_only
from keydesk.flows.call import Call
from keydesk.shapes.types import SetUICustomizationRequest, UICustomizationType
from keydesk.store import ui_customizations


async def in_force(pool_id: str, client_id: str | None, call: Call) -> ClassicStyle | None:
    """The client's own style, else that of all clients; None where there is neither.

    Raises ResourceNotFound, and InvalidParameter where the pool has no domain.
    """
    pool = await pools.here(pool_id, call)
    client = await _client(client_id, pool, call)
    if not _has_domain(pool):
        raise InvalidParameter("There has to be an existing domain associated with this user pool")
    return await call.store.glance(ui_customizations.in_force, pool.id, client)


async def replace(ask: SetUICustomizationRequest, call: Call) -> ClassicStyle | None:
    """Set a style in place of the one before; None where there is none now.

    Raises ResourceNotFound, and InvalidParameter where the pool has no domain, or for CSS or a logo that cannot be.
    """
    pool = await pools.here(ask.user_pool_id, call)
    client = await _client(ask.client_id, pool, call)
    if not _has_domain(pool):
        raise InvalidParameter("A domain must be associated with this user pool.")
    if not ask.css and not ask.image_file:
        await call.store.write(ui_customizations.remove, pool.id, client)
        return None
    if ask.css:
        await call.think(check_css, ask.css)
    if ask.image_file:
        check_image(ask.image_file)
    now = call.now()
    before = await call.store.glance(ui_customizations.named, pool.id, client)
    style = ClassicStyle(
        pool=pool.id,
        client=client,
        version=datetime.fromtimestamp(now / 1000, UTC).strftime("%Y%m%d%H%M%S"),
        css=ask.css or None,
        image=ask.image_file or None,
        created=before.created if before else now,
        modified=now,
    )
    await call.store.write(ui_customizations.keep, style)
    stored_only.warn(pool.id, shown(style, call.desk.address))
    return style


def shown(style: ClassicStyle, address: str) -> UICustomizationType:
    """As it is published; the logo is at the server's `address`."""
    logo = f"{address}/{style.pool}/{style.client}/{style.version}/assets/images/image.jpg"
    return UICustomizationType(
        user_pool_id=style.pool,
        client_id=style.client,
        image_url=logo if style.image else None,
        css=style.css,
        css_version=style.version,
        last_modified_date=style.modified / 1000,
        creation_date=style.created / 1000,
    )


async def _client(said: str | None, pool: Pool, call: Call) -> str:
    return ALL if said in (None, ALL) else (await clients.here(str(said), pool, call)).id


def _has_domain(pool: Pool) -> bool:
    return bool(pool.settings.domain or pool.settings.custom_domain)
