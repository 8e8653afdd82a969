"""User pools through boto3: defaults, every member kept, rules between members, regions, pages, keys, triggers."""

import base64
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest
import structlog
from botocore.exceptions import ClientError
from tests.serving import Serving, serving

from keydesk import log
from keydesk.crypto.keys import SigningKey
from keydesk.store import pools, signing_keys

STANDARD = [
    "sub", "name", "given_name", "family_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
    "website", "email", "email_verified", "gender", "birthdate", "zoneinfo", "locale", "phone_number",
    "phone_number_verified", "address", "updated_at",
]  # fmt: skip
ARN = "arn:aws:lambda:us-east-1:000000000000:function:{}"
KEY = "arn:aws:kms:us-east-1:000000000000:key/one"
SMS = {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms", "ExternalId": "one", "SnsRegion": "us-east-1"}

# Every member of CreateUserPool with a value that is not its default.
WHOLE: dict[str, Any] = {
    "PoolName": "whole",
    "Policies": {
        "PasswordPolicy": {
            "MinimumLength": 12,
            "RequireUppercase": True,
            "RequireLowercase": False,
            "RequireNumbers": True,
            "RequireSymbols": False,
            "PasswordHistorySize": 3,
            "TemporaryPasswordValidityDays": 2,
        },
        "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]},
    },
    "DeletionProtection": "ACTIVE",
    "LambdaConfig": {
        "PreSignUp": ARN.format("a"),
        "CustomMessage": ARN.format("b"),
        "PostConfirmation": ARN.format("c"),
        "PreAuthentication": ARN.format("d"),
        "PostAuthentication": ARN.format("e"),
        "DefineAuthChallenge": ARN.format("f"),
        "CreateAuthChallenge": ARN.format("g"),
        "VerifyAuthChallengeResponse": ARN.format("h"),
        "PreTokenGeneration": ARN.format("i"),
        "UserMigration": ARN.format("j"),
        "PreTokenGenerationConfig": {"LambdaVersion": "V1_0", "LambdaArn": ARN.format("i")},
        "CustomSMSSender": {"LambdaVersion": "V1_0", "LambdaArn": ARN.format("k")},
        "CustomEmailSender": {"LambdaVersion": "V1_0", "LambdaArn": ARN.format("l")},
        "KMSKeyID": KEY,
        "InboundFederation": {"LambdaVersion": "V1_0", "LambdaArn": ARN.format("m")},
    },
    "AutoVerifiedAttributes": ["email", "phone_number"],
    "AliasAttributes": ["email", "preferred_username"],
    "SmsVerificationMessage": "code {####}",
    "EmailVerificationMessage": "your code {####}",
    "EmailVerificationSubject": "a code",
    "VerificationMessageTemplate": {
        "SmsMessage": "code {####}",
        "EmailMessage": "your code {####}",
        "EmailSubject": "a code",
        "EmailMessageByLink": "{##here##}",
        "EmailSubjectByLink": "a link",
        "DefaultEmailOption": "CONFIRM_WITH_LINK",
    },
    "SmsAuthenticationMessage": "sign in with {####}",
    "MfaConfiguration": "OPTIONAL",
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
    "DeviceConfiguration": {"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True},
    "EmailConfiguration": {
        "SourceArn": "arn:aws:ses:us-east-1:000000000000:identity/example.com",
        "ReplyToEmailAddress": "help@example.com",
        "EmailSendingAccount": "DEVELOPER",
        "From": "Example <hello@example.com>",
        "ConfigurationSet": "one",
    },
    "SmsConfiguration": SMS,
    "UserPoolTags": {"team": "one", "keydesk:semantics": "aws"},
    "AdminCreateUserConfig": {
        "AllowAdminCreateUserOnly": True,
        "InviteMessageTemplate": {
            "SMSMessage": "{username} {####}",
            "EmailMessage": "{username} {####}",
            "EmailSubject": "come",
        },
    },
    "UserPoolAddOns": {
        "AdvancedSecurityMode": "AUDIT",
        "AdvancedSecurityAdditionalFlows": {"CustomAuthMode": "AUDIT"},
    },
    "UsernameConfiguration": {"CaseSensitive": False},
    "AccountRecoverySetting": {"RecoveryMechanisms": [{"Priority": 1, "Name": "verified_phone_number"}]},
    "UserPoolTier": "PLUS",
}
# What DescribeUserPool says beside what was asked.
OWN = {"Id", "Name", "Arn", "CreationDate", "LastModifiedDate", "EstimatedNumberOfUsers", "SchemaAttributes"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with serving(tmp_path_factory.mktemp("data")) as one:
        yield one


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


@pytest.fixture
def warned() -> Iterator[Callable[[], list[dict[str, Any]]]]:
    """What the log has been told as a warning."""
    out, before = io.StringIO(), structlog.get_config()
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    log.configure("warning", out=out)
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    structlog.configure(**before)
    root.handlers = handlers
    root.setLevel(level)


def described(cognito: Any, pool_id: str) -> dict[str, Any]:
    return dict(cognito.describe_user_pool(UserPoolId=pool_id)["UserPool"])


def refused(operation: Any, **asked: Any) -> tuple[str, str]:
    """The code and sentence of the refusal."""
    with pytest.raises(ClientError) as caught:
        operation(**asked)
    error = caught.value.response["Error"]
    return error["Code"], error["Message"]


def missing(pool_id: str) -> tuple[str, str]:
    return "ResourceNotFoundException", f"User pool {pool_id} does not exist."


def test_a_bare_pool_has_the_defaults(cognito: Any) -> None:
    made = cognito.create_user_pool(PoolName="bare")["UserPool"]
    pool = described(cognito, made["Id"])
    assert made == pool
    region, _, rest = pool.pop("Id").rpartition("_")
    assert region == "us-east-1"
    assert len(rest) == 9
    assert rest.isalnum()
    assert [attribute["Name"] for attribute in pool.pop("SchemaAttributes")] == STANDARD
    assert pool.pop("CreationDate") == pool.pop("LastModifiedDate")
    assert pool == {
        "Name": "bare",
        "Arn": f"arn:aws:cognito-idp:us-east-1:000000000000:userpool/{made['Id']}",
        "Policies": {
            "PasswordPolicy": {
                "MinimumLength": 8,
                "RequireUppercase": True,
                "RequireLowercase": True,
                "RequireNumbers": True,
                "RequireSymbols": True,
                "TemporaryPasswordValidityDays": 7,
            },
            "SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD"]},
        },
        "DeletionProtection": "INACTIVE",
        "LambdaConfig": {},
        "VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_CODE"},
        "MfaConfiguration": "OFF",
        "EstimatedNumberOfUsers": 0,
        "EmailConfiguration": {"EmailSendingAccount": "COGNITO_DEFAULT"},
        "UserPoolTags": {},
        "AdminCreateUserConfig": {"AllowAdminCreateUserOnly": False, "UnusedAccountValidityDays": 7},
        "AccountRecoverySetting": {
            "RecoveryMechanisms": [
                {"Priority": 1, "Name": "verified_email"},
                {"Priority": 2, "Name": "verified_phone_number"},
            ]
        },
        "UserPoolTier": "ESSENTIALS",
    }


def test_every_member_is_kept(cognito: Any) -> None:
    pool = described(cognito, cognito.create_user_pool(**WHOLE)["UserPool"]["Id"])
    for name, value in WHOLE.items():
        if name == "AdminCreateUserConfig":
            value = {**value, "UnusedAccountValidityDays": 2}
        assert pool["Name" if name == "PoolName" else name] == value
    assert set(pool) == set(WHOLE) - {"PoolName"} | OWN


def test_an_update_replaces_what_it_leaves_out_but_not_what_is_immutable(server: Serving, cognito: Any) -> None:
    schema = [{"Name": "email", "Required": True}, {"Name": "level", "AttributeDataType": "Number"}]
    pool_id = cognito.create_user_pool(**WHOLE, Schema=schema)["UserPool"]["Id"]
    before = described(cognito, pool_id)
    bare = described(cognito, cognito.create_user_pool(PoolName="bare")["UserPool"]["Id"])
    server.clock.forward(seconds=10)

    cognito.update_user_pool(UserPoolId=pool_id)

    after = described(cognito, pool_id)
    kept = {"Id", "Name", "Arn", "CreationDate", "SchemaAttributes", "AliasAttributes", "UsernameConfiguration"}
    assert {name: after[name] for name in kept} == {name: before[name] for name in kept}
    assert after["LastModifiedDate"] > before["LastModifiedDate"]
    assert after["UserPoolTags"] == WHOLE["UserPoolTags"]  # they carry the pool's semantics
    same = set(bare) - kept - {"LastModifiedDate", "UserPoolTags"}
    assert {name: after[name] for name in same} == {name: bare[name] for name in same}
    assert set(after) == set(bare) | kept


def test_an_update_sets_name_tags_and_triggers(cognito: Any) -> None:
    pool_id = cognito.create_user_pool(PoolName="old", UserPoolTags={"a": "1"})["UserPool"]["Id"]
    trigger = {"PreAuthentication": ARN.format("x")}
    cognito.update_user_pool(UserPoolId=pool_id, PoolName="new", UserPoolTags={"b": "2"}, LambdaConfig=trigger)
    pool = described(cognito, pool_id)
    assert (pool["Name"], pool["UserPoolTags"], pool["LambdaConfig"]) == ("new", {"b": "2"}, trigger)
    cognito.update_user_pool(UserPoolId=pool_id)
    assert described(cognito, pool_id)["LambdaConfig"] == {}


def test_the_older_message_members_and_the_template_tell_the_same(cognito: Any) -> None:
    older = {"EmailVerificationMessage": "older {####}", "SmsVerificationMessage": "text {####}"}
    pool = cognito.create_user_pool(PoolName="older", **older)["UserPool"]
    assert pool["VerificationMessageTemplate"] == {
        "EmailMessage": "older {####}",
        "SmsMessage": "text {####}",
        "DefaultEmailOption": "CONFIRM_WITH_CODE",
    }
    newer = {"EmailMessage": "newer {####}", "EmailSubject": "code"}
    pool = cognito.create_user_pool(PoolName="newer", VerificationMessageTemplate=newer)["UserPool"]
    assert (pool["EmailVerificationMessage"], pool["EmailVerificationSubject"]) == ("newer {####}", "code")


def test_a_partial_password_policy_requires_only_what_it_says(cognito: Any) -> None:
    asked = {"PasswordPolicy": {"MinimumLength": 6, "RequireNumbers": True}}
    policy = cognito.create_user_pool(PoolName="weak", Policies=asked)["UserPool"]["Policies"]["PasswordPolicy"]
    assert policy == {
        "MinimumLength": 6,
        "RequireUppercase": False,
        "RequireLowercase": False,
        "RequireNumbers": True,
        "RequireSymbols": False,
        "TemporaryPasswordValidityDays": 7,
    }


def test_the_older_word_for_the_life_of_temporary_passwords_counts_too(cognito: Any) -> None:
    pool = cognito.create_user_pool(PoolName="days", AdminCreateUserConfig={"UnusedAccountValidityDays": 30})[
        "UserPool"
    ]
    assert pool["Policies"]["PasswordPolicy"]["TemporaryPasswordValidityDays"] == 30


def test_both_forms_of_the_token_trigger_tell_the_same(cognito: Any) -> None:
    older = {"PreTokenGeneration": ARN.format("t")}
    newer = {"PreTokenGenerationConfig": {"LambdaVersion": "V1_0", "LambdaArn": ARN.format("t")}}
    for said in (older, newer):
        pool = cognito.create_user_pool(PoolName="both", LambdaConfig=said)["UserPool"]
        assert pool["LambdaConfig"] == older | newer


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


# --- regions ---


def test_a_region_is_a_name_space(server: Serving, cognito: Any) -> None:
    paris = server.client(region="eu-west-3")
    pool_id = paris.create_user_pool(PoolName="paris")["UserPool"]["Id"]
    assert pool_id.startswith("eu-west-3_")
    assert [pool["Name"] for pool in paris.list_user_pools(MaxResults=60)["UserPools"]] == ["paris"]
    assert pool_id not in [pool["Id"] for pool in cognito.list_user_pools(MaxResults=60)["UserPools"]]


def test_no_operation_reaches_a_pool_of_another_region(server: Serving, cognito: Any) -> None:
    there = server.client(region="eu-central-1")
    pool = there.create_user_pool(PoolName="there")["UserPool"]
    client_id = there.create_user_pool_client(UserPoolId=pool["Id"], ClientName="c")["UserPoolClient"]["ClientId"]
    there.create_group(UserPoolId=pool["Id"], GroupName="g")
    at: dict[str, Any] = {"UserPoolId": pool["Id"]}
    client, group, member = {"ClientId": client_id}, {"GroupName": "g"}, {"Username": "u"}
    attributes = {"CustomAttributes": [{"Name": "a", "AttributeDataType": "String"}]}
    calls: dict[str, dict[str, Any]] = {
        "describe_user_pool": at,
        "update_user_pool": at,
        "delete_user_pool": at,
        "add_custom_attributes": at | attributes,
        "get_user_pool_mfa_config": at,
        "create_user_pool_client": at | {"ClientName": "d"},
        "describe_user_pool_client": at | client,
        "update_user_pool_client": at | client,
        "delete_user_pool_client": at | client,
        "list_user_pool_clients": at,
        "create_group": at | {"GroupName": "h"},
        "get_group": at | group,
        "update_group": at | group,
        "delete_group": at | group,
        "list_groups": at,
        "list_users_in_group": at | group,
        "admin_add_user_to_group": at | group | member,
        "admin_remove_user_from_group": at | group | member,
        "admin_list_groups_for_user": at | member,
        "tag_resource": {"ResourceArn": pool["Arn"], "Tags": {"a": "1"}},
        "untag_resource": {"ResourceArn": pool["Arn"], "TagKeys": ["a"]},
        "list_tags_for_resource": {"ResourceArn": pool["Arn"]},
    }
    for name, asked in calls.items():
        assert (name, refused(getattr(cognito, name), **asked)) == (name, missing(pool["Id"]))
    assert there.describe_user_pool(UserPoolId=pool["Id"])["UserPool"] == pool


# --- ids ---


def test_a_pool_may_choose_its_id_in_development(cognito: Any) -> None:
    tags = {"keydesk:id": "us-east-1_chosenone"}
    assert cognito.create_user_pool(PoolName="mine", UserPoolTags=tags)["UserPool"]["Id"] == "us-east-1_chosenone"
    taken = refused(cognito.create_user_pool, PoolName="mine too", UserPoolTags=tags)
    assert taken == ("InvalidParameterException", "User pool us-east-1_chosenone already exists.")
    other = cognito.create_user_pool(PoolName="other")["UserPool"]["Id"]
    code, said = refused(cognito.update_user_pool, UserPoolId=other, UserPoolTags={"keydesk:id": "us-east-1_x"})
    assert (code, said) == ("InvalidParameterException", "The tag keydesk:id cannot change the id of a pool.")


def test_ids_cannot_be_chosen_in_production(tmp_path_factory: pytest.TempPathFactory) -> None:
    with serving(tmp_path_factory.mktemp("data"), open=False, keys={"keydesk": "keydesk"}) as server:
        cognito = server.client()
        code, said = refused(
            cognito.create_user_pool, PoolName="mine", UserPoolTags={"keydesk:id": "us-east-1_chosenone"}
        )
        assert (code, said) == (
            "InvalidParameterException",
            "The tag keydesk:id chooses a pool's id in development only.",
        )
        pool_id = cognito.create_user_pool(PoolName="given")["UserPool"]["Id"]
        name = "web=" + "a" * 26
        made = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName=name)["UserPoolClient"]
        assert made["ClientName"] == name
        assert made["ClientId"] != "a" * 26


# --- schema ---


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
    assert len(described(cognito, pool_id)["SchemaAttributes"]) == 70


# --- pages ---


def test_pages_hold_what_was_asked_and_their_tokens_are_not_to_be_made(server: Serving) -> None:
    cognito = server.client(region="ap-south-1")
    made = sorted(cognito.create_user_pool(PoolName=f"p{n}")["UserPool"]["Id"] for n in range(5))
    listed, token, pages = [], {}, 0
    while token is not None:
        page = cognito.list_user_pools(MaxResults=2, **token)
        listed += [pool["Id"] for pool in page["UserPools"]]
        token = {"NextToken": page["NextToken"]} if "NextToken" in page else None
        pages += 1
    assert (listed, pages) == (made, 3)
    assert "NextToken" not in cognito.list_user_pools(MaxResults=5)

    good = cognito.list_user_pools(MaxResults=2)["NextToken"]
    raw = base64.urlsafe_b64decode(good + "=" * (-len(good) % 4))
    assert made[1].encode() not in raw
    changed = base64.urlsafe_b64encode(raw[:-1] + bytes([raw[-1] ^ 1])).decode()
    elsewhere = server.client(region="ap-south-2")
    refusal = ("InvalidParameterException", "Invalid pagination token given.")
    for token in (changed, "made-up", "é", made[1]):
        assert refused(cognito.list_user_pools, MaxResults=2, NextToken=token) == refusal
    assert refused(elsewhere.list_user_pools, MaxResults=2, NextToken=good) == refusal
    assert refused(cognito.list_user_pool_clients, UserPoolId=made[0], NextToken=good) == refusal


def test_a_list_describes_its_pools(server: Serving) -> None:
    cognito = server.client(region="sa-east-1")
    trigger = {"PreSignUp": "arn:aws:lambda:sa-east-1:000000000000:function:x"}
    pool = cognito.create_user_pool(PoolName="listed", LambdaConfig=trigger)["UserPool"]
    shown = {name: pool[name] for name in ("Id", "Name", "LambdaConfig", "CreationDate", "LastModifiedDate")}
    assert cognito.list_user_pools(MaxResults=10)["UserPools"] == [shown]


# --- the end of a pool ---


def test_deletion_protection_refuses_and_a_deleted_pool_leaves_nothing(server: Serving, cognito: Any) -> None:
    pool_id = cognito.create_user_pool(PoolName="kept", DeletionProtection="ACTIVE")["UserPool"]["Id"]
    client = cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="c")["UserPoolClient"]["ClientId"]
    cognito.create_group(UserPoolId=pool_id, GroupName="g")
    desk = server.house.desk
    server.run(desk.keyring.signing(pool_id))
    assert refused(cognito.delete_user_pool, UserPoolId=pool_id) == (
        "InvalidParameterException",
        "The user pool cannot be deleted because deletion protection is activated. "
        "Deletion protection must be inactivated first.",
    )
    cognito.update_user_pool(UserPoolId=pool_id)
    cognito.delete_user_pool(UserPoolId=pool_id)
    assert refused(cognito.describe_user_pool, UserPoolId=pool_id) == missing(pool_id)
    assert refused(cognito.delete_user_pool, UserPoolId=pool_id) == missing(pool_id)
    assert refused(cognito.describe_user_pool_client, UserPoolId=pool_id, ClientId=client) == missing(pool_id)
    assert server.run(desk.store.read(signing_keys.of_pool, pool_id)) == []
    with pytest.raises(Exception, match="does not exist"):
        server.run(desk.keyring.signing(pool_id))


# --- keys ---


def test_each_pool_has_its_own_key_sealed_to_its_place(server: Serving, cognito: Any) -> None:
    ids = [cognito.create_user_pool(PoolName="keys")["UserPool"]["Id"] for _ in range(2)]
    desk = server.house.desk
    rows = [server.run(desk.store.read(signing_keys.of_pool, pool_id)) for pool_id in ids]
    assert [len(row) for row in rows] == [1, 1]
    first, second = rows[0][0], rows[1][0]
    assert first.kid != second.kid
    key = SigningKey.from_der(desk.sealer.open(first.private, f"key:{first.kid}"))
    assert msgspec.json.decode(first.public) == key.public()
    assert "d" not in msgspec.json.decode(first.public)
    assert key.to_der() not in first.private
    assert server.run(desk.keyring.signing(ids[0])).kid == first.kid


# --- triggers ---

HANDLER = "def handler(event, context):\n    return event\n"


def grants(server: Serving, name: str) -> str:
    """The function's policy; nothing where it has none."""
    functions = server.client("lambda")
    try:
        return str(functions.get_policy(FunctionName=name)["Policy"])
    except functions.exceptions.ResourceNotFoundException:
        return ""


@pytest.mark.parametrize(("semantics", "granted"), [("keydesk", True), ("aws", False)])
def test_t_068_setting_a_trigger_creates_the_permission_in_keydesk_semantics_only(
    server: Serving, cognito: Any, semantics: str, granted: bool
) -> None:
    name = f"grant-{semantics}"
    arn = server.deploy(name, HANDLER)
    pool = cognito.create_user_pool(PoolName=name, UserPoolTags={"keydesk:semantics": semantics})["UserPool"]
    assert pool["Arn"] not in grants(server, name)
    cognito.update_user_pool(UserPoolId=pool["Id"], LambdaConfig={"PreAuthentication": arn})
    assert (pool["Arn"] in grants(server, name)) is granted
    at_birth = cognito.create_user_pool(
        PoolName=name, UserPoolTags={"keydesk:semantics": semantics}, LambdaConfig={"PreTokenGeneration": arn}
    )["UserPool"]
    assert (at_birth["Arn"] in grants(server, name)) is granted


def test_t_071_triggers_can_be_read_back(cognito: Any) -> None:
    arns = {"PreSignUp": ARN.format("a"), "PostAuthentication": ARN.format("b")}
    pool_id = cognito.create_user_pool(PoolName="read back", LambdaConfig=arns)["UserPool"]["Id"]
    assert described(cognito, pool_id)["LambdaConfig"] == arns


def test_what_will_not_happen_is_told_to_the_log(
    server: Serving, cognito: Any, warned: Callable[[], list[dict[str, Any]]]
) -> None:
    arn = server.deploy("told", HANDLER)
    config = {"CustomMessage": arn, "PreSignUp": ARN.format("nobody"), "PostConfirmation": arn}
    devices = {"ChallengeRequiredOnNewDevice": True}
    pool = cognito.create_user_pool(PoolName="told", LambdaConfig=config, DeviceConfiguration=devices)["UserPool"]
    said = warned()
    assert {line["pool"] for line in said} == {pool["Id"]}
    assert [(line.get("trigger"), line.get("member")) for line in said] == [
        ("PreSignUp", None),
        ("CustomMessage", None),
        (None, "DeviceConfiguration"),
    ]
    assert said[0]["why"] == "no such function is deployed here"


def test_a_usual_pool_warns_of_nothing(
    server: Serving, cognito: Any, warned: Callable[[], list[dict[str, Any]]]
) -> None:
    arn = server.deploy("usual", HANDLER)
    config = {"PreSignUp": arn, "PreTokenGeneration": arn}
    pool_id = cognito.create_user_pool(PoolName="usual", LambdaConfig=config)["UserPool"]["Id"]
    cognito.create_user_pool_client(UserPoolId=pool_id, ClientName="usual")
    assert warned() == []


# --- multi-factor settings ---


def test_multi_factor_settings_are_those_of_the_pool(cognito: Any) -> None:
    bare = cognito.create_user_pool(PoolName="off")["UserPool"]["Id"]
    answer = cognito.get_user_pool_mfa_config(UserPoolId=bare)
    answer.pop("ResponseMetadata")
    assert answer == {"MfaConfiguration": "OFF"}
    whole = cognito.create_user_pool(PoolName="on", MfaConfiguration="ON", SmsConfiguration=SMS)["UserPool"]["Id"]
    answer = cognito.get_user_pool_mfa_config(UserPoolId=whole)
    answer.pop("ResponseMetadata")
    assert answer == {"MfaConfiguration": "ON", "SmsMfaConfiguration": {"SmsConfiguration": SMS}}


def test_two_changes_at_once_both_count(server: Serving, cognito: Any) -> None:
    """A change that was overtaken is made again on what is there now."""
    pool_id = cognito.create_user_pool(PoolName="raced")["UserPool"]["Id"]
    desk = server.house.desk
    real, overtaken = pools.named, []

    async def glance(fn: Any, *args: Any) -> Any:
        found = await desk.store._database.glance(lambda db: fn(db, *args))
        if fn is real and not overtaken:
            overtaken.append(1)
            await desk.store.write(pools.change, found)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(desk.store, "glance", glance)
        cognito.tag_resource(ResourceArn=described(cognito, pool_id)["Arn"], Tags={"a": "1"})
    assert overtaken
    assert described(cognito, pool_id)["UserPoolTags"] == {"a": "1"}
