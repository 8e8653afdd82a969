"""What a pool cannot be made with or changed to, in the live service's words, and its schema."""

from typing import Any

import pytest
from tests.api.asking import ARN, STANDARD, described, refused
from tests.serving import Serving


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


RULES = {
    "aliases beside username attributes": (
        {"AliasAttributes": ["email"], "UsernameAttributes": ["email"]},
        "Only one of the aliasAttributes or usernameAttributes can be set in a User pool.",
    ),
    "multi-factor authentication without text messages": (
        {"MfaConfiguration": "ON"},
        "SMS configuration and Auto verification for phone_number are required when MFA is required/optional",
    ),
    "verification before update of what is not verified": (
        {
            "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["phone_number"]},
            "AutoVerifiedAttributes": ["email"],
        },
        "All attributes in AttributesRequireVerificationBeforeUpdate must exist in AutoVerifiedAttributes",
    ),
    "recovery by administrators and others": (
        {
            "AccountRecoverySetting": {
                "RecoveryMechanisms": [
                    {"Priority": 1, "Name": "admin_only"},
                    {"Priority": 2, "Name": "verified_email"},
                ]
            }
        },
        "Account Recovery Setting cannot use admin_only setting with any other recovery mechanisms.",
    ),
    "two functions for one trigger": (
        {
            "LambdaConfig": {
                "PreTokenGeneration": ARN.format("a"),
                "PreTokenGenerationConfig": {"LambdaVersion": "V1_0", "LambdaArn": ARN.format("b")},
            }
        },
        "Cannot use PreTokenGenerationLambda and PreTokenGeneration with different Lambda function ARN's",
    ),
    "a custom sender without a key": (
        {"LambdaConfig": {"CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": ARN.format("a")}}},
        "KMSKeyId parameter is required when Custom SMS/Email Lambda trigger is used.",
    ),
    "a function of another region": (
        {"LambdaConfig": {"PreSignUp": "arn:aws:lambda:eu-west-1:000000000000:function:a"}},
        "Cross-region lambda functions are not supported",
    ),
    "a developer's mail without its source": (
        {"EmailConfiguration": {"EmailSendingAccount": "DEVELOPER"}},
        "Source ARN is required to use DEVELOPER email sending owner",
    ),
    "a sender that is no address": (
        {"EmailConfiguration": {"From": "nobody"}},
        "Provided From email address is invalid",
    ),
    "a sender with a second header": (
        {"EmailConfiguration": {"From": "Example <a@example.com>\r\nBcc: b@example.com"}},
        "Provided From email address is invalid",
    ),
    "both lives of a temporary password": (
        {
            "Policies": {"PasswordPolicy": {"TemporaryPasswordValidityDays": 7}},
            "AdminCreateUserConfig": {"UnusedAccountValidityDays": 7},
        },
        "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of UnusedAccountValidityDays",
    ),
    "a required custom attribute": (
        {"Schema": [{"Name": "level", "AttributeDataType": "String", "Required": True}]},
        "Required custom attributes are not supported currently.",
    ),
    "semantics that nobody knows": (
        {"UserPoolTags": {"keydesk:semantics": "mine"}},
        "The tag keydesk:semantics must be one of keydesk, aws.",
    ),
    "an id of another region": (
        {"UserPoolTags": {"keydesk:id": "eu-west-1_abcdefghi"}},
        "The tag keydesk:id must be us-east-1_ and letters or digits, 55 characters at most.",
    ),
    "a reserved tag": ({"UserPoolTags": {"aws:mine": "1"}}, "Tag keys that begin with aws: are reserved."),
    "too many tags": ({"UserPoolTags": {str(n): "1" for n in range(51)}}, "A user pool has at most 50 tags."),
}


@pytest.mark.parametrize("rule", RULES)
def test_what_a_pool_cannot_be_made_with(cognito: Any, rule: str) -> None:
    asked, sentence = RULES[rule]
    code, said = refused(cognito.create_user_pool, PoolName="refused", **asked)
    assert (code, said) == ("InvalidParameterException", sentence)


ONLY_AT_CREATION = {"AliasAttributes", "UsernameAttributes", "Schema"}


@pytest.mark.parametrize("rule", [rule for rule in RULES if not ONLY_AT_CREATION & set(RULES[rule][0])])
def test_what_a_pool_cannot_be_changed_to(cognito: Any, rule: str) -> None:
    asked, _ = RULES[rule]
    pool_id = cognito.create_user_pool(PoolName="steady")["UserPool"]["Id"]
    before = described(cognito, pool_id)
    assert refused(cognito.update_user_pool, UserPoolId=pool_id, **asked)[0] == "InvalidParameterException"
    assert described(cognito, pool_id) == before


def test_newer_token_events_need_more_than_the_lite_tier(cognito: Any) -> None:
    newer = {"PreTokenGenerationConfig": {"LambdaVersion": "V2_0", "LambdaArn": ARN.format("a")}}
    code, said = refused(cognito.create_user_pool, PoolName="lite", UserPoolTier="LITE", LambdaConfig=newer)
    assert code == "FeatureUnavailableInTierException"
    assert said.endswith("Token Customization with Pre-Token Generation Lambda V2_0")


def test_all_faults_of_the_model_are_told_at_once(cognito: Any) -> None:
    code, said = refused(cognito.create_user_pool, PoolName="#" * 129, MfaConfiguration="YES")
    assert code == "InvalidParameterException"
    assert said.startswith("3 validation errors detected: ")


def test_custom_attributes_are_added_and_last(cognito: Any) -> None:
    pool_id = cognito.create_user_pool(PoolName="schema")["UserPool"]["Id"]
    added = [
        {"Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "1"}},
        {"Name": "note", "AttributeDataType": "String", "DeveloperOnlyAttribute": True, "Mutable": False},
    ]
    cognito.add_custom_attributes(UserPoolId=pool_id, CustomAttributes=added)
    cognito.update_user_pool(UserPoolId=pool_id)
    schema = {attribute["Name"]: attribute for attribute in described(cognito, pool_id)["SchemaAttributes"]}
    assert list(schema) == [*STANDARD, "custom:level", "dev:custom:note"]
    assert schema["custom:level"]["NumberAttributeConstraints"] == {"MinValue": "1"}
    assert schema["dev:custom:note"]["Mutable"] is False
    code, said = refused(cognito.add_custom_attributes, UserPoolId=pool_id, CustomAttributes=added[:1])
    assert (code, said.split(":")[0]) == ("InvalidParameterException", "custom")


def test_a_pool_has_fifty_custom_attributes_at_most(cognito: Any) -> None:
    pool_id = cognito.create_user_pool(PoolName="wide")["UserPool"]["Id"]
    for first in (0, 25):
        many = [{"Name": f"a{n}", "AttributeDataType": "String"} for n in range(first, first + 25)]
        cognito.add_custom_attributes(UserPoolId=pool_id, CustomAttributes=many)
    more = [{"Name": "more", "AttributeDataType": "String"}]
    code, said = refused(cognito.add_custom_attributes, UserPoolId=pool_id, CustomAttributes=more)
    assert (code, said) == ("InvalidParameterException", "A user pool has at most 50 custom attributes.")
    assert len(described(cognito, pool_id)["SchemaAttributes"]) == len(STANDARD) + 50
