"""App clients through boto3: defaults, every member kept, rules between members, secrets, pages."""

from typing import Any

import pytest
from tests.api.asking import refused
from tests.serving import Serving

from keydesk.store import clients, documents

OAUTH: dict[str, Any] = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "email"],
    "CallbackURLs": ["https://example.com/in"],
}
# Every member of CreateUserPoolClient with a value that is not its default.
WHOLE: dict[str, Any] = OAUTH | {
    "ClientName": "whole",
    "RefreshTokenValidity": 90,
    "AccessTokenValidity": 10,
    "IdTokenValidity": 1200,
    "TokenValidityUnits": {"AccessToken": "minutes", "IdToken": "seconds", "RefreshToken": "hours"},
    "ReadAttributes": ["email", "custom:level"],
    "WriteAttributes": ["email"],
    "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    "SupportedIdentityProviders": ["COGNITO"],
    "CallbackURLs": ["https://example.com/in", "http://localhost:3000/in", "http://127.0.0.1", "myapp://in"],
    "LogoutURLs": ["https://example.com/out"],
    "DefaultRedirectURI": "https://example.com/in",
    "AnalyticsConfiguration": {
        "ApplicationId": "a",
        "RoleArn": "arn:aws:iam::000000000000:role/a",
        "ExternalId": "e",
        "UserDataShared": True,
    },
    "PreventUserExistenceErrors": "ENABLED",
    "EnableTokenRevocation": False,
    "EnablePropagateAdditionalUserContextData": True,
    "AuthSessionValidity": 15,
    "RefreshTokenRotation": {"Feature": "DISABLED", "RetryGracePeriodSeconds": 0},
}
OWN = {"UserPoolId", "ClientId", "CreationDate", "LastModifiedDate"}


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def pool_id(cognito: Any) -> str:
    schema = [{"Name": "level", "AttributeDataType": "Number"}]
    return str(cognito.create_user_pool(PoolName="pool", Schema=schema)["UserPool"]["Id"])


def made(cognito: Any, pool_id: str, **asked: Any) -> dict[str, Any]:
    return dict(cognito.create_user_pool_client(UserPoolId=pool_id, **{"ClientName": "c", **asked})["UserPoolClient"])


def described(cognito: Any, client: dict[str, Any]) -> dict[str, Any]:
    of = {"UserPoolId": client["UserPoolId"], "ClientId": client["ClientId"]}
    return dict(cognito.describe_user_pool_client(**of)["UserPoolClient"])


def test_a_bare_client_has_the_defaults(cognito: Any, pool_id: str) -> None:
    client = made(cognito, pool_id)
    assert described(cognito, client) == client
    client_id = client.pop("ClientId")
    assert len(client_id) == 26
    assert client_id == client_id.lower()
    assert client_id.isalnum()
    assert client.pop("CreationDate") == client.pop("LastModifiedDate")
    assert client == {
        "UserPoolId": pool_id,
        "ClientName": "c",
        "RefreshTokenValidity": 30,
        "TokenValidityUnits": {},
        "AllowedOAuthFlowsUserPoolClient": False,
        "EnableTokenRevocation": True,
        "EnablePropagateAdditionalUserContextData": False,
        "AuthSessionValidity": 3,
    }


def test_every_member_is_kept_and_an_update_replaces_what_it_leaves_out(cognito: Any, pool_id: str) -> None:
    client = made(cognito, pool_id, GenerateSecret=True, **WHOLE)
    assert described(cognito, client) == client
    assert {name: client[name] for name in WHOLE} == WHOLE
    assert set(client) == set(WHOLE) | OWN | {"ClientSecret"}

    of = {"UserPoolId": pool_id, "ClientId": client["ClientId"]}
    updated = cognito.update_user_pool_client(**of)["UserPoolClient"]
    assert described(cognito, client) == updated
    bare = made(cognito, pool_id, GenerateSecret=True)
    same = set(bare) - OWN - {"ClientName", "ClientSecret"}
    assert {name: updated[name] for name in same} == {name: bare[name] for name in same}
    assert set(updated) == set(bare)
    assert updated["ClientName"] == "whole"

    cognito.update_user_pool_client(**of, **{**WHOLE, "ClientName": "again"})
    again = described(cognito, client)
    assert {name: again[name] for name in WHOLE} == {**WHOLE, "ClientName": "again"}


def test_a_refresh_token_never_lives_for_nothing(cognito: Any, pool_id: str) -> None:
    assert made(cognito, pool_id, RefreshTokenValidity=0)["RefreshTokenValidity"] == 30


def test_a_secret_is_shown_kept_and_sealed(server: Serving, cognito: Any, pool_id: str) -> None:
    client = made(cognito, pool_id, GenerateSecret=True)
    secret = client["ClientSecret"]
    assert len(secret) == 51
    cognito.update_user_pool_client(UserPoolId=pool_id, ClientId=client["ClientId"])
    assert described(cognito, client)["ClientSecret"] == secret
    own = made(cognito, pool_id, ClientSecret="Own_secret_of_the_client_123")
    assert own["ClientSecret"] == "Own_secret_of_the_client_123"
    desk = server.house.desk
    for shown in (client, own):
        stored = server.run(desk.store.read(clients.named, shown["ClientId"]))
        assert shown["ClientSecret"].encode() not in documents.encode(stored)
        assert desk.sealer.open(stored.secrets[0].sealed, f"client:{stored.id}").decode() == shown["ClientSecret"]


VALID = {
    "five minutes": {"AccessTokenValidity": 5, "TokenValidityUnits": {"AccessToken": "minutes"}},
    "a day": {"IdTokenValidity": 1, "TokenValidityUnits": {"IdToken": "days"}},
    "ten years": {"RefreshTokenValidity": 3650},
    "an hour, as long as the others": {"RefreshTokenValidity": 60, "TokenValidityUnits": {"RefreshToken": "minutes"}},
    "loopback": OAUTH | {"CallbackURLs": ["http://localhost", "http://[::1]:8080/in?a=1", "http://127.0.0.1:1/"]},
    "an app's own scheme": OAUTH | {"CallbackURLs": ["com.example.app:/in"]},
    "a machine": OAUTH
    | {
        "AllowedOAuthFlows": ["client_credentials"],
        "AllowedOAuthScopes": ["openid"],
        "CallbackURLs": [],
        "GenerateSecret": True,
    },
    "legacy names": {"ExplicitAuthFlows": ["ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"]},
    "rotation without the old flow": {
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10},
        "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH"],
    },
    "analytics by ARN": {
        "AnalyticsConfiguration": {"ApplicationArn": "arn:aws:mobiletargeting:us-east-1:000000000000:apps/1"}
    },
}


@pytest.mark.parametrize("case", VALID)
def test_what_a_client_can_be_made_with(cognito: Any, pool_id: str, case: str) -> None:
    made(cognito, pool_id, **VALID[case])


LIVES = "Invalid range for token validity."
REQUIRED = "AllowedOAuthFlows and AllowedOAuthScopes are required if user pool client is allowed to use OAuth flows."
MIXED = "Auth flow name with prefix 'ALLOW' cannot be used with legacy auth flow names."
ANALYTICS = (
    "Invalid analytics configuration given, either <application arn> or "
    "<application id, role arn, external id> are valid"
)
INVALID: dict[str, tuple[dict[str, Any], str, str]] = {
    "an access token for four minutes": (
        {"AccessTokenValidity": 299, "TokenValidityUnits": {"AccessToken": "seconds"}},
        "InvalidParameterException",
        LIVES,
    ),
    "an access token for 25 hours": ({"AccessTokenValidity": 25}, "InvalidParameterException", LIVES),
    "an ID token for two days": (
        {"IdTokenValidity": 2, "TokenValidityUnits": {"IdToken": "days"}},
        "InvalidParameterException",
        LIVES,
    ),
    "a refresh token for 59 minutes": (
        {"RefreshTokenValidity": 59, "TokenValidityUnits": {"RefreshToken": "minutes"}},
        "InvalidParameterException",
        LIVES,
    ),
    "a refresh token for more than ten years": ({"RefreshTokenValidity": 3651}, "InvalidParameterException", LIVES),
    "an ID token that outlives the refresh token": (
        {
            "IdTokenValidity": 2,
            "RefreshTokenValidity": 90,
            "TokenValidityUnits": {"IdToken": "hours", "RefreshToken": "minutes"},
        },
        "InvalidParameterException",
        "Access and Id Token expiration times must be less than or equal to refresh token expiration times.",
    ),
    "old and new names of flows": (
        {"ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH"]},
        "InvalidParameterException",
        MIXED,
    ),
    "OAuth without flows": ({"AllowedOAuthFlowsUserPoolClient": True}, "InvalidOAuthFlowException", REQUIRED),
    "OAuth without scopes": (
        {k: v for k, v in OAUTH.items() if k != "AllowedOAuthScopes"},
        "InvalidOAuthFlowException",
        REQUIRED,
    ),
    "a code with nowhere to go": (
        {k: v for k, v in OAUTH.items() if k != "CallbackURLs"},
        "InvalidOAuthFlowException",
        "CallbackUrls can not be empty when code flow or implicit flow is selected",
    ),
    "a machine that is a user too": (
        OAUTH | {"AllowedOAuthFlows": ["code", "client_credentials"], "GenerateSecret": True},
        "InvalidOAuthFlowException",
        "client_credentials flow can not be selected along with code flow or implicit flow.",
    ),
    "a machine without a secret": (
        OAUTH | {"AllowedOAuthFlows": ["client_credentials"]},
        "InvalidOAuthFlowException",
        "client_credentials flow can not be selected if client does not have a client secret.",
    ),
    "a scope that nobody made": (
        OAUTH | {"AllowedOAuthScopes": ["api/read"]},
        "ScopeDoesNotExistException",
        "Invalid scope requested: api/read",
    ),
    "a default that is no callback": (
        OAUTH | {"DefaultRedirectURI": "https://example.com/other"},
        "InvalidParameterException",
        "The default redirect URI https://example.com/other is not in the callback URIs list.",
    ),
    "analytics of two kinds": (
        {
            "AnalyticsConfiguration": {
                "ApplicationArn": "arn:aws:mobiletargeting:us-east-1:000000000000:apps/1",
                "ApplicationId": "a",
            }
        },
        "InvalidParameterException",
        ANALYTICS,
    ),
    "half of analytics": ({"AnalyticsConfiguration": {"ApplicationId": "a"}}, "InvalidParameterException", ANALYTICS),
    "rotation beside the old flow": (
        {
            "RefreshTokenRotation": {"Feature": "ENABLED"},
            "ExplicitAuthFlows": ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        },
        "InvalidParameterException",
        "Refresh token rotation cannot be enabled together with ALLOW_REFRESH_TOKEN_AUTH.",
    ),
    "reading what the pool does not have": (
        {"ReadAttributes": ["custom:other"]},
        "InvalidParameterException",
        "Invalid read attributes specified while {doing} a client",
    ),
    "writing what is the server's": (
        {"WriteAttributes": ["email_verified"]},
        "InvalidParameterException",
        "Invalid write attributes specified while {doing} a client",
    ),
}


@pytest.mark.parametrize("case", INVALID)
def test_what_a_client_can_neither_be_made_with_nor_changed_to(cognito: Any, pool_id: str, case: str) -> None:
    asked, code, sentence = INVALID[case]
    refusal = refused(cognito.create_user_pool_client, UserPoolId=pool_id, ClientName="c", **asked)
    assert refusal == (code, sentence.format(doing="creating"))
    if "GenerateSecret" in asked:
        return
    client = made(cognito, pool_id)
    of = {"UserPoolId": pool_id, "ClientId": client["ClientId"]}
    assert refused(cognito.update_user_pool_client, **of, **asked) == (code, sentence.format(doing="updating"))
    assert described(cognito, client) == client


def test_a_provider_must_be_there(cognito: Any, pool_id: str) -> None:
    code, said = refused(
        cognito.create_user_pool_client,
        UserPoolId=pool_id,
        ClientName="c",
        SupportedIdentityProviders=["COGNITO", "Google"],
    )
    assert (code, said) == (
        "InvalidParameterException",
        f"The provider Google does not exist for User Pool {pool_id}.",
    )


def test_a_secret_is_given_or_made_not_both(cognito: Any, pool_id: str) -> None:
    asked = {"GenerateSecret": True, "ClientSecret": "a" * 30}
    code, _ = refused(cognito.create_user_pool_client, UserPoolId=pool_id, ClientName="c", **asked)
    assert code == "InvalidParameterException"


HTTP, FRAGMENT, FORM = "cannot use the HTTP protocol.", "cannot use fragment", "is not a valid URL."
URLS = {
    "http://example.com/in": HTTP,
    "http://192.168.1.5/in": HTTP,
    "http://localhost.example.com/in": HTTP,
    "http://localhost@example.com/in": HTTP,
    "http://127.0.0.1.example.com": HTTP,
    "http://127.0.0.2/in": HTTP,
    "HTTP://example.com/in": HTTP,
    "https://example.com/in#part": FRAGMENT,
    "https://example.com/in#": FRAGMENT,
    "http://localhost/#part": FRAGMENT,
    "http://localhost\\@example.com": FORM,
    "https:///in": FORM,
    "https://[::1/in": FORM,
    "/in": FORM,
    "example.com/in": FORM,
    "javascript:alert(1)": FORM,
    "JavaScript:alert(1)": FORM,
    "data:text/html,x": FORM,
    "file:///etc/passwd": FORM,
}


@pytest.mark.parametrize("url", URLS)
def test_oa_03_where_a_browser_may_not_be_sent(cognito: Any, pool_id: str, url: str) -> None:
    refusal = ("InvalidParameterException", f"{url} {URLS[url]}")
    asked: dict[str, Any] = {"UserPoolId": pool_id, "ClientName": "c"}
    callbacks = OAUTH | {"CallbackURLs": ["https://example.com/in", url]}
    assert refused(cognito.create_user_pool_client, **asked, **callbacks) == refusal
    assert refused(cognito.create_user_pool_client, **asked, LogoutURLs=[url]) == refusal


def test_a_client_is_of_one_pool_only(cognito: Any, pool_id: str) -> None:
    other = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    client_id = made(cognito, pool_id)["ClientId"]
    refusal = ("ResourceNotFoundException", f"User pool client {client_id} does not exist.")
    for name in ("describe_user_pool_client", "update_user_pool_client", "delete_user_pool_client"):
        assert refused(getattr(cognito, name), UserPoolId=other, ClientId=client_id) == refusal
    cognito.delete_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
    for name in ("describe_user_pool_client", "update_user_pool_client", "delete_user_pool_client"):
        assert refused(getattr(cognito, name), UserPoolId=pool_id, ClientId=client_id) == refusal


def test_a_client_may_choose_its_id_in_development(cognito: Any, pool_id: str) -> None:
    chosen = "chosen0000000000000000000a"
    client = made(cognito, pool_id, ClientName=f"web={chosen}")
    assert (client["ClientId"], client["ClientName"]) == (chosen, f"web={chosen}")
    code, said = refused(cognito.create_user_pool_client, UserPoolId=pool_id, ClientName=f"app={chosen}")
    assert (code, said) == ("InvalidParameterException", f"User pool client {chosen} already exists.")
    assert made(cognito, pool_id, ClientName="web=short")["ClientId"] != "short"


def test_pages_of_clients(cognito: Any, pool_id: str) -> None:
    by_id = {client["ClientId"]: client for client in (made(cognito, pool_id, ClientName=f"c{n}") for n in range(3))}
    pages = list(cognito.get_paginator("list_user_pool_clients").paginate(UserPoolId=pool_id, MaxResults=2))
    assert [len(page["UserPoolClients"]) for page in pages] == [2, 1]
    listed = [client for page in pages for client in page["UserPoolClients"]]
    assert [client["ClientId"] for client in listed] == sorted(by_id)
    first = by_id[listed[0]["ClientId"]]
    assert listed[0] == {name: first[name] for name in ("ClientId", "UserPoolId", "ClientName")}
    assert len(cognito.list_user_pool_clients(UserPoolId=pool_id)["UserPoolClients"]) == 3
    other = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    token = pages[0]["NextToken"]
    assert refused(cognito.list_user_pool_clients, UserPoolId=other, NextToken=token) == (
        "InvalidParameterException",
        "Invalid pagination token given.",
    )
    assert cognito.list_user_pool_clients(UserPoolId=pool_id, ClientType="DCR")["UserPoolClients"] == []
