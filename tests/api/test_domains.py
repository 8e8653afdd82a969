"""Domains through boto3: made, described, changed and deleted as Cognito does, and what they change today."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from tests.api.asking import described, missing, refused
from tests.serving import Serving

from keydesk.domain.hosted_domain import CHARACTERS

CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/one"
CUSTOM = {"CertificateArn": CERTIFICATE}
NOWHERE = ("InvalidParameterException", "No such domain or user pool exists.")
LITE = (
    "FeatureUnavailableInTierException",
    "The following feature is not available for the LITE pricing tier configured: Managed Login Version 2",
)


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def pool_id(cognito: Any) -> str:
    return str(cognito.create_user_pool(PoolName="domains")["UserPool"]["Id"])


@pytest.fixture
def name(pool_id: str) -> str:
    """One that no other test takes."""
    return "pool-" + pool_id.partition("_")[2].lower()


def told(cognito: Any, domain: str) -> dict[str, Any]:
    return dict(cognito.describe_user_pool_domain(Domain=domain)["DomainDescription"])


def bare(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in answer.items() if key != "ResponseMetadata"}


def test_a_prefix_is_made_changed_and_deleted(server: Serving, cognito: Any, pool_id: str, name: str) -> None:
    at = {"UserPoolId": pool_id, "Domain": name}
    assert told(cognito, name) == {}
    assert bare(cognito.create_user_pool_domain(**at)) == {"ManagedLoginVersion": 1}
    found = told(cognito, name)
    assert found.pop("Version").isdigit()
    assert found == {
        **at,
        "AWSAccountId": "000000000000",
        "CloudFrontDistribution": urlsplit(server.url).hostname,
        "Status": "ACTIVE",
        "CustomDomainConfig": {},
        "ManagedLoginVersion": 1,
    }
    assert described(cognito, pool_id)["Domain"] == name
    assert refused(cognito.create_user_pool_domain, **at) == (
        "InvalidParameterException",
        "User pool already has a domain configured.",
    )
    for _ in range(2):
        assert bare(cognito.update_user_pool_domain(**at, ManagedLoginVersion=2)) == {"ManagedLoginVersion": 2}
    assert bare(cognito.update_user_pool_domain(**at)) == {"ManagedLoginVersion": 2}
    assert told(cognito, name)["ManagedLoginVersion"] == 2
    cognito.update_user_pool(UserPoolId=pool_id)
    assert described(cognito, pool_id)["Domain"] == name
    assert refused(cognito.delete_user_pool, UserPoolId=pool_id) == (
        "InvalidParameterException",
        "User pool cannot be deleted. It has a domain configured that should be deleted first.",
    )
    assert bare(cognito.delete_user_pool_domain(**at)) == {}
    assert told(cognito, name) == {}
    assert "Domain" not in described(cognito, pool_id)
    assert refused(cognito.delete_user_pool_domain, **at) == NOWHERE
    assert refused(cognito.update_user_pool_domain, **at) == NOWHERE
    cognito.delete_user_pool(UserPoolId=pool_id)


def test_a_custom_domain_beside_the_prefix(server: Serving, cognito: Any, pool_id: str, name: str) -> None:
    host = f"auth.{name}.example.com"
    at = {"UserPoolId": pool_id, "Domain": host}
    here = urlsplit(server.url).hostname
    said = {"ManagedLoginVersion": 2, "CloudFrontDomain": here}
    newer = {"CertificateArn": CERTIFICATE + "-2", "SecurityPolicy": "TLS_V1_2_2021"}
    cognito.create_user_pool_domain(UserPoolId=pool_id, Domain=name)
    assert bare(cognito.create_user_pool_domain(**at, CustomDomainConfig=CUSTOM, ManagedLoginVersion=2)) == said
    found = told(cognito, host)
    assert (found["CustomDomainConfig"], found["CloudFrontDistribution"]) == (CUSTOM, here)
    assert [described(cognito, pool_id)[key] for key in ("Domain", "CustomDomain")] == [name, host]
    assert refused(cognito.update_user_pool_domain, **at, ManagedLoginVersion=1) == (
        "InvalidParameterException",
        "Cannot convert custom domain to prefix domain.",
    )
    assert refused(cognito.update_user_pool_domain, UserPoolId=pool_id, Domain=name, CustomDomainConfig=CUSTOM) == (
        "InvalidParameterException",
        "Cannot convert prefix domain to custom domain.",
    )
    assert bare(cognito.update_user_pool_domain(**at, CustomDomainConfig=newer)) == said
    assert told(cognito, host)["CustomDomainConfig"] == newer
    cognito.delete_user_pool_domain(UserPoolId=pool_id, Domain=name)
    pool = described(cognito, pool_id)
    assert ("Domain" in pool, pool["CustomDomain"]) == (False, host)
    assert refused(cognito.delete_user_pool, UserPoolId=pool_id)[0] == "InvalidParameterException"
    cognito.delete_user_pool_domain(**at)
    cognito.delete_user_pool(UserPoolId=pool_id)


def test_a_name_is_one_pools_alone_in_its_region(server: Serving, cognito: Any, pool_id: str, name: str) -> None:
    other = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    taken = ("InvalidParameterException", "Domain already associated with another user pool.")
    custom = {"Domain": f"auth.{name}.example.com", "CustomDomainConfig": CUSTOM}
    for said in ({"Domain": name}, custom):
        cognito.create_user_pool_domain(UserPoolId=pool_id, **said)
        assert refused(cognito.create_user_pool_domain, UserPoolId=other, **said) == taken
        assert refused(cognito.delete_user_pool_domain, UserPoolId=other, Domain=said["Domain"]) == NOWHERE
    assert "Domain" not in described(cognito, other)
    abroad = server.client(region="eu-west-1")
    there = abroad.create_user_pool(PoolName="there")["UserPool"]["Id"]
    assert [told(abroad, str(one)) for one in (name, custom["Domain"])] == [{}, {}]
    abroad.create_user_pool_domain(UserPoolId=there, Domain=name)
    assert refused(abroad.create_user_pool_domain, UserPoolId=there, **custom) == taken
    assert [told(one, name)["UserPoolId"] for one in (cognito, abroad)] == [pool_id, there]


def test_what_is_refused(cognito: Any, pool_id: str, name: str) -> None:
    create, invalid = cognito.create_user_pool_domain, "InvalidParameterException"
    cases: list[tuple[dict[str, Any], str]] = [
        ({"Domain": "auth.example.com"}, CHARACTERS),
        ({"Domain": "my-cognito-app"}, "Domain cannot contain reserved word: cognito"),
        ({"ManagedLoginVersion": 3}, "ManagedLoginVersion must be 1 or 2."),
        (
            {"Routing": {"Failover": {"SecondaryRegion": "eu-west-1", "PrimaryRoute53HealthCheckId": "one"}}},
            "There is no replica of the user pool in eu-west-1 to fail over to.",
        ),
        (
            {"Domain": "x" * 64},
            f"1 validation error detected: Value '{'x' * 64}' at 'domain' failed to satisfy constraint: "
            "Member must have length less than or equal to 63",
        ),
    ]
    for said, sentence in cases:
        assert refused(create, **{"UserPoolId": pool_id, "Domain": name, **said}) == (invalid, sentence)
    assert refused(cognito.describe_user_pool_domain, Domain="no name") == (invalid, CHARACTERS)
    for act in (create, cognito.update_user_pool_domain, cognito.delete_user_pool_domain):
        assert refused(act, UserPoolId="us-east-1_nowhere", Domain=name) == missing("us-east-1_nowhere")
    cognito.update_user_pool(UserPoolId=pool_id, UserPoolTier="LITE")
    assert refused(create, UserPoolId=pool_id, Domain=name, ManagedLoginVersion=2) == LITE
    create(UserPoolId=pool_id, Domain=name)
    update = cognito.update_user_pool_domain
    assert refused(update, UserPoolId=pool_id, Domain=name, ManagedLoginVersion=2) == LITE


def test_a_custom_domain_is_the_relying_party_of_passkeys(cognito: Any, pool_id: str, name: str) -> None:
    """As with Cognito, unless another is set; a prefix leaves it alone, for no page here is below Amazon's domain."""
    host = f"auth.{name}.example.com"
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "WEB_AUTHN"]}}
    cognito.update_user_pool(UserPoolId=pool_id, Policies=policy)
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id, ClientName="c", ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
    )["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(
        UserPoolId=pool_id, Username="one", MessageAction="SUPPRESS", TemporaryPassword="Temp-horse-9"
    )
    cognito.admin_set_user_password(UserPoolId=pool_id, Username="one", Password="Correct-horse-9", Permanent=True)
    token = cognito.admin_initiate_auth(
        UserPoolId=pool_id,
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "one", "PASSWORD": "Correct-horse-9"},
    )["AuthenticationResult"]["AccessToken"]

    def party() -> str:
        return str(cognito.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]["rp"]["id"])

    cognito.create_user_pool_domain(UserPoolId=pool_id, Domain=name)
    assert party() == "localhost"
    cognito.create_user_pool_domain(UserPoolId=pool_id, Domain=host, CustomDomainConfig=CUSTOM)
    assert party() == host
    cognito.set_user_pool_mfa_config(UserPoolId=pool_id, WebAuthnConfiguration={"RelyingPartyId": "example.com"})
    assert party() == "example.com"


def test_what_has_no_effect_yet_is_told(
    cognito: Any, pool_id: str, name: str, warned: Callable[[], list[dict[str, Any]]]
) -> None:
    custom = CUSTOM | {"SecurityPolicy": "TLS_V1_3_2025"}
    cognito.create_user_pool_domain(UserPoolId=pool_id, Domain=name)
    cognito.create_user_pool_domain(UserPoolId=pool_id, Domain=f"auth.{name}.example.com", CustomDomainConfig=custom)
    assert [(said["of"], said["member"]) for said in warned() if said["pool"] == pool_id] == [
        ("DomainDescription", "Domain"),
        ("DomainDescription", "Domain"),
        ("DomainDescription", "CustomDomainConfig.CertificateArn"),
        ("DomainDescription", "CustomDomainConfig.SecurityPolicy"),
    ]
