"""User pools through boto3: defaults, every member kept, what an update replaces, keys, triggers, the end."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from tests.api.asking import ARN, STANDARD, described, missing, refused
from tests.serving import Serving

from keydesk.crypto.keys import SigningKey
from keydesk.store import signing_keys

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


@pytest.fixture
def cognito(server: Serving) -> Any:
    return server.client()


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


def test_an_update_replaces_what_it_leaves_out_but_not_what_is_immutable(own_server: Serving) -> None:
    cognito = own_server.client()
    schema = [{"Name": "email", "Required": True}, {"Name": "level", "AttributeDataType": "Number"}]
    pool_id = cognito.create_user_pool(**WHOLE, Schema=schema)["UserPool"]["Id"]
    before = described(cognito, pool_id)
    bare = described(cognito, cognito.create_user_pool(PoolName="bare")["UserPool"]["Id"])
    own_server.clock.forward(seconds=10)

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
    layer = "arn:aws:lambda:us-east-1:000000000000:layer:none"  # no function at all
    newer = {"LambdaVersion": "V2_0", "LambdaArn": arn}
    config = {
        "CustomMessage": arn,
        "PreSignUp": ARN.format("nobody"),
        "PostConfirmation": arn,
        "PreAuthentication": layer,
        "PreTokenGenerationConfig": newer,
    }
    key = {"KeyType": "CUSTOMER_MANAGED_KEY"}
    pool = cognito.create_user_pool(PoolName="told", LambdaConfig=config, KeyConfiguration=key)["UserPool"]
    said = warned()
    assert {line["pool"] for line in said} == {pool["Id"]}
    assert [(line.get("trigger"), line.get("member")) for line in said] == [
        ("PreSignUp", None),
        ("PreAuthentication", None),
        (None, "KeyConfiguration.KeyType"),
    ]
    assert said[0]["why"] == said[1]["why"] == "no such function is deployed here"


def test_a_usual_pool_warns_of_nothing(
    server: Serving, cognito: Any, warned: Callable[[], list[dict[str, Any]]]
) -> None:
    arn = server.deploy("usual", HANDLER)
    config = {"PreSignUp": arn, "PreTokenGeneration": arn}
    said_off = {
        "UserPoolAddOns": {"AdvancedSecurityMode": "OFF"},
        "KeyConfiguration": {"KeyType": "AWS_OWNED_KEY"},
        "IssuerConfiguration": {"Type": "ORIGINAL"},
        "DcrConfiguration": {"EnableStatus": "Disabled"},
        "AcrConfiguration": {},
    }
    choice = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}}
    pool = cognito.create_user_pool(PoolName="usual", LambdaConfig=config, Policies=choice, **said_off)["UserPool"]
    pool_id = pool["Id"]
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
