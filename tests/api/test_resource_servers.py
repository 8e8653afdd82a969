"""Resource servers through boto3, and what their scopes are good for: a client's settings and its own token."""

from typing import Any

import pytest
from tests.api.asking import missing, refused
from tests.api.providers_asked import google, openid
from tests.api.test_client_token import MACHINE, issued
from tests.serving import Pool, Serving, claims

SCOPES = [
    {"ScopeName": "sunproximity.read", "ScopeDescription": "Distance in AU from Sol"},
    {"ScopeName": "asteroids.add", "ScopeDescription": "Enter a new asteroid"},
]
SOLAR = ["solar/sunproximity.read", "solar/asteroids.add"]
GONE = ("ResourceNotFoundException", "Resource server solar does not exist.")


@pytest.fixture
def pool(server: Serving) -> Pool:
    return Pool(server)


def solar(pool: Pool, identifier: str = "solar", **more: Any) -> dict[str, Any]:
    asked = {"Identifier": identifier, "Name": "Solar system", "Scopes": SCOPES} | more
    return dict(pool.api.create_resource_server(UserPoolId=pool.id, **asked)["ResourceServer"])


def test_a_server_is_made_changed_and_deleted(pool: Pool) -> None:
    made = solar(pool)
    assert made == {"UserPoolId": pool.id, "Identifier": "solar", "Name": "Solar system", "Scopes": SCOPES}
    at = {"UserPoolId": pool.id, "Identifier": "solar"}
    assert pool.api.describe_resource_server(**at)["ResourceServer"] == made
    assert pool.refused(solar, pool) == ("InvalidParameterException", f"solar already exists in user pool {pool.id}.")
    changed = pool.api.update_resource_server(**at, Name="Sol", Scopes=SCOPES[1:])["ResourceServer"]
    assert changed == {**made, "Name": "Sol", "Scopes": SCOPES[1:]}
    bare = pool.api.update_resource_server(**at, Name="Sol")["ResourceServer"]
    assert bare == pool.api.describe_resource_server(**at)["ResourceServer"] == {**made, "Name": "Sol", "Scopes": []}
    other = Pool(pool.server)
    solar(other)
    pool.api.delete_resource_server(**at)
    assert refused(pool.api.describe_resource_server, **at) == GONE
    assert refused(pool.api.delete_resource_server, **at) == GONE
    assert refused(pool.api.update_resource_server, **at, Name="Sol") == GONE
    assert pool.api.describe_resource_server(UserPoolId=other.id, Identifier="solar")["ResourceServer"]["Scopes"]
    other.api.delete_user_pool(UserPoolId=other.id)
    assert pool.refused(solar, other) == missing(other.id)


def test_scopes_of_a_server_have_names_of_their_own(pool: Pool) -> None:
    assert pool.refused(solar, pool, Scopes=[SCOPES[0], SCOPES[0]])[0] == "InvalidParameterException"
    assert pool.refused(solar, pool, Scopes=[{"ScopeName": "a/b", "ScopeDescription": "x"}])[1].startswith(
        "1 validation error detected: Value 'a/b' at 'scopes.1.member.scopeName' failed to satisfy constraint: "
    )
    assert solar(pool, Scopes=[])["Scopes"] == []


def test_servers_are_listed_page_by_page(pool: Pool) -> None:
    names = [f"api{number}" for number in range(5)]
    for name in reversed(names):
        solar(pool, name)
    found: list[str] = []
    asked: dict[str, Any] = {"UserPoolId": pool.id, "MaxResults": 2}
    for _ in range(3):
        page = pool.api.list_resource_servers(**asked)
        found += [one["Identifier"] for one in page["ResourceServers"]]
        asked["NextToken"] = page.get("NextToken")
    assert (found, asked["NextToken"]) == (names, None)
    assert pool.api.list_resource_servers(UserPoolId=pool.id)["ResourceServers"][0]["Scopes"] == SCOPES


def test_a_client_names_scopes_and_providers_that_are_there(pool: Pool) -> None:
    no_scope = ("ScopeDoesNotExistException", "Invalid scope requested: solar/asteroids.add")
    no_provider = ("InvalidParameterException", f"The provider Google does not exist for User Pool {pool.id}.")
    scopes, provided = (
        MACHINE | {"AllowedOAuthScopes": SOLAR[1:]},
        {"SupportedIdentityProviders": ["COGNITO", "Google"]},
    )
    assert pool.refused(pool.new_client, **scopes) == no_scope
    assert pool.refused(pool.new_client, **provided) == no_provider
    solar(pool)
    google(pool.api, pool.id)
    openid(pool.api, pool.id)
    machine = pool.new_client(**scopes)
    human = pool.new_client(SupportedIdentityProviders=["Google", "Corporate", "COGNITO"])
    pool.api.delete_resource_server(UserPoolId=pool.id, Identifier="solar")
    pool.api.delete_identity_provider(UserPoolId=pool.id, ProviderName="Google")
    at = {"UserPoolId": pool.id}
    told = pool.api.describe_user_pool_client(**at, ClientId=machine)["UserPoolClient"]
    assert told["AllowedOAuthScopes"] == SOLAR[1:]
    told = pool.api.describe_user_pool_client(**at, ClientId=human)["UserPoolClient"]
    assert told["SupportedIdentityProviders"] == ["Google", "Corporate", "COGNITO"]
    update = pool.api.update_user_pool_client
    asked = {name: value for name, value in scopes.items() if name != "GenerateSecret"}
    assert pool.refused(update, **at, ClientId=machine, **asked) == no_scope
    assert pool.refused(update, **at, ClientId=human, **provided) == no_provider
    update(**at, ClientId=human, SupportedIdentityProviders=["Corporate"])


def test_a_machine_gets_scopes_that_are_there(pool: Pool) -> None:
    solar(pool)
    solar(pool, "lunar")
    pool.client = pool.new_client(**MACHINE | {"AllowedOAuthScopes": [*SOLAR, "lunar/asteroids.add", "openid"]})
    assert claims(issued(pool)["AccessToken"])["scope"] == f"{' '.join(SOLAR)} lunar/asteroids.add"
    assert claims(issued(pool, Scopes=SOLAR[1:])["AccessToken"])["scope"] == SOLAR[1]
    for scope in ("lunar/sunproximity.read", "openid"):
        assert pool.refused(issued, pool, Scopes=[scope]) == (
            "InvalidParameterException",
            f"Invalid scope requested: {scope}",
        )
    at = {"UserPoolId": pool.id, "Identifier": "solar"}
    pool.api.update_resource_server(**at, Name="Sol", Scopes=SCOPES[1:])
    assert claims(issued(pool)["AccessToken"])["scope"] == f"{SOLAR[1]} lunar/asteroids.add"
    assert pool.refused(issued, pool, Scopes=SOLAR[:1])[0] == "InvalidParameterException"
    pool.api.delete_resource_server(UserPoolId=pool.id, Identifier="lunar")
    pool.api.delete_resource_server(**at)
    assert "scope" not in claims(issued(pool)["AccessToken"])


def test_scopes_of_a_machine_count_and_others_do_not(pool: Pool, warned: Any) -> None:
    """What a client asks for in vain is told in the log."""
    solar(pool)
    pool.new_client(**MACHINE | {"AllowedOAuthScopes": SOLAR})
    assert [one["member"] for one in warned()] == []
    pool.new_client(**MACHINE)
    assert [one["member"] for one in warned()] == ["AllowedOAuthScopes"]
