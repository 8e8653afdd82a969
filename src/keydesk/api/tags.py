"""Tags: the published types of their operations."""

from keydesk.api.operation import operation
from keydesk.flows import tags
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    ListTagsForResourceRequest,
    ListTagsForResourceResponse,
    TagResourceRequest,
    TagResourceResponse,
    UntagResourceRequest,
    UntagResourceResponse,
)


@operation("TagResource")
async def tag_resource(call: Call, ask: TagResourceRequest) -> TagResourceResponse:
    await tags.add(ask.resource_arn, ask.tags, call)
    return TagResourceResponse()


@operation("UntagResource")
async def untag_resource(call: Call, ask: UntagResourceRequest) -> UntagResourceResponse:
    await tags.remove(ask.resource_arn, ask.tag_keys, call)
    return UntagResourceResponse()


@operation("ListTagsForResource")
async def list_tags_for_resource(call: Call, ask: ListTagsForResourceRequest) -> ListTagsForResourceResponse:
    return ListTagsForResourceResponse(tags=await tags.of(ask.resource_arn, call))
