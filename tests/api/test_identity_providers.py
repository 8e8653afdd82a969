"""Identity providers through boto3: what each type needs, what AWS adds, and what becomes of them."""

from datetime import datetime
from typing import Any

import pytest
from tests.api.asking import missing, refused
from tests.api.providers_asked import OPENID, SOCIAL, URLS, apple_key, google, openid
from tests.serving import Serving

APPLE = {"client_id": "com.example", "team_id": "TEAM", "key_id": "KEY", "private_key": "MIGHAgEAMBMG"}
NEEDS_SOCIAL = "clientId, clientSecret and authorizeScopes are all required idp details."
BAD_TOKEN = ("InvalidParameterException", "Invalid pagination token given.")

# Type, details as asked, details as told beside them, and what users are named by.
KINDS: list[tuple[str, dict[str, str], dict[str, str], str]] = [
    (
        "Google",
        SOCIAL,
        {
            "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
            "attributes_url_add_attributes": "true",
            "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
            "oidc_issuer": "https://accounts.google.com",
            "token_request_method": "POST",
            "token_url": "https://www.googleapis.com/oauth2/v4/token",
        },
        "sub",
    ),
    (
        "Facebook",
        {**SOCIAL, "api_version": "v17.0"},
        {
            "attributes_url": "https://graph.facebook.com/v17.0/me?fields=",
            "attributes_url_add_attributes": "true",
            "authorize_url": "https://www.facebook.com/v17.0/dialog/oauth",
            "token_request_method": "GET",
            "token_url": "https://graph.facebook.com/v17.0/oauth/access_token",
        },
        "id",
    ),
    (
        "LoginWithAmazon",
        SOCIAL,
        {
            "attributes_url": "https://api.amazon.com/user/profile",
            "attributes_url_add_attributes": "false",
            "authorize_url": "https://www.amazon.com/ap/oa",
            "token_request_method": "POST",
            "token_url": "https://api.amazon.com/auth/o2/token",
        },
        "user_id",
    ),
    ("Corporate", OPENID, {"attributes_url_add_attributes": "false"}, "sub"),
]


# What is refused: type, name, details, sentence.
REFUSED: list[tuple[str, str, dict[str, str], str]] = [
    *(("Google", "Google", {**SOCIAL, lacking: ""}, NEEDS_SOCIAL) for lacking in SOCIAL),
    ("Facebook", "Facebook", {"client_id": "an id"}, NEEDS_SOCIAL),
    ("LoginWithAmazon", "LoginWithAmazon", {}, NEEDS_SOCIAL),
    (
        "SignInWithApple",
        "SignInWithApple",
        {**APPLE, "team_id": ""},
        "clientId, privateKey, teamId, and keyId are all required idp details.",
    ),
    (
        "OIDC",
        "Corporate",
        {**OPENID, "oidc_issuer": ""},
        "clientId, authorizeScopes, oidcIssuer and attributesRequestMethod are all required idp details.",
    ),
    (
        "OIDC",
        "Corporate",
        {**OPENID, "attributes_request_method": "PUT"},
        "1 validation error detected: Value 'PUT' at 'attributes_request_method' failed to satisfy constraint: "
        "Member must satisfy enum value set: [POST, GET]",
    ),
    (
        "SignInWithApple",
        "SignInWithApple",
        APPLE,
        "Provided private key cannot be used for Sign in with Apple.",
    ),
    ("Google", "Mine", SOCIAL, "Provider Mine cannot be of type Google."),
    ("OIDC", "Google", OPENID, "Provider Google cannot be of type OIDC."),
    ("OIDC", "COGNITO", OPENID, "Provider COGNITO cannot be of type OIDC."),
]


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def pool_id(cognito: Any) -> str:
    return str(cognito.create_user_pool(PoolName="providers")["UserPool"]["Id"])


def test_what_a_type_adds_is_told(cognito: Any, pool_id: str) -> None:
    for name, asked, added, subject in KINDS:
        kind = "OIDC" if name == "Corporate" else name
        at = {"UserPoolId": pool_id, "ProviderName": name}
        made = cognito.create_identity_provider(**at, ProviderType=kind, ProviderDetails=asked)["IdentityProvider"]
        assert cognito.describe_identity_provider(**at)["IdentityProvider"] == made
        assert list(made["ProviderDetails"]) == sorted(made["ProviderDetails"])
        assert made.pop("CreationDate") == made.pop("LastModifiedDate")
        assert made == {
            **at,
            "ProviderType": kind,
            "ProviderDetails": {**asked, **added},
            "AttributeMapping": {"username": subject},
            "IdpIdentifiers": [],
        }
        again = cognito.update_identity_provider(**at, ProviderDetails=made["ProviderDetails"])["IdentityProvider"]
        assert again["ProviderDetails"] == made["ProviderDetails"]


def test_what_is_refused(cognito: Any, pool_id: str) -> None:
    for kind, name, details, sentence in REFUSED:
        asked = {"UserPoolId": pool_id, "ProviderName": name, "ProviderType": kind, "ProviderDetails": details}
        assert refused(cognito.create_identity_provider, **asked) == ("InvalidParameterException", sentence)
    assert cognito.list_identity_providers(UserPoolId=pool_id)["Providers"] == []


def test_apples_key_is_taken_and_never_told(cognito: Any, pool_id: str) -> None:
    at = {"UserPoolId": pool_id, "ProviderName": "SignInWithApple"}
    said = {**APPLE, "private_key": apple_key(), "authorize_scopes": "email name"}
    made = cognito.create_identity_provider(**at, ProviderType="SignInWithApple", ProviderDetails=said)
    told = {name: value for name, value in said.items() if name != "private_key"}
    assert made["IdentityProvider"]["ProviderDetails"] == {
        **told,
        "attributes_url_add_attributes": "false",
        "authorize_url": "https://appleid.apple.com/auth/authorize",
        "oidc_issuer": "https://appleid.apple.com",
        "token_request_method": "POST",
        "token_url": "https://appleid.apple.com/auth/token",
    }
    assert made["IdentityProvider"]["AttributeMapping"] == {"username": "sub"}
    assert refused(cognito.update_identity_provider, **at, ProviderDetails=told)[0] == "InvalidParameterException"
    cognito.update_identity_provider(**at, IdpIdentifiers=["apple"])


def test_attributes_that_are_mapped_to_are_the_pools(cognito: Any, pool_id: str) -> None:
    cognito.add_custom_attributes(
        UserPoolId=pool_id, CustomAttributes=[{"Name": "team", "AttributeDataType": "String"}]
    )
    mapping = {"email": "mail", "custom:team": "dept", "username": "sub"}
    assert openid(cognito, pool_id, AttributeMapping=mapping)["AttributeMapping"] == mapping
    at = {"UserPoolId": pool_id, "ProviderName": "Corporate"}
    for strange in ({"custom:other": "dept", "phone": "phone"}, {"sub": "sub"}):
        assert refused(cognito.update_identity_provider, **at, AttributeMapping=strange) == (
            "InvalidParameterException",
            f"AttributeMapping contains invalid mapping: [{', '.join(strange)}]",
        )
    changed = cognito.update_identity_provider(**at, AttributeMapping={"email": "mail"})["IdentityProvider"]
    assert changed["AttributeMapping"] == {"email": "mail", "username": "sub"}


def test_an_update_changes_what_it_names(own_server: Serving) -> None:
    own_server.clock.stop()
    cognito = own_server.client()
    pool_id = cognito.create_user_pool(PoolName="providers")["UserPool"]["Id"]
    made = openid(
        cognito,
        pool_id,
        IdpIdentifiers=["one", "two"],
        AttributeMapping={"email": "mail"},
        AcrMapping={"Level1": "bronze"},
    )
    own_server.clock.forward(seconds=5)
    at = {"UserPoolId": pool_id, "ProviderName": "Corporate"}
    changed = cognito.update_identity_provider(**at, IdpIdentifiers=["two", "three"])["IdentityProvider"]
    assert (changed["LastModifiedDate"] - changed["CreationDate"]).total_seconds() == 5
    assert {**changed, "LastModifiedDate": made["LastModifiedDate"]} == {**made, "IdpIdentifiers": ["two", "three"]}
    bare = {name: value for name, value in OPENID.items() if name != "client_secret"}
    changed = cognito.update_identity_provider(**at, ProviderDetails=bare, AcrMapping={"Level2": "silver"})
    assert changed["IdentityProvider"]["ProviderDetails"] == {**bare, "attributes_url_add_attributes": "false"}
    assert changed["IdentityProvider"]["AcrMapping"] == {"Level2": "silver"}
    assert cognito.describe_identity_provider(**at)["IdentityProvider"] == changed["IdentityProvider"]


def test_only_an_openid_provider_has_levels(cognito: Any, pool_id: str) -> None:
    asked = {"ProviderName": "Google", "ProviderType": "Google", "ProviderDetails": SOCIAL}
    levels = {"Level1": "bronze"}
    code, _ = refused(cognito.create_identity_provider, UserPoolId=pool_id, **asked, AcrMapping=levels)
    assert code == "InvalidParameterException"
    google(cognito, pool_id)
    at = {"UserPoolId": pool_id, "ProviderName": "Google"}
    assert refused(cognito.update_identity_provider, **at, AcrMapping=levels)[0] == "InvalidParameterException"


def test_identifiers_lead_to_their_provider(cognito: Any, pool_id: str) -> None:
    made = openid(cognito, pool_id, IdpIdentifiers=["corp", "example.com"])
    for identifier in ("corp", "example.com"):
        by = {"UserPoolId": pool_id, "IdpIdentifier": identifier}
        assert cognito.get_identity_provider_by_identifier(**by)["IdentityProvider"] == made
    code, _ = refused(google, cognito=cognito, pool_id=pool_id, IdpIdentifiers=["other", "corp"])
    assert code == "InvalidParameterException"
    assert [one["ProviderName"] for one in cognito.list_identity_providers(UserPoolId=pool_id)["Providers"]] == [
        "Corporate"
    ]
    at = {"UserPoolId": pool_id, "ProviderName": "Corporate"}
    cognito.update_identity_provider(**at, IdpIdentifiers=["new"])
    for identifier, found in (("new", True), ("corp", False)):
        by = {"UserPoolId": pool_id, "IdpIdentifier": identifier}
        if found:
            assert cognito.get_identity_provider_by_identifier(**by)["IdentityProvider"]["ProviderName"] == "Corporate"
        else:
            assert refused(cognito.get_identity_provider_by_identifier, **by)[0] == "ResourceNotFoundException"
    assert google(cognito, pool_id, IdpIdentifiers=["corp"])["IdpIdentifiers"] == ["corp"]


def test_a_provider_is_made_once_and_deleted_once(cognito: Any, pool_id: str) -> None:
    google(cognito, pool_id, IdpIdentifiers=["one"])
    assert refused(google, cognito=cognito, pool_id=pool_id) == (
        "DuplicateProviderException",
        f"Google already exists in user pool {pool_id}",
    )
    other = str(cognito.create_user_pool(PoolName="other")["UserPool"]["Id"])
    google(cognito, other, IdpIdentifiers=["one"])
    at = {"UserPoolId": pool_id, "ProviderName": "Google"}
    cognito.delete_identity_provider(**at)
    gone = ("ResourceNotFoundException", "Identity provider Google does not exist.")
    for name in ("describe_identity_provider", "update_identity_provider", "delete_identity_provider"):
        assert (name, refused(getattr(cognito, name), **at)) == (name, gone)
    by = {"IdpIdentifier": "one"}
    assert refused(cognito.get_identity_provider_by_identifier, UserPoolId=pool_id, **by)[0] == gone[0]
    assert cognito.get_identity_provider_by_identifier(UserPoolId=other, **by)["IdentityProvider"]
    google(cognito, pool_id, IdpIdentifiers=["one"])


def test_a_pool_that_is_not_there_has_none(cognito: Any, pool_id: str) -> None:
    cognito.delete_user_pool(UserPoolId=pool_id)
    at = {"UserPoolId": pool_id, "ProviderName": "Google"}
    assert refused(google, cognito=cognito, pool_id=pool_id) == missing(pool_id)
    for name in ("describe_identity_provider", "update_identity_provider", "delete_identity_provider"):
        assert refused(getattr(cognito, name), **at) == missing(pool_id)
    assert refused(cognito.list_identity_providers, UserPoolId=pool_id) == missing(pool_id)


def test_providers_are_listed_page_by_page(cognito: Any, pool_id: str) -> None:
    names = [f"Corporate{number}" for number in range(5)]
    for name in reversed(names):
        openid(cognito, pool_id, name)
    found: list[str] = []
    asked: dict[str, Any] = {"UserPoolId": pool_id, "MaxResults": 2}
    for _ in range(3):
        page = cognito.list_identity_providers(**asked)
        found += [one["ProviderName"] for one in page["Providers"]]
        asked["NextToken"] = page.get("NextToken")
    assert (found, asked["NextToken"]) == (names, None)
    (first, *_) = cognito.list_identity_providers(UserPoolId=pool_id)["Providers"]
    assert set(first) == {"ProviderName", "ProviderType", "CreationDate", "LastModifiedDate"}
    assert isinstance(first["CreationDate"], datetime)
    assert refused(cognito.list_identity_providers, UserPoolId=pool_id, NextToken="made-up") == BAD_TOKEN


def test_details_of_the_providers_own_win(cognito: Any, pool_id: str) -> None:
    details = {**SOCIAL, "token_url": URLS["token_url"], "mine": "kept"}
    told = google(cognito, pool_id, ProviderDetails=details)["ProviderDetails"]
    assert (told["token_url"], told["mine"]) == (URLS["token_url"], "kept")


def test_secrets_are_sealed_where_they_are_kept(own_server: Serving) -> None:
    """SE-05: nothing that the provider gave in confidence stands in the database."""
    cognito = own_server.client()
    pool_id = cognito.create_user_pool(PoolName="providers")["UserPool"]["Id"]
    google(cognito, pool_id, ProviderDetails={**SOCIAL, "client_secret": "a-canary-of-a-provider"})
    desk = own_server.house.desk
    stored = own_server.run(desk.store.read(lambda db: db.exec_driver_sql("SELECT doc FROM identity_providers").all()))
    assert [b"a-canary" in bytes(doc) for (doc,) in stored] == [False]
    at = {"UserPoolId": pool_id, "ProviderName": "Google"}
    told = cognito.describe_identity_provider(**at)["IdentityProvider"]["ProviderDetails"]
    assert told["client_secret"] == "a-canary-of-a-provider"


def test_what_has_no_effect_is_told(cognito: Any, pool_id: str, warned: Any) -> None:
    google(cognito, pool_id, IdpIdentifiers=["one"])
    said = [(one["pool"], one["of"], one["member"]) for one in warned()]
    members = ("ProviderDetails", "AttributeMapping", "IdpIdentifiers")
    assert said == [(pool_id, "IdentityProvider", member) for member in members]
