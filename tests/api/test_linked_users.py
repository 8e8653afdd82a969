"""Users linked to identities at providers: what it asks for, and how it shows in answers, events and tokens."""

import json
import secrets
from typing import Any

import pytest
from tests.api.asking import refused
from tests.api.providers_asked import google, openid
from tests.serving import Pool, Serving, claims

NOBODY = ("UserNotFoundException", "User does not exist.")
LINKED = ("InvalidParameterException", "SourceUser is already linked to DestinationUser")
NOT_LINKED = (
    "InvalidParameterException",
    "Account isn't linked to anyone else, verify that the account has been linked",
)
WRONG = ("NotAuthorizedException", "Incorrect username or password.")


@pytest.fixture
def pool(server: Serving) -> Pool:
    """With a user, ada, and two providers."""
    made = Pool(server)
    made.user()
    google(made.api, made.id)
    openid(made.api, made.id, AttributeMapping={"email": "mail"})
    return made


def source(value: str = "1234", provider: str = "Google", attribute: str = "Cognito_Subject") -> dict[str, str]:
    return {"ProviderName": provider, "ProviderAttributeName": attribute, "ProviderAttributeValue": value}


def link(pool: Pool, name: str = "ada", **said: str) -> None:
    to = {"ProviderName": "Cognito", "ProviderAttributeValue": name}
    pool.api.admin_link_provider_for_user(UserPoolId=pool.id, DestinationUser=to, SourceUser=source(**said))


def unlink(pool: Pool, **said: str) -> None:
    pool.api.admin_disable_provider_for_user(UserPoolId=pool.id, User=source(**said))


def attributes(pool: Pool, name: str = "ada") -> dict[str, str]:
    told = pool.api.admin_get_user(UserPoolId=pool.id, Username=name)["UserAttributes"]
    return {one["Name"]: one["Value"] for one in told}


def identities(pool: Pool, name: str = "ada") -> list[dict[str, Any]]:
    return list(json.loads(attributes(pool, name).get("identities", "[]")))


def test_a_link_shows_wherever_attributes_are_told(pool: Pool) -> None:
    before = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")
    link(pool)
    told = attributes(pool)
    assert list(told)[:2] == ["sub", "identities"]
    (one,) = json.loads(told["identities"])
    made = one.pop("dateCreated")
    assert one == {
        "userId": "1234",
        "providerName": "Google",
        "providerType": "Google",
        "issuer": None,
        "primary": False,
    }
    after = pool.api.admin_get_user(UserPoolId=pool.id, Username="ada")
    assert (after["UserStatus"], after["UserCreateDate"]) == (before["UserStatus"], before["UserCreateDate"])
    assert int(after["UserLastModifiedDate"].timestamp() * 1000) == made
    (listed,) = pool.api.list_users(UserPoolId=pool.id)["Users"]
    assert {"Name": "identities", "Value": told["identities"]} in listed["Attributes"]
    (asked,) = pool.api.list_users(UserPoolId=pool.id, AttributesToGet=["identities"])["Users"]
    assert asked["Attributes"] == [{"Name": "identities", "Value": told["identities"]}]
    tokens = pool.tokens()
    own = pool.api.get_user(AccessToken=tokens["AccessToken"])["UserAttributes"]
    assert {"Name": "identities", "Value": told["identities"]} in own
    claim = {**one, "primary": "false", "dateCreated": str(made)}
    assert claims(tokens["IdToken"])["identities"] == [claim]
    assert "identities" not in claims(tokens["AccessToken"])


def test_a_client_that_may_read_little_is_told_of_identities(pool: Pool) -> None:
    link(pool)
    pool.client = pool.new_client(ReadAttributes=["email"])
    assert [one["userId"] for one in claims(pool.tokens()["IdToken"])["identities"]] == ["1234"]


def test_nobody_writes_identities(pool: Pool) -> None:
    link(pool)
    at = {"UserPoolId": pool.id, "Username": "ada"}
    for value in ("[]", ""):
        said = [{"Name": "identities", "Value": value}]
        code, sentence = refused(pool.api.admin_update_user_attributes, **at, UserAttributes=said)
        assert (code, sentence.strip()) == (
            "InvalidParameterException",
            "user.identities: Attribute cannot be updated.",
        )
    assert refused(pool.api.admin_delete_user_attributes, **at, UserAttributeNames=["identities"]) == (
        "InvalidParameterException",
        "user.identities: Attribute cannot be updated.",
    )
    assert len(identities(pool)) == 1


def test_an_identity_leads_to_one_user(pool: Pool) -> None:
    pool.user("eva")
    link(pool)
    for name in ("ada", "eva"):
        assert pool.refused(link, pool, name) == LINKED
    link(pool, "eva", value="5678")
    link(pool, value="ada@example.com", provider="Corporate", attribute="email")
    assert [one["userId"] for one in identities(pool)] == ["1234", "ada@example.com"]
    assert [one["providerType"] for one in identities(pool)] == ["Google", "OIDC"]
    assert [one["userId"] for one in identities(pool, "eva")] == ["5678"]


def test_five_identities_are_the_most(pool: Pool) -> None:
    for number in range(5):
        link(pool, value=str(number))
    code, _ = pool.refused(link, pool, value="5")
    assert code == "LimitExceededException"
    unlink(pool, value="0")
    link(pool, value="5")
    assert [one["userId"] for one in identities(pool)] == ["1", "2", "3", "4", "5"]


def test_what_cannot_be_linked(pool: Pool) -> None:
    assert pool.refused(link, pool, "nobody") == NOBODY
    assert pool.refused(link, pool, provider="cognito") == (
        "InvalidParameterException",
        "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, "
        "only as a DestinationUser",
    )
    assert pool.refused(link, pool, provider="Facebook") == (
        "ResourceNotFoundException",
        "Identity provider Facebook does not exist.",
    )
    for said in ({"attribute": "email"}, {"provider": "Corporate", "attribute": "phone_number"}, {"value": ""}):
        assert pool.refused(link, pool, **said)[0] == "InvalidParameterException"
    assert (
        refused(
            pool.api.admin_link_provider_for_user,
            UserPoolId=pool.id,
            DestinationUser=source("1234", "Google"),
            SourceUser=source("5678"),
        )
        == NOBODY
    )
    assert identities(pool) == []


def test_a_value_is_as_long_as_a_provider_makes_one(pool: Pool) -> None:
    """And no longer: it is a key in the database, where a page holds no more of them."""
    longest = "".join(chr(0x10000 + secrets.randbelow(0x10000)) for _ in range(512))
    link(pool, value=longest)
    assert [one["userId"] for one in identities(pool)] == [longest]
    unlink(pool, value=longest)
    for said in (link, unlink):
        assert pool.refused(said, pool, value=longest + "x")[0] == "InvalidParameterException"


def test_a_user_is_named_as_administrators_name_users(server: Serving) -> None:
    """By what stands in for the user name, too, and by what else leads to them already."""
    pool = Pool(server, UsernameAttributes=["email"])
    google(pool.api, pool.id)
    openid(pool.api, pool.id)
    sub = pool.user("ada@example.com")
    link(pool, "ada@example.com")
    link(pool, sub, value="5678")
    said = {"UserPoolId": pool.id, "DestinationUser": source("5678"), "SourceUser": source("9", "Corporate")}
    pool.api.admin_link_provider_for_user(**said)
    assert [one["userId"] for one in identities(pool, sub)] == ["1234", "5678", "9"]


def test_an_identity_is_unlinked(pool: Pool) -> None:
    link(pool)
    link(pool, value="ada@example.com", provider="Corporate", attribute="email")
    for said in ({"value": "5678"}, {"provider": "Facebook"}, {"attribute": "email"}):
        assert pool.refused(unlink, pool, **said) == NOT_LINKED
    unlink(pool)
    assert [one["providerName"] for one in identities(pool)] == ["Corporate"]
    assert pool.refused(unlink, pool) == NOT_LINKED
    pool.user("eva")
    link(pool, "eva")
    assert [one["userId"] for one in identities(pool, "eva")] == ["1234"]


def test_a_linked_user_may_be_left_without_a_password(pool: Pool) -> None:
    itself = {"value": "ada", "provider": "Cognito"}
    assert pool.refused(unlink, pool, **itself) == NOT_LINKED
    assert pool.refused(unlink, pool, value="nobody", provider="Cognito") == NOBODY
    link(pool)
    assert pool.tokens()
    unlink(pool, **itself)
    assert pool.refused(pool.tokens) == WRONG
    assert len(identities(pool)) == 1
    pool.api.admin_set_user_password(UserPoolId=pool.id, Username="ada", Password="Another-horse-9", Permanent=True)
    assert pool.tokens(password="Another-horse-9")


def test_what_goes_takes_its_links_along(pool: Pool) -> None:
    """A user's go with the user, a pool's with the pool; a provider's stay, for it may come back."""
    link(pool)
    pool.api.delete_identity_provider(UserPoolId=pool.id, ProviderName="Google")
    assert [one["userId"] for one in identities(pool)] == ["1234"]
    google(pool.api, pool.id)
    pool.api.admin_delete_user(UserPoolId=pool.id, Username="ada")
    pool.user()
    assert identities(pool) == []
    link(pool)
    pool.api.delete_user_pool(UserPoolId=pool.id)
    pool.api.create_user_pool(PoolName="test", UserPoolTags={"keydesk:id": pool.id})
    google(pool.api, pool.id)
    pool.user("ada")
    link(pool)


def test_a_function_sees_identities(pool: Pool) -> None:
    link(pool)
    code = "def handler(event, context):\n    raise Exception(event['request']['userAttributes']['identities'])"
    pool.trigger(PreAuthentication=pool.server.deploy(f"identities-{pool.id}", code))
    _, sentence = pool.refused(pool.tokens)
    assert '"userId":"1234"' in sentence
