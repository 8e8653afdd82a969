"""Terms documents through boto3: made, told in three ways, changed, deleted, and gone with their client."""

from typing import Any

import pytest
from tests.api.asking import missing, refused
from tests.serving import Serving

LINKS = {"cognito:default": "https://example.com/terms", "cognito:french": "https://example.com/conditions"}
KIND = {"TermsSource": "LINK", "Enforcement": "NONE"}
NOT_THERE = ("ResourceNotFoundException", "Terms not found.")
TAKEN = ("TermsExistsException", "The app client has terms documents of this name already.")


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def pool_id(cognito: Any) -> str:
    return str(cognito.create_user_pool(PoolName="terms")["UserPool"]["Id"])


@pytest.fixture
def client_id(cognito: Any, pool_id: str) -> str:
    return str(cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="c")["UserPoolClient"]["ClientId"])


def test_documents_are_made_told_changed_and_deleted(cognito: Any, pool_id: str, client_id: str) -> None:
    at = {"UserPoolId": pool_id, "ClientId": client_id, "TermsName": "terms-of-use"}
    made = cognito.create_terms(**at, **KIND, Links=LINKS)["Terms"]
    by_id = {"UserPoolId": pool_id, "TermsId": made["TermsId"]}
    assert cognito.describe_terms(**by_id)["Terms"] == cognito.describe_terms_by_client(**at)["Terms"] == made
    assert made["CreationDate"] == made["LastModifiedDate"]
    whole = {**at, **by_id, **KIND, "Links": LINKS}
    assert {key: value for key, value in made.items() if not key.endswith("Date")} == whole
    assert refused(cognito.create_terms, **at, **KIND, Links=LINKS) == TAKEN
    assert refused(cognito.create_terms, **at | {"TermsName": "privacy-policy"}, **KIND) == (
        "InvalidParameterException",
        "Links must be given where TermsSource is LINK.",
    )
    changed = cognito.update_terms(**by_id, Links={"cognito:default": "https://example.com/new"})["Terms"]
    assert (changed["Links"], changed["TermsName"]) == ({"cognito:default": "https://example.com/new"}, "terms-of-use")
    for _ in range(2):
        renamed = cognito.update_terms(**by_id, TermsName="privacy-policy")["Terms"]
    assert (renamed["Links"], renamed["TermsName"]) == (changed["Links"], "privacy-policy")
    other = cognito.create_terms(**at, **KIND, Links=LINKS)["Terms"]
    assert refused(cognito.update_terms, **by_id, TermsName="terms-of-use") == TAKEN

    listed = cognito.list_terms(UserPoolId=pool_id, MaxResults=1)
    more = cognito.list_terms(UserPoolId=pool_id, MaxResults=1, NextToken=listed["NextToken"])
    found = {one["TermsId"]: one for one in listed["Terms"] + more["Terms"]}
    assert ("NextToken" in more, set(found)) == (False, {made["TermsId"], other["TermsId"]})
    briefly = ("TermsId", "TermsName", "Enforcement", "CreationDate", "LastModifiedDate")
    assert found[other["TermsId"]] == {key: other[key] for key in briefly}

    cognito.delete_terms(**by_id)
    for name in ("describe_terms", "update_terms", "delete_terms"):
        assert (name, refused(getattr(cognito, name), **by_id)) == (name, NOT_THERE)
    assert refused(cognito.describe_terms_by_client, **at | {"TermsName": "privacy-policy"}) == NOT_THERE


def test_documents_are_of_one_pool_and_client(cognito: Any, pool_id: str, client_id: str) -> None:
    at = {"UserPoolId": pool_id, "ClientId": client_id, "TermsName": "terms-of-use"}
    id = cognito.create_terms(**at, **KIND, Links=LINKS)["Terms"]["TermsId"]
    other = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    no_client = ("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
    assert refused(cognito.create_terms, **at | {"UserPoolId": other}, **KIND, Links=LINKS) == no_client
    assert refused(cognito.describe_terms_by_client, **at | {"UserPoolId": other}) == no_client
    for name in ("describe_terms", "update_terms", "delete_terms"):
        act = getattr(cognito, name)
        assert refused(act, UserPoolId=other, TermsId=id) == NOT_THERE
        assert refused(act, UserPoolId="us-east-1_nowhere", TermsId=id) == missing("us-east-1_nowhere")
    assert cognito.list_terms(UserPoolId=other)["Terms"] == []
    cognito.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
    assert cognito.list_terms(UserPoolId=pool_id)["Terms"] == []
