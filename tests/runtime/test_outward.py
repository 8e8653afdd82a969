"""Botocore opens no connection itself."""

import pytest
from botocore.config import Config
from botocore.session import Session
from tests.site import Site

from keydesk.runtime.function import Unreached
from keydesk.runtime.outward import OPTIONS, send_through
from keydesk.runtime.reach import Reach, Run


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize(("service", "call"), [("lambda", "list_functions"), ("cognito-idp", "list_user_pools")])
def test_requests_of_any_service_go_where_they_may(there: Site, service: str, call: str) -> None:
    config = Config(**OPTIONS)
    client = Session().create_client(service, region_name="us-east-1", endpoint_url=there.url, config=config)
    send_through(client, Reach(private=False))
    said = {"MaxResults": 1} if service == "cognito-idp" else {}
    with Run(30).under_way(), pytest.raises(Unreached) as why:
        getattr(client, call)(**said)
    assert why.value.code == "PrivateAddressRefused"
    assert there.paths == []
