"""SetRiskConfiguration and DescribeRiskConfiguration: what is kept, for whom, and what is refused."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from tests.api.asking import missing, refused
from tests.serving import Pool, Serving

MAIL = {"Subject": "Blocked", "HtmlBody": "<b>{ip-address}</b>", "TextBody": "{ip-address}"}
WHOLE: dict[str, Any] = {
    "CompromisedCredentialsRiskConfiguration": {"EventFilter": ["SIGN_IN"], "Actions": {"EventAction": "BLOCK"}},
    "AccountTakeoverRiskConfiguration": {
        "NotifyConfiguration": {
            "From": "Keydesk <desk@example.com>",
            "ReplyTo": "help@example.com",
            "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/desk@example.com",
            "BlockEmail": MAIL,
            "NoActionEmail": MAIL,
            "MfaEmail": {"Subject": "Second factor", "TextBody": "{login-time}"},
        },
        "Actions": {
            "LowAction": {"Notify": False, "EventAction": "NO_ACTION"},
            "MediumAction": {"Notify": True, "EventAction": "MFA_IF_CONFIGURED"},
            "HighAction": {"Notify": True, "EventAction": "BLOCK"},
        },
    },
    "RiskExceptionConfiguration": {
        "BlockedIPRangeList": ["192.0.2.0/24", "2001:db8::/32"],
        "SkippedIPRangeList": ["198.51.100.7/32"],
    },
}


@pytest.fixture
def pool(server: Serving) -> Pool:
    return Pool(server)


def said(answer: dict[str, Any]) -> dict[str, Any]:
    return dict(answer["RiskConfiguration"])


def described(pool: Pool, **more: Any) -> dict[str, Any]:
    return said(pool.api.describe_risk_configuration(UserPoolId=pool.id, **more))


def test_every_member_is_kept_for_the_pool_and_for_a_client_of_it(pool: Pool) -> None:
    """Any pool takes it; it is answered only while threat protection is on."""
    assert described(pool) == {"UserPoolId": pool.id}
    kept = said(pool.api.set_risk_configuration(UserPoolId=pool.id, **WHOLE))
    assert abs(kept.pop("LastModifiedDate").timestamp() - time.time()) < 60
    assert kept == {"UserPoolId": pool.id, **WHOLE}
    of = {"UserPoolId": pool.id, "ClientId": pool.client}
    assert described(pool, ClientId=pool.client) == of, "a client has its own or none"
    exceptions = {"RiskExceptionConfiguration": {"BlockedIPRangeList": ["192.0.2.7/32"]}}
    pool.api.set_risk_configuration(**of, **exceptions)
    mine = described(pool, ClientId=pool.client)
    assert mine.pop("LastModifiedDate")
    assert mine == of | exceptions
    pool.api.set_risk_configuration(**of)
    assert described(pool, ClientId=pool.client) == of
    whole = described(pool)
    assert {name: whole[name] for name in WHOLE} == WHOLE
    pool.api.set_risk_configuration(UserPoolId=pool.id)
    assert described(pool) == {"UserPoolId": pool.id}


def test_without_a_filter_all_events_are_looked_at(pool: Pool) -> None:
    blocking = {"Actions": {"EventAction": "NO_ACTION"}}
    answer = pool.api.set_risk_configuration(UserPoolId=pool.id, CompromisedCredentialsRiskConfiguration=blocking)
    events = {"EventFilter": ["SIGN_IN", "SIGN_UP", "PASSWORD_CHANGE"]}
    assert said(answer)["CompromisedCredentialsRiskConfiguration"] == blocking | events


def test_what_cannot_be_is_refused(pool: Pool) -> None:
    ask, of = pool.api.set_risk_configuration, {"UserPoolId": pool.id}
    for wrong in ("192.0.2.7", "192.0.2.0/33", "no/24", "", "2001:db8::/129"):
        code, sentence = refused(ask, **of, RiskExceptionConfiguration={"SkippedIPRangeList": ["10.0.0.0/8", wrong]})
        assert (code, sentence) == (
            "InvalidParameterException",
            f"{wrong} is not an IP address range in CIDR notation.",
        )
    takeover = WHOLE["AccountTakeoverRiskConfiguration"]
    for wrong in (
        {"From": "nobody"},
        {"ReplyTo": "a@b.example\nBcc: c@d.example"},
        {"BlockEmail": MAIL | {"Subject": "a\nb"}},
    ):
        changed = takeover | {"NotifyConfiguration": takeover["NotifyConfiguration"] | wrong}
        assert refused(ask, **of, AccountTakeoverRiskConfiguration=changed)[0] == "InvalidParameterException"
    assert described(pool) == of
    assert refused(ask, UserPoolId="us-east-1_Nobody") == missing("us-east-1_Nobody")
    assert refused(pool.api.describe_risk_configuration, UserPoolId="us-east-1_Nobody") == missing("us-east-1_Nobody")
    for call in (ask, pool.api.describe_risk_configuration):
        code, sentence = refused(call, **of, ClientId="nobody")
        assert (code, sentence) == ("ResourceNotFoundException", "User pool client nobody does not exist.")


def test_the_tier_must_have_threat_protection(server: Serving) -> None:
    api = server.client()
    custom = {"AdvancedSecurityMode": "OFF", "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "ENFORCED"}}
    for tier in ("LITE", "ESSENTIALS"):
        told = f"The following features need to be disabled for the {tier} pricing tier configured: Threat Protection"
        for add_ons in ({"AdvancedSecurityMode": "AUDIT"}, {"AdvancedSecurityMode": "ENFORCED"}, custom):
            asked = {"PoolName": "p", "UserPoolTier": tier, "UserPoolAddOns": add_ons}
            assert refused(api.create_user_pool, **asked) == ("FeatureUnavailableInTierException", told)
        off = {"UserPoolTier": tier, "UserPoolAddOns": {"AdvancedSecurityMode": "OFF"}}
        pool = api.create_user_pool(PoolName="p", **off)["UserPool"]["Id"]
        asked = {"UserPoolId": pool, "UserPoolTier": tier, "UserPoolAddOns": custom}
        assert refused(api.update_user_pool, **asked) == ("FeatureUnavailableInTierException", told)
        api.update_user_pool(**asked | {"UserPoolTier": "PLUS"})


def test_who_sends_the_notices_is_told_to_be_the_server(pool: Pool, warned: Callable[[], list[dict[str, Any]]]) -> None:
    pool.api.set_risk_configuration(UserPoolId=pool.id, **WHOLE)
    assert [(line["of"], line["member"]) for line in warned()] == [("NotifyConfiguration", "SourceArn")]
