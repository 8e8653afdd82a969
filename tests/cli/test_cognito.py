"""`keydesk cognito`: a live pool moves in under its own ids; run again it catches up; and who is still to follow."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.api.providers_asked import apple_key, google
from tests.api.test_second_factor import with_app, with_factors
from tests.cli.running import command
from tests.cli.test_backups import keydesk
from tests.moving import CREDENTIALS, asking, at, moved, with_credentials
from tests.serving import PASSWORD, Pool, Serving, serving

from keydesk.runtime.live_api import LiveFault

MAIL = {"email": "ada@example.com", "email_verified": "true", "custom:team": "red"}


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with serving(tmp_path_factory.mktemp("live")) as running:
        yield running


@pytest.fixture
def here(store_url: str, tmp_path: Path, live: Serving, monkeypatch: pytest.MonkeyPatch) -> Iterator[Serving]:
    with_credentials(monkeypatch)
    with asking(live, tmp_path, store_url) as running:
        yield running


def furnished(live: Serving) -> Pool:
    """A pool with something of everything that the API tells."""
    pool = Pool(
        live,
        AutoVerifiedAttributes=["email"],
        AliasAttributes=["email"],
        Schema=[{"Name": "team", "AttributeDataType": "String", "Mutable": True}],
        UserPoolTags={"team": "shop"},
        LambdaConfig={"PostConfirmation": "arn:aws:lambda:us-east-1:000000000000:function:welcome"},
        Policies={"PasswordPolicy": {"MinimumLength": 12}},
    )
    ids = {"UserPoolId": pool.id}
    with_factors(pool, "OPTIONAL", "sms", "app")
    pool.api.create_resource_server(
        **ids, Identifier="shop", Name="Shop", Scopes=[{"ScopeName": "buy", "ScopeDescription": "Buy"}]
    )
    google(pool.api, pool.id, IdpIdentifiers=["g"], AttributeMapping={"email": "email"})
    apple = {"client_id": "a", "team_id": "t", "key_id": "k", "authorize_scopes": "email", "private_key": apple_key()}
    pool.api.create_identity_provider(
        **ids, ProviderName="SignInWithApple", ProviderType="SignInWithApple", ProviderDetails=apple
    )
    pool.api.create_user_pool_domain(**ids, Domain=f"shop-{pool.client[:8]}")
    pool.new_client(
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=["shop/buy"],
        AllowedOAuthFlowsUserPoolClient=True,
    )
    people(pool)
    return pool


def people(pool: Pool) -> None:
    """More than a page of them, in groups; one with an authenticator app and a linked identity."""
    ids = {"UserPoolId": pool.id}
    for name, rank in (("staff", 1), ("bosses", 0)):
        pool.api.create_group(**ids, GroupName=name, Precedence=rank, Description=name)
    pool.user("ada", "Correct-horse-9!", **MAIL)
    with_app(at_long(pool), "ada")
    for number in range(61):
        pool.api.admin_create_user(**ids, Username=f"user{number}", MessageAction="SUPPRESS")
        pool.api.admin_add_user_to_group(**ids, Username=f"user{number}", GroupName="staff")
    pool.api.admin_add_user_to_group(**ids, Username="ada", GroupName="bosses")
    pool.api.admin_disable_user(**ids, Username="user1")
    pool.api.admin_link_provider_for_user(
        **ids,
        DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": "ada"},
        SourceUser={
            "ProviderName": "Google",
            "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": "g-1",
        },
    )


def at_long(pool: Pool) -> Pool:
    """The pool, whose users' passwords are longer than those of others."""
    pool.tokens = lambda name="ada", password="Correct-horse-9!", **more: dict(  # type: ignore[method-assign]
        Pool.sign_in(pool, name, password, **more)["AuthenticationResult"]
    )
    return pool


def everything(pool: Pool) -> dict[str, Any]:
    """All that an administrator is told, but for the pool's own tags of this server."""
    api, ids = pool.api, {"UserPoolId": pool.id}
    described = api.describe_user_pool(**ids)["UserPool"]
    described["UserPoolTags"] = {k: v for k, v in described["UserPoolTags"].items() if not k.startswith("keydesk:")}
    clients = [one["ClientId"] for one in api.list_user_pool_clients(**ids)["UserPoolClients"]]
    groups = [one["GroupName"] for one in api.list_groups(**ids)["Groups"]]
    names = [one["ProviderName"] for one in api.list_identity_providers(**ids)["Providers"]]
    users = [one for page in api.get_paginator("list_users").paginate(**ids) for one in page["Users"]]
    return {
        "pool": described,
        "factors": without(api.get_user_pool_mfa_config(**ids)),
        "clients": [api.describe_user_pool_client(**ids, ClientId=one)["UserPoolClient"] for one in clients],
        "groups": api.list_groups(**ids)["Groups"],
        "servers": api.list_resource_servers(**ids, MaxResults=50)["ResourceServers"],
        "providers": [api.describe_identity_provider(**ids, ProviderName=one)["IdentityProvider"] for one in names],
        "domain": api.describe_user_pool_domain(Domain=described["Domain"])["DomainDescription"],
        "users": sorted(users, key=lambda one: one["Username"]),
        "members": {one: members(pool, one) for one in groups},
    }


def members(pool: Pool, group: str) -> set[str]:
    pages = pool.api.get_paginator("list_users_in_group").paginate(UserPoolId=pool.id, GroupName=group)
    return {user["Username"] for page in pages for user in page["Users"]}


def without(answer: Any) -> Any:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def test_a_pool_moves_in_with_all_that_is_told_and_catches_up(live: Serving, here: Serving) -> None:
    """Ids, secrets, subs, states and dates are the same; a second run changes what has changed, and nothing twice."""
    there = furnished(live)
    ids, twin = {"UserPoolId": there.id}, at(here, there)
    told = moved(there, here)
    assert everything(twin) == everything(there)
    assert "users: 62 new" in told
    assert "clients: 2 new" in told
    assert "authenticator apps of 1 users" in told
    assert "trigger PostConfirmation: its function arn:aws:lambda:us-east-1:000000000000:function:welcome" in told
    assert "identity provider SignInWithApple: its private_key is not told" in told
    told = moved(there, here, "--take-over")
    assert "new" not in told.partition("\n\n")[0]
    assert told.count("it takes no passwords here") == 1
    assert twin.api.describe_user_pool(**ids)["UserPool"]["UserPoolTags"]["keydesk:takeover"] == "{}"

    there.api.admin_update_user_attributes(
        **ids, Username="user2", UserAttributes=[{"Name": "email", "Value": "two@example.com"}]
    )
    there.api.admin_enable_user(**ids, Username="user1")
    there.api.admin_remove_user_from_group(**ids, Username="user3", GroupName="staff")
    there.api.admin_create_user(**ids, Username="late", MessageAction="SUPPRESS")
    there.api.update_group(**ids, GroupName="staff", Description="all of us")
    there.api.update_resource_server(**ids, Identifier="shop", Name="Shop", Scopes=[])
    google_now = {"client_id": "other", "client_secret": "new secret", "authorize_scopes": "email"}
    there.api.update_identity_provider(**ids, ProviderName="Google", ProviderDetails=google_now)
    there.api.update_user_pool_client(**ids, ClientId=there.client, ClientName="renamed")
    twin.api.admin_set_user_password(**ids, Username="user4", Password="Correct-horse-9!", Permanent=True)
    twin.api.update_group(**ids, GroupName="bosses", Description="changed here")
    told = moved(there, here)
    assert "users: 1 new, 2 brought up to date, 60 as they were" in told
    assert "groups: 1 brought up to date, 1 as they were" in told
    mine, theirs = everything(twin), everything(there)
    assert {name for name in mine if mine[name] != theirs[name]} == {"users", "groups"}, "what changed here"
    assert [a for a, b in zip(mine["users"], theirs["users"], strict=True) if a != b] == [
        one for one in mine["users"] if one["Username"] == "user4"
    ]
    assert "new" not in moved(there, here).partition("\n\n")[0]


def test_the_command_and_who_is_left(live: Serving, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a process, with credentials and without; for a pool that is not there; and what is left of it."""
    there = Pool(live)
    for name in ("ada", "grace"):
        there.user(name)
    line = ("cognito", "import", there.id, "--endpoint-url", live.url)
    nobody = command(tmp_path, *line, AWS_EC2_METADATA_DISABLED="true")
    assert (nobody.returncode, nobody.stderr.count("\n")) == (2, 1)
    assert "credentials" in nobody.stderr
    done = command(tmp_path, *line, "--take-over", **CREDENTIALS)
    assert (done.returncode, done.stderr) == (0, "")
    assert "users: 2 new" in done.stdout
    home = str(tmp_path / ".keydesk")
    with_credentials(monkeypatch)
    with pytest.raises(LiveFault, match="ResourceNotFoundException"):
        keydesk("cognito", "import", "us-east-1_missing", "--endpoint-url", live.url, "--data", home)
    with pytest.raises(LiveFault, match="no user pool's id"):
        keydesk("cognito", "import", "shop", "--data", home)
    left = keydesk("cognito", "left", there.id, "--names", "--data", home)
    assert left.startswith("ada\tCONFIRMED\t\ngrace\tCONFIRMED\t\n")
    with serving(tmp_path / ".keydesk", cognito_endpoint=live.url) as here:
        at(here, there).sign_in("ada", PASSWORD)
    assert keydesk("cognito", "left", there.id, "--data", home) == "1 users have no password here\n"
