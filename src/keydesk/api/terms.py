"""Terms documents: the published types of their operations."""

from keydesk.api.operation import operation
from keydesk.flows import paging, terms
from keydesk.flows.call import Call
from keydesk.shapes.types import (
    CreateTermsRequest,
    CreateTermsResponse,
    DeleteTermsRequest,
    DeleteTermsResponse,
    DescribeTermsByClientRequest,
    DescribeTermsByClientResponse,
    DescribeTermsRequest,
    DescribeTermsResponse,
    ListTermsRequest,
    ListTermsResponse,
    TermsDescriptionType,
    TermsType,
    UpdateTermsRequest,
    UpdateTermsResponse,
)


@operation("CreateTerms")
async def create_terms(call: Call, ask: CreateTermsRequest) -> CreateTermsResponse:
    return CreateTermsResponse(terms=await terms.create(ask, call))


@operation("DescribeTerms")
async def describe_terms(call: Call, ask: DescribeTermsRequest) -> DescribeTermsResponse:
    return DescribeTermsResponse(terms=await terms.here(ask.terms_id, ask.user_pool_id, call))


@operation("DescribeTermsByClient")
async def describe_terms_by_client(call: Call, ask: DescribeTermsByClientRequest) -> DescribeTermsByClientResponse:
    found = await terms.of_client(ask.terms_name, ask.client_id, ask.user_pool_id, call)
    return DescribeTermsByClientResponse(terms=found)


@operation("UpdateTerms")
async def update_terms(call: Call, ask: UpdateTermsRequest) -> UpdateTermsResponse:
    return UpdateTermsResponse(terms=await terms.update(ask, call))


@operation("DeleteTerms")
async def delete_terms(call: Call, ask: DeleteTermsRequest) -> DeleteTermsResponse:
    await terms.remove(ask.terms_id, ask.user_pool_id, call)
    return DeleteTermsResponse()


@operation("ListTerms")
async def list_terms(call: Call, ask: ListTermsRequest) -> ListTermsResponse:
    found, token = await terms.page(ask.user_pool_id, ask.next_token, paging.size(ask.max_results), call)
    return ListTermsResponse(terms=[_described(one) for one in found], next_token=token)


def _described(one: TermsType) -> TermsDescriptionType:
    """A document as a list tells it."""
    return TermsDescriptionType(
        terms_id=one.terms_id,
        terms_name=one.terms_name,
        enforcement=one.enforcement,
        creation_date=one.creation_date,
        last_modified_date=one.last_modified_date,
    )
