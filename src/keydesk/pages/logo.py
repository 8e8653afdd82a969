"""The logo of a pool or client, at the address that GetUICustomization tells: anybody may look at it."""

from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from keydesk.domain.image import MEDIA, kind
from keydesk.errors import Refusal
from keydesk.flows.call import Desk
from keydesk.store import ui_customizations

# The version in the path changes with the image. Whatever the bytes are, a browser runs nothing of them.
HEADERS: Final = {
    "cache-control": "public, max-age=31536000, immutable",
    "content-security-policy": "default-src 'none'; sandbox",
    "x-content-type-options": "nosniff",
}


def routes(desk: Desk) -> list[Route]:
    """`/{poolId}/{clientId or ALL}/{version}/assets/images/image.jpg`, whatever the image's kind."""

    async def logo(request: Request) -> Response:
        said = request.path_params
        try:
            style = await desk.store.glance(ui_customizations.named, said["pool"], said["client"])
        except Refusal as refusal:
            return Response(status_code=refusal.status)
        if style is None or style.image is None or style.version != said["version"]:
            return Response(status_code=404)
        return Response(style.image, media_type=MEDIA[kind(style.image)], headers=HEADERS)

    return [Route("/{pool}/{client}/{version}/assets/images/image.jpg", logo)]
